package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// service is a Seawall under a service manager, which a test plays.
type service struct {
	*process
	file, socket string
	told         *net.UnixConn // what it says to its manager
}

const serviceText = `version: 1
listen: "%s"
admin: off
control: %s
access_log: {to: off}
sites:
  - name: www.example.org
    aliases: [%s]
    origin: %s
    tls: off
`

// startService starts a Seawall that takes over ln, as systemd would hand it.
func startService(t *testing.T, ln *net.TCPListener, origin string) *service {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no service manager hands over sockets here")
	}
	dir := t.TempDir()
	s := &service{file: filepath.Join(dir, "seawall.yaml"), socket: filepath.Join(dir, "s")}
	s.write(t, ln.Addr().String(), "example.org", origin)
	told, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "n"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = told.Close() })
	s.told = told
	handed, err := ln.File()
	if err != nil {
		t.Fatal(err)
	}
	defer handed.Close()

	run := command(t, "run", "-c", s.file)
	name := filepath.Join(dir, "seawall") // by which the test's program knows that it is to be seawall
	if err := os.Symlink(run.Path, name); err != nil {
		t.Fatal(err)
	}
	// A shell in the same process says whose the sockets are, as systemd does.
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`, name)
	cmd.Args = append(cmd.Args, run.Args[1:]...)
	cmd.Env = slices.Concat(run.Env, []string{"NOTIFY_SOCKET=" + filepath.Join(dir, "n")})
	cmd.WaitDelay = 10 * time.Second
	cmd.ExtraFiles = []*os.File{handed}
	s.process = await(t, cmd)
	return s
}

func (s *service) write(t *testing.T, listen, alias, origin string) {
	t.Helper()
	if err := os.WriteFile(s.file, fmt.Appendf(nil, serviceText, listen, s.socket, alias, origin), 0o600); err != nil {
		t.Fatal(err)
	}
}

// hears returns the first line of the next thing said to the manager.
func (s *service) hears(t *testing.T) string {
	t.Helper()
	text := make([]byte, 4096)
	if err := s.told.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := s.told.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text[:n]), "\n")
	return line
}

// TestService plays a service manager: sockets are handed over, reloads are asked for by signal and by command, a bad file is refused
// where it was asked for, and readers who come while nobody serves are answered by whoever serves next.
func TestService(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "the page of ", r.Host) }))
	defer origin.Close()
	ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()

	s := startService(t, ln, origin.URL)
	want := func(states ...string) {
		t.Helper()
		for _, state := range states {
			if got := s.hears(t); got != state {
				t.Fatalf("the manager hears %q, want %q", got, state)
			}
		}
	}
	want("READY=1")
	if s.addr != ln.Addr().String() {
		t.Errorf("listens on %s, want the socket handed over, %s", s.addr, ln.Addr())
	}
	if got := s.page(t, "http://www.example.org/"); got != "the page of www.example.org" {
		t.Errorf("got %q", got)
	}

	s.write(t, ln.Addr().String(), "news.example.org", origin.URL)
	if err := s.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	want("RELOADING=1", "READY=1")
	if out := output(t, "reload", "-c", s.file); string(out) != "The configuration was taken up: 1 site(s).\n" {
		t.Errorf("reload: got %q", out)
	}
	want("RELOADING=1", "READY=1")

	s.write(t, "127.0.0.1:1:1", "news.example.org", origin.URL)
	var stderr bytes.Buffer
	bad := command(t, "reload", "--control", s.socket)
	bad.Stderr = &stderr
	err = bad.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitUsage {
		t.Errorf("reload of a bad file: got %v, want exit %d", err, exitUsage)
	}
	if !strings.HasPrefix(stderr.String(), s.file+":2:1: listen: ") {
		t.Errorf("reload of a bad file says %q, want the place", stderr.String())
	}
	want("RELOADING=1", "READY=1")

	s.write(t, ln.Addr().String(), "news.example.org", origin.URL)
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	want("STOPPING=1")
	if err := s.Wait(); err != nil {
		t.Errorf("the end: %v", err)
	}

	// Nobody serves now. A reader comes, and is answered by the next one.
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: www.example.org\r\nConnection: close\r\n\r\n")
	s = startService(t, ln, origin.URL)
	if got, _ := io.ReadAll(c); !strings.HasSuffix(string(got), "the page of www.example.org") {
		t.Errorf("who came during the restart got %q", got)
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil {
		t.Errorf("the second end: %v", err)
	}
}

// TestSecondSignal: the first signal lets a request finish, a second ends the program at once.
func TestSecondSignal(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	origin := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-finish
	}))
	defer origin.Close()
	defer close(finish)
	p := startProcess(t, "run", "--site", "www.example.org", "--origin", origin.URL, "--listen", "127.0.0.1:0", "--admin", "off", "--tls", "off")
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n")
	<-begun
	began := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until it has heard the first: it stops listening then
		probe, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.addr)
		if err != nil {
			break
		}
		probe.Close()
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err = p.Wait()
	if took := time.Since(began); err == nil || took > 8*time.Second {
		t.Errorf("ended with %v after %v, want it cut off well before the drain's ten seconds", err, took)
	}
}

func TestIsFor(t *testing.T) {
	for _, tt := range []struct {
		handed, named string
		want          bool
	}{
		{"[::]:443", ":443", true},
		{"0.0.0.0:443", ":443", true},
		{"[::]:443", "0.0.0.0:443", true},
		{"[::]:443", ":80", false},
		{"127.0.0.1:443", ":443", false},
		{"192.0.2.1:443", "192.0.2.1:443", true},
		{"192.0.2.1:443", "192.0.2.2:443", false},
		{"[2001:db8::1]:443", "[2001:db8::1]:443", true},
	} {
		addr, err := net.ResolveTCPAddr("tcp", tt.handed)
		if err != nil {
			t.Fatal(err)
		}
		if got := isFor(addr, tt.named); got != tt.want {
			t.Errorf("%s for %s: got %v", tt.handed, tt.named, got)
		}
	}
}

// TestInheritedOnce: a listener is handed out once, and what nobody asks for is closed.
func TestInheritedOnce(t *testing.T) {
	var h inherited
	for range 2 {
		ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		h.all = append(h.all, ln)
	}
	first, spare := h.all[0], h.all[1]
	for range 2 {
		pc, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		h.packets = append(h.packets, pc)
	}
	packets, sparePackets := h.packets[0], h.packets[1]
	if got, err := h.listenPacket(context.Background(), "udp", packets.LocalAddr().String()); err != nil || got != packets {
		t.Errorf("got %v, %v, want the UDP socket handed over", got, err)
	}
	defer packets.Close()
	got, err := h.listen(context.Background(), "tcp", first.Addr().String())
	if err != nil || got != first {
		t.Fatalf("got %v, %v, want the one handed over", got, err)
	}
	if again, err := h.listen(context.Background(), "tcp", first.Addr().String()); err == nil {
		again.Close()
		t.Error("handed out twice")
	}
	h.warn(quiet())
	if err := spare.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the spare one: got %v, want it closed already", err)
	}
	if err := sparePackets.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the spare UDP socket: got %v, want it closed already", err)
	}
	_ = first.Close()
}
