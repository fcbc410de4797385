//go:build unix

package postgres

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seawall-project/seawall/internal/testkit/require"
)

// patience is how long the server may take to answer, or to end.
const patience = 30 * time.Second

// start makes a cluster and runs a server on it until the test ends.
func start(t *testing.T, initdb, server string) *Server {
	t.Helper()
	folder, err := os.MkdirTemp("", "pg") //nolint:usetesting // that name may be too long for a socket, and its parents are closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	as, ok := nobody(t, folder)
	require.Need(t, require.PostgresName, "PostgreSQL does not run as root, and there is neither a user postgres nor nobody", ok)

	data := filepath.Join(folder, "data")
	run := func(program string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = folder
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // what is under way is broken off
		cmd.WaitDelay = patience
		return cmd
	}
	if out, err := run(initdb, "-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", initdb, err, out)
	}
	cmd := run(server, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off",
		"-c", "max_connections=50")
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's context has ended by then
	s := &Server{folder}
	await(t, s, log.Name())
	return s
}

// nobody returns who the server runs as when this process is root, and gives them the folder.
func nobody(t *testing.T, folder string) (*syscall.Credential, bool) {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil, true
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		if err := os.Chown(folder, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, true
	}
	return nil, false
}

// await waits until the server answers.
func await(t *testing.T, s *Server, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		c, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			_ = c.Close(ctx)
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			text, _ := os.ReadFile(log)
			t.Fatalf("no server after %v: %v\n%s", patience, err, text)
		}
	}
}
