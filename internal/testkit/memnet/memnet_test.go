package memnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/nettest"

	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

var (
	server = netip.MustParseAddrPort("192.0.2.1:80")
	reader = netip.MustParseAddr("198.51.100.7")
)

func TestConn(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		c1, c2 = pair(t)
		return c1, c2, func() { c1.Close(); c2.Close() }, nil
	})
}

func TestAddresses(t *testing.T) {
	near, far := pair(t)
	got := []string{near.RemoteAddr().String(), far.LocalAddr().String(), near.LocalAddr().String()}
	want := []string{server.String(), server.String(), far.RemoteAddr().String()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, want := far.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(), reader; got != want {
		t.Errorf("source %v, want %v", got, want)
	}
}

func TestListenPicksPortsAndRefusesTaken(t *testing.T) {
	network := memnet.New()
	anyPort := netip.AddrPortFrom(server.Addr(), 0)
	first, second := listen(t, network, anyPort), listen(t, network, anyPort)
	if first.Addr().String() == second.Addr().String() {
		t.Errorf("both listeners got %v", first.Addr())
	}
	taken := first.Addr().(*net.TCPAddr).AddrPort()
	if _, err := network.Listen(t.Context(), taken); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("error %v, want EADDRINUSE", err)
	}
	first.Close()
	listen(t, network, taken)
}

func TestDialNobody(t *testing.T) {
	network := memnet.New()
	for name, prepare := range map[string]func(){
		"never": func() {},
		"no longer": func() {
			ln := listen(t, network, server)
			ln.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			prepare()
			_, err := network.Dial(t.Context(), reader, server)
			if _, ok := errors.AsType[*net.OpError](err); !ok || !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("error %v, want a *net.OpError with ECONNREFUSED", err)
			}
		})
	}
}

func TestUnspecifiedAddressTakesAll(t *testing.T) {
	network := memnet.New()
	ln := listen(t, network, netip.MustParseAddrPort("0.0.0.0:80"))
	defer ln.Close()
	c, err := network.Dial(t.Context(), netip.Addr{}, server)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if _, err := network.Dial(t.Context(), netip.Addr{}, netip.MustParseAddrPort("[2001:db8::1]:80")); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("other family: error %v, want ECONNREFUSED", err)
	}
}

func TestFullBacklogWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		ln := listen(t, network, server)
		for range memnet.Backlog {
			if _, err := network.Dial(t.Context(), reader, server); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := network.Dial(ctx, reader, server); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
		ln.Close()
	})
}

func TestClosedListenerResetsItsBacklog(t *testing.T) {
	network := memnet.New()
	ln := listen(t, network, server)
	c, err := network.Dial(t.Context(), reader, server)
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error %v, want ECONNRESET", err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept error %v, want net.ErrClosed", err)
	}
}

func TestWriterFeelsASlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t)
		near.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := near.Write(make([]byte, memnet.BufferBytes+1))
		if n != memnet.BufferBytes || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d, %v, want %d and a timeout", n, err, memnet.BufferBytes)
		}
		near.Close()
		got, err := io.ReadAll(far)
		if len(got) != memnet.BufferBytes || err != nil {
			t.Errorf("read %d, %v, want all that was written and no error", len(got), err)
		}
	})
}

func TestHalfClose(t *testing.T) {
	near, far := pair(t)
	near.(interface{ CloseWrite() error }).CloseWrite()
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("error %v, want io.EOF", err)
	}
	if _, err := near.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("error %v, want EPIPE", err)
	}
	far.Write([]byte("answer"))
	far.Close()
	if got, err := io.ReadAll(near); string(got) != "answer" || err != nil {
		t.Errorf("read %q, %v, want the answer", got, err)
	}
}

func TestLingerZeroResets(t *testing.T) {
	near, far := pair(t)
	near.Write([]byte("lost"))
	near.(interface{ SetLinger(int) error }).SetLinger(0)
	near.Close()
	if n, err := far.Read(make([]byte, 8)); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read %d, %v, want ECONNRESET", n, err)
	}
	if _, err := near.Read(nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v, want net.ErrClosed", err)
	}
}

func TestCloseWakesAWaitingRead(t *testing.T) {
	for name, closes := range map[string]func(near, far net.Conn) error{
		"own":  func(near, _ net.Conn) error { return near.Close() },
		"peer": func(_, far net.Conn) error { return far.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := pair(t)
				ended := make(chan error, 1)
				go func() {
					_, err := near.Read(make([]byte, 1))
					ended <- err
				}()
				synctest.Wait()
				closes(near, far)
				want := map[string]error{"own": net.ErrClosed, "peer": io.EOF}[name]
				if err := <-ended; !errors.Is(err, want) {
					t.Errorf("error %v, want %v", err, want)
				}
			})
		})
	}
}

func TestWritersDoNotMix(t *testing.T) {
	near, far := pair(t)
	const size = 3 * memnet.BufferBytes
	var writers sync.WaitGroup
	for _, b := range []byte("ab") {
		writers.Go(func() { near.Write(bytes.Repeat([]byte{b}, size)) })
	}
	got := make([]byte, 2*size)
	if _, err := io.ReadFull(far, got); err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	if first := bytes.Repeat(got[:1], size); !bytes.Equal(got[:size], first) {
		t.Error("one write's bytes were interrupted by another's")
	}
}

// pair returns both ends of a connection.
func pair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	network := memnet.New()
	ln := listen(t, network, server)
	defer ln.Close()
	near, err := network.Dial(t.Context(), reader, server)
	if err != nil {
		t.Fatal(err)
	}
	far, err = ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

func listen(t *testing.T, network *memnet.Network, addr netip.AddrPort) net.Listener {
	t.Helper()
	ln, err := network.Listen(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}
