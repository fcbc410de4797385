package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/seawall-project/seawall/internal/room/status"
)

// CommandOptions configure a [Command]. Argv and Log are required.
type CommandOptions struct {
	Argv    []string      // the program and its arguments; the folder is added as the last. No shell reads them
	Timeout time.Duration // 0 means [DefaultTimeout]
	Log     *slog.Logger  // where the command's output goes when it fails
}

// MaxOutput is how much of a command's output is kept: the end of it, in bytes.
const MaxOutput = 4 << 10

// Command runs a command of the operator's, which brings the folder to where it is public. It has the program's own environment and rights.
type Command struct{ o CommandOptions }

// NewCommand returns a Command.
func NewCommand(o CommandOptions) (*Command, error) {
	if len(o.Argv) == 0 || o.Argv[0] == "" {
		return nil, errors.New("publish: there is no command")
	}
	if o.Log == nil {
		return nil, errors.New("publish: a command without a log")
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	return &Command{o}, nil
}

// Publish runs the command on dir, where a folder was written, and waits for it. One that does not end in time is killed.
func (c *Command) Publish(ctx context.Context, _ status.Folder, dir string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.o.Timeout, fmt.Errorf("it did not end within %s", c.o.Timeout))
	defer cancel()
	var out tail
	cmd := exec.CommandContext(ctx, c.o.Argv[0], append(c.o.Argv[1:len(c.o.Argv):len(c.o.Argv)], dir)...) //nolint:gosec // the operator's own
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // for what it started, and left behind with its output open
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	c.o.Log.Warn("the command that publishes the status page failed", "command", c.o.Argv[0], "error", err, "output", out.String())
	return fmt.Errorf("publish by %s: %w", c.o.Argv[0], err)
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

// Write implements [io.Writer]; it takes everything.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	p = p[max(0, len(p)-MaxOutput):]
	t.data = append(t.data[max(0, len(t.data)+len(p)-MaxOutput):], p...)
	return n, nil
}

// String returns what was kept, with what does not print left out.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(string(t.data), "")))
}
