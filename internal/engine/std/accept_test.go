package std_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

// flaky is a listener that fails before it accepts.
type flaky struct {
	net.Listener
	fail []error
}

func (f *flaky) Accept() (net.Conn, error) {
	if len(f.fail) > 0 {
		err := f.fail[0]
		f.fail = f.fail[1:]
		return nil, err
	}
	return f.Listener.Accept()
}

func TestAcceptSurvivesWant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noFiles := &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
		noBuffers := &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.ENOBUFS)}
		network, ln := listen(t)
		for range 12 {
			ln.fail = append(ln.fail, noFiles, noBuffers)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		e := newEngine(t, answer{})
		go func() { ended <- e.Serve(ctx, ln, false) }()

		begin := time.Now()
		c := ask(t, network)
		// 5, 10, … 640 ms, then 16 times a second.
		if took, want := time.Since(begin), 1275*time.Millisecond+16*time.Second; took != want {
			t.Errorf("accepted after %v, want %v", took, want)
		}
		c.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

func TestAcceptStopsInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ln := listen(t)
		for range 100 {
			ln.fail = append(ln.fail, syscall.ENFILE)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		begin := time.Now()
		if err := newEngine(t, answer{}).Serve(ctx, ln, false); err != nil {
			t.Errorf("serve: %v", err)
		}
		if took, want := time.Since(begin), 1500*time.Millisecond; took != want {
			t.Errorf("stopped after %v, want %v", took, want)
		}
	})
}

func TestAcceptTellsWhyItStopped(t *testing.T) {
	_, ln := listen(t)
	broken := errors.New("broken")
	ln.fail = []error{broken}
	if err := newEngine(t, answer{}).Serve(t.Context(), ln, false); !errors.Is(err, broken) {
		t.Errorf("error %v, want it to hold %v", err, broken)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener was not closed: %v", err)
	}
}

var address = netip.MustParseAddrPort("192.0.2.1:80")

func listen(t *testing.T) (*memnet.Network, *flaky) {
	t.Helper()
	network := memnet.New()
	ln, err := network.Listen(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return network, &flaky{Listener: ln}
}
