package control

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// socketName is what the socket is called in a folder of its own.
const socketName = "control.sock"

// mode is the socket's: its owner's alone.
const mode = 0o600

// systemFolder is where a service that nobody told otherwise keeps what lives as long as it runs.
const systemFolder = "/run/seawall"

// Paths returns where the socket may be when no configuration says, the likeliest first: in the folder that a service manager made
// ($RUNTIME_DIRECTORY, systemd.exec(5)), else that of the user's session ($XDG_RUNTIME_DIR), else /run/seawall. It never returns none.
// A server takes the first; a client tries them in turn.
func Paths(getenv func(string) string) []string {
	var all []string
	if folder, _, _ := strings.Cut(getenv("RUNTIME_DIRECTORY"), ":"); filepath.IsAbs(folder) {
		all = append(all, filepath.Join(folder, socketName))
	}
	if folder := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(folder) {
		all = append(all, filepath.Join(folder, "seawall-"+socketName))
	}
	return append(all, filepath.Join(systemFolder, socketName))
}

// Listen opens the socket at path, for its owner alone. A socket that a process left behind is replaced; whatever else is at path, a
// socket that only cannot be asked right now included, is syscall.EADDRINUSE.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	if leftBehind(ctx, path) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	ln, err := (&net.ListenConfig{Control: keepToOwner}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		_ = ln.Close()
		return nil, err
	}
	return ln, nil
}

// leftBehind reports whether path is a socket that nobody listens on any more, which is what a refused connection means.
func leftBehind(ctx context.Context, path string) bool {
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
		return false
	}
	info, serr := os.Lstat(path)
	return errors.Is(err, syscall.ECONNREFUSED) && serr == nil && info.Mode()&fs.ModeSocket != 0
}
