package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRun starts the program, reads one page through it, asks how it stands, and ends it as a service manager and as a person does.
func TestRun(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "the page of %s", r.Host)
	}))
	defer origin.Close()
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(signal.String(), func(t *testing.T) {
			dir := t.TempDir()
			file, socket := filepath.Join(dir, "seawall.yaml"), filepath.Join(dir, "s")
			text := fmt.Sprintf("version: 1\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\ncontrol: %s\n"+
				"sites:\n  - name: www.example.org\n    origin: %s\n    tls: off\n", socket, origin.URL)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p := startProcess(t, "run", "-c", file)
			if got, want := p.page(t, "http://www.example.org/"), "the page of www.example.org"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			var status map[string]any
			if out := output(t, "status", "--control", socket); json.Unmarshal(out, &status) != nil || status["sites"] == nil {
				t.Errorf("status: got %s", out)
			}
			if err := p.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := p.Wait(); err != nil {
				t.Errorf("got %v, want an orderly end", err)
			}
		})
	}
}

// process is a Seawall that runs.
type process struct {
	*exec.Cmd
	addr  string
	admin chan string // the address for metrics, once; closed at its end
}

var (
	listening      = regexp.MustCompile(`msg=listening address=(\S+)`)
	listeningAdmin = regexp.MustCompile(`msg=listening address=(\S+) for="metrics`)
)

// startProcess starts this program as a process of its own and returns when it listens. It is killed when the test ends before it.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	return await(t, command(t, args...))
}

// await starts cmd and returns when it listens.
func await(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: cmd, admin: make(chan string, 1)}
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	for p.addr == "" {
		line, err := lines.ReadString('\n')
		if found := listening.FindStringSubmatch(line); found != nil {
			p.addr = found[1]
		} else if err != nil {
			t.Fatalf("ended without listening: %v, %v", err, p.Wait())
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		defer close(p.admin)
		for rest := bufio.NewScanner(lines); rest.Scan(); {
			if found := listeningAdmin.FindStringSubmatch(rest.Text()); found != nil {
				p.admin <- found[1]
			}
		}
	}()
	t.Cleanup(func() { <-drained })
	return p
}

// command returns this test's program as seawall, see [TestMain].
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Args[0] = "seawall"
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir(), "RUNTIME_DIRECTORY=", "SEAWALL_STATE="+t.TempDir())
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func output(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := command(t, args...).Output()
	if err != nil {
		t.Errorf("seawall %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// metrics returns the page of metrics.
func (p *process) metrics(t *testing.T) string {
	t.Helper()
	p.addr = <-p.admin
	return p.page(t, "http://admin.example.org/metrics")
}

func (p *process) page(t *testing.T, url string) string {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, p.addr)
		},
	}}
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
