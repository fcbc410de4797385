package loopback

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
)

// dialFunc is a network of which only Dial is used.
type dialFunc func(ctx context.Context, from netip.Addr) (net.Conn, error)

func (f dialFunc) Listen(context.Context, netip.AddrPort) (net.Listener, error) {
	return nil, errors.ErrUnsupported
}

func (f dialFunc) Dial(ctx context.Context, from netip.Addr, _ netip.AddrPort) (net.Conn, error) {
	return f(ctx, from)
}

func (f dialFunc) Proxied() bool { return false }

var someone = netip.MustParseAddr("127.130.1.1")

func TestDialerEndsConnections(t *testing.T) {
	var far []net.Conn
	d := NewDialer(t.Context(), dialFunc(func(context.Context, netip.Addr) (net.Conn, error) {
		near, other := net.Pipe()
		far = append(far, other)
		return near, nil
	}), anyPort)
	for range 3 {
		if _, err := d.Dial(t.Context(), someone); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	d.Close()
	for i, c := range far {
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("connection %d: got %v, want it closed", i, err)
		}
	}
	if _, err := d.Dial(t.Context(), someone); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dial after close: got %v, want %v", err, net.ErrClosed)
	}
}

// TestDialerForgets holds that a flood of thousands of short connections grows nothing.
func TestDialerForgets(t *testing.T) {
	d := NewDialer(t.Context(), dialFunc(func(context.Context, netip.Addr) (net.Conn, error) {
		near, _ := net.Pipe()
		return near, nil
	}), anyPort)
	defer d.Close()
	for range 3 {
		c, err := d.Dial(t.Context(), someone)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("second close: %v", err)
		}
	}
	if got := len(d.conns); got != 0 {
		t.Errorf("got %d connections remembered, want none", got)
	}
}

// TestDialerEndsDials holds that every way to end a dial ends it, and that Close waits.
func TestDialerEndsDials(t *testing.T) {
	for name, end := range map[string]func(d *Dialer, stopAll, stopOne func()){
		"the dialer is closed": func(d *Dialer, _, _ func()) { d.Close() },
		"its context ends":     func(_ *Dialer, stopAll, _ func()) { stopAll() },
		"the dial's own ends":  func(_ *Dialer, _, stopOne func()) { stopOne() },
	} {
		synctest.Test(t, func(t *testing.T) {
			all, stopAll := context.WithCancel(t.Context())
			one, stopOne := context.WithCancel(t.Context())
			d := NewDialer(all, dialFunc(func(ctx context.Context, _ netip.Addr) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}), anyPort)
			var dialling sync.WaitGroup
			dialling.Go(func() {
				if _, err := d.Dial(one, someone); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: got %v, want %v", name, err, context.Canceled)
				}
			})
			synctest.Wait()
			end(d, stopAll, stopOne)
			dialling.Wait()
			d.Close()
			stopAll()
			stopOne()
		})
	}
}

// TestDialerTooLate holds that a connection which opens while the dialer closes is not handed out.
func TestDialerTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		d := NewDialer(t.Context(), dialFunc(func(ctx context.Context, _ netip.Addr) (net.Conn, error) {
			<-ctx.Done()
			return near, nil
		}), anyPort)
		var dialling sync.WaitGroup
		dialling.Go(func() {
			if _, err := d.Dial(t.Context(), someone); !errors.Is(err, net.ErrClosed) {
				t.Errorf("got %v, want %v", err, net.ErrClosed)
			}
		})
		synctest.Wait()
		d.Close()
		if _, err := far.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("got %v, want the connection closed", err)
		}
		dialling.Wait()
	})
}
