package app

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/config"
)

// busy returns an address of this machine that is in use until the test ends.
func busy(t *testing.T) string {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String()
}

// problems returns what New finds wrong.
func problems(t *testing.T, o Options) config.Problems {
	t.Helper()
	a, err := New(t.Context(), o)
	if err == nil {
		a.Close()
		t.Fatal("got no error")
	}
	found, ok := errors.AsType[config.Problems](err)
	if !ok {
		t.Fatalf("got %T %v, want config.Problems", err, err)
	}
	return found
}

// TestListenProblems reports every listener that cannot be opened, each at its place in the file, and leaves nothing open.
func TestListenProblems(t *testing.T) {
	one, two, admin := busy(t), busy(t), busy(t)
	free := filepath.Join(t.TempDir(), "none", "s")
	cfg := parse(t, `
version: 1
listen:
  - %s
  - 127.0.0.1:0
  - %s
admin: %s
control: %s
sites:
  - name: www.example.org
    origin: http://127.0.0.1:8080
`, one, two, admin, free)
	opened := &opened{}
	got := problems(t, Options{Config: cfg, Listen: opened.listen})
	const remedy = "stop the program that listens there, or choose another address"
	want := config.Problems{
		{File: "seawall.yaml", Line: 3, Column: 5, Path: "listen[0]", Message: one + " is already in use", Remedy: remedy},
		{File: "seawall.yaml", Line: 5, Column: 5, Path: "listen[2]", Message: two + " is already in use", Remedy: remedy},
		{File: "seawall.yaml", Line: 6, Column: 1, Path: "admin", Message: admin + " is already in use", Remedy: remedy},
		{
			File: "seawall.yaml", Line: 7, Column: 1, Path: "control",
			Message: "the folder of " + free + " does not exist", Remedy: "make it, or choose another path",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(opened.all) != 1 {
		t.Fatalf("opened %d listeners, want 1", len(opened.all))
	}
	if _, err := opened.all[0].Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener that was opened: got %v, want it closed", err)
	}
}

// opened keeps the listeners that it opens.
type opened struct{ all []net.Listener }

func (o *opened) listen(ctx context.Context, network, address string) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, network, address)
	if err == nil {
		o.all = append(o.all, ln)
	}
	return ln, err
}

func TestListenProblemOfFlags(t *testing.T) {
	addr := busy(t)
	cfg, err := config.FromFlags(config.Flags{Site: "www.example.org", Origin: "http://127.0.0.1:8080", Listen: addr})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Admin = ""
	want := config.Problems{{
		Path: "--listen", Message: addr + " is already in use",
		Remedy: "stop the program that listens there, or choose another address",
	}}
	if diff := cmp.Diff(want, problems(t, Options{Config: cfg})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListenProblemWords(t *testing.T) {
	for _, tt := range []struct {
		err             error
		message, remedy string
	}{
		{
			os.NewSyscallError("bind", syscall.EACCES),
			"not allowed to listen on 127.0.0.1:0", "choose a port above 1023, or grant CAP_NET_BIND_SERVICE",
		},
		{
			os.NewSyscallError("bind", syscall.EADDRNOTAVAIL),
			"127.0.0.1:0 is not an address of this machine", "leave the host out to listen on every address",
		},
		{
			errors.New("no more files"),
			"cannot listen on 127.0.0.1:0: listen tcp: no more files", "choose another address",
		},
	} {
		got := problems(t, Options{
			Config: oneSite(t, "http://127.0.0.1:8080", "off"),
			Listen: func(context.Context, string, string) (net.Listener, error) {
				return (*net.TCPListener)(nil), &net.OpError{Op: "listen", Net: "tcp", Err: tt.err}
			},
		})
		want := config.Problems{{
			File: "seawall.yaml", Line: 2, Column: 1, Path: "listen[0]", Message: tt.message, Remedy: tt.remedy,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.err, diff)
		}
	}
}
