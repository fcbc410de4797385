package publish

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// command is what this program does when a test runs it as the operator's command.
func command(as string) int {
	dir := os.Args[len(os.Args)-1]
	switch as {
	case "copies":
		data, err := os.ReadFile(filepath.Join(dir, "index.html"))
		if err != nil || os.Args[1] != "an argument" {
			fmt.Fprintln(os.Stderr, err, os.Args)
			return 1
		}
		if err := os.WriteFile(filepath.Join(dir, "published"), data, 0o600); err != nil {
			return 1
		}
		return 0
	case "talks":
		fmt.Fprintln(os.Stdout, strings.Repeat("a long story ", 100_000))
		fmt.Fprintln(os.Stderr, "\x1b[31mno such bucket")
		return 3
	case "hangs":
		<-time.After(time.Hour)
	}
	return 4
}

func newCommand(t *testing.T, as string, timeout time.Duration) (*Command, *bytes.Buffer) {
	t.Helper()
	t.Setenv("SEAWALL_TEST_COMMAND", as)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c, err := NewCommand(CommandOptions{Argv: []string{self, "an argument"}, Timeout: timeout, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return c, &log
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	if err := folder.Write(dir); err != nil {
		t.Fatal(err)
	}
	c, log := newCommand(t, "copies", 0)
	for range 2 { // the arguments are the same the second time
		if err := c.Publish(t.Context(), folder, dir); err != nil {
			t.Fatal(err, log)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "published")); err != nil || string(got) != "<p>æ" {
		t.Errorf("got %q, %v", got, err)
	}
	if log.Len() > 0 {
		t.Errorf("a command that went well is logged: %s", log)
	}
}

func TestCommandFails(t *testing.T) {
	c, log := newCommand(t, "talks", 0)
	err := c.Publish(t.Context(), folder, t.TempDir())
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 {
		t.Errorf("got %v", err)
	}
	if text := log.String(); !strings.Contains(text, "no such bucket") || strings.Contains(text, "x1b") || len(text) > MaxOutput+1000 {
		t.Errorf("%d bytes logged: %.300s", len(text), text)
	}
}

func TestCommandHangs(t *testing.T) {
	c, log := newCommand(t, "hangs", 200*time.Millisecond)
	err := c.Publish(t.Context(), folder, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "did not end within 200ms") || !strings.Contains(log.String(), "did not end") {
		t.Errorf("got %v, logged %s", err, log)
	}
}

func TestCommandRefuses(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for _, o := range []CommandOptions{{Log: log}, {Argv: []string{""}, Log: log}, {Argv: []string{"true"}}} {
		if _, err := NewCommand(o); err == nil {
			t.Errorf("%v is taken", o.Argv)
		}
	}
	c, err := NewCommand(CommandOptions{Argv: []string{filepath.Join(t.TempDir(), "none")}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(t.Context(), folder, t.TempDir()); err == nil {
		t.Error("a program that is not there published the page")
	}
}

// TestTail keeps the end, however it comes.
func TestTail(t *testing.T) {
	text := strings.Repeat("0123456789", 1000)
	for _, step := range []int{1, 7, MaxOutput, len(text)} {
		var out tail
		for rest := text; rest != ""; {
			n := min(step, len(rest))
			if got, err := out.Write([]byte(rest[:n])); got != n || err != nil {
				t.Fatalf("wrote %d, %v", got, err)
			}
			rest = rest[n:]
		}
		if got, want := out.String(), text[len(text)-MaxOutput:]; got != want {
			t.Errorf("in steps of %d: got %d bytes", step, len(got))
		}
	}
}
