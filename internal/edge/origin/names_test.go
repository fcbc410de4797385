package origin

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall"
)

var (
	four1, four2 = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	six1, six2   = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	addresses    = cmpopts.EquateComparable(netip.Addr{})
)

func TestAlternate(t *testing.T) {
	for _, test := range []struct{ in, want []netip.Addr }{
		{[]netip.Addr{four1}, []netip.Addr{four1}},
		{[]netip.Addr{six1, six2, four1, four2}, []netip.Addr{six1, four1, six2, four2}},
		{[]netip.Addr{four1, four2, six1}, []netip.Addr{four1, six1, four2}},
		{[]netip.Addr{netip.MustParseAddr("::ffff:192.0.2.1"), six1}, []netip.Addr{four1, six1}},
	} {
		if diff := cmp.Diff(test.want, alternate(test.in), addresses); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.in, diff)
		}
	}
}

// directory is a name server of one name.
type directory struct {
	addrs atomic.Pointer[[]netip.Addr] // nil answers with an error
	asked atomic.Int64
}

func (d *directory) lookup(context.Context, string) ([]netip.Addr, error) {
	d.asked.Add(1)
	if a := d.addrs.Load(); a != nil {
		return *a, nil
	}
	return nil, errors.New("server failure")
}

// TestNamesAreKept: an answer is believed for a while, and used for longer when there is no other.
func TestNamesAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{}
		d.addrs.Store(&[]netip.Addr{four1})
		changes := 0
		n := newNames("origin.example.org", d.lookup, time.Now, func() { changes++ })
		expect := func(asked int64, want ...netip.Addr) {
			t.Helper()
			got, err := n.get(t.Context())
			if !slices.Equal(got, want) || (err == nil) != (len(want) > 0) || d.asked.Load() != asked {
				t.Errorf("got %v, %v after %d lookups, want %v after %d", got, err, d.asked.Load(), want, asked)
			}
		}
		expect(1, four1)
		time.Sleep(nameTTL - time.Nanosecond)
		expect(1, four1)
		time.Sleep(time.Nanosecond)
		expect(2, four1)
		d.addrs.Store(nil)
		time.Sleep(nameTTL)
		expect(3, four1)
		expect(3, four1) // not asked again at once
		time.Sleep(nameRetry)
		expect(4, four1)
		if changes != 0 {
			t.Errorf("%d changes of nothing", changes)
		}
		d.addrs.Store(&[]netip.Addr{four2})
		time.Sleep(nameRetry)
		expect(5, four2)
		if changes != 1 {
			t.Errorf("%d changes, want 1", changes)
		}
		d.addrs.Store(&[]netip.Addr{})
		time.Sleep(nameStale)
		expect(6)
	})
}

// TestNamesAskOnce: a crowd makes one lookup.
func TestNamesAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{}
		n := newNames("origin.example.org", func(ctx context.Context, host string) ([]netip.Addr, error) {
			time.Sleep(time.Second)
			return d.lookup(ctx, host)
		}, time.Now, func() {})
		d.addrs.Store(&[]netip.Addr{four1})
		for range 100 {
			go func() {
				if got, err := n.get(t.Context()); err != nil || len(got) != 1 {
					t.Errorf("got %v, %v", got, err)
				}
			}()
		}
		time.Sleep(2 * time.Second)
		if d.asked.Load() != 1 {
			t.Errorf("asked %d times", d.asked.Load())
		}
	})
}

// TestRace tries the addresses of a name, each a little after the one before.
func TestRace(t *testing.T) {
	const never = time.Hour
	tests := map[string]struct {
		addrs []netip.Addr
		takes map[netip.Addr]time.Duration // to connect; others refuse at once
		took  time.Duration
		want  netip.Addr // invalid when there is no connection
		dials int
	}{
		"the first":                       {[]netip.Addr{six1, four1}, map[netip.Addr]time.Duration{six1: 0, four1: 0}, 0, six1, 1},
		"the first is slow":               {[]netip.Addr{six1, four1}, map[netip.Addr]time.Duration{six1: 400 * time.Millisecond, four1: 300 * time.Millisecond}, 400 * time.Millisecond, six1, 2},
		"the first hangs":                 {[]netip.Addr{six1, four1}, map[netip.Addr]time.Duration{six1: never, four1: 0}, raceStep, four1, 2},
		"the first refuses":               {[]netip.Addr{six1, four1}, map[netip.Addr]time.Duration{four1: 0}, 0, four1, 2},
		"the third of three":              {[]netip.Addr{six1, four1, four2}, map[netip.Addr]time.Duration{six1: never, four2: 0}, raceStep, four2, 3},
		"all refuse":                      {[]netip.Addr{six1, four1}, nil, 0, netip.Addr{}, 2},
		"all hang":                        {[]netip.Addr{six1, four1}, map[netip.Addr]time.Duration{six1: never, four1: never}, raceStep + 3*time.Second, netip.Addr{}, 2},
		"the second wins, the first late": {[]netip.Addr{six1, four1}, map[netip.Addr]time.Duration{six1: raceStep + time.Second, four1: 0}, raceStep, four1, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var dials, open atomic.Int64
				dial := func(ctx context.Context, _, addr string) (net.Conn, error) {
					dials.Add(1)
					takes, ok := test.takes[netip.MustParseAddrPort(addr).Addr()]
					if !ok {
						return nil, errors.New("connection refused")
					}
					select {
					case <-time.After(takes):
						open.Add(1)
						return &opened{addr: addr, open: &open}, nil
					case <-ctx.Done():
						return nil, ctx.Err()
					}
				}
				o := newOrigin(t, Options{BaseURL: "http://origin.example.org", Dial: dial, Lookup: func(context.Context, string) ([]netip.Addr, error) {
					return test.addrs, nil
				}})
				begun := time.Now()
				conn, err := o.dialer.open(t.Context(), "tcp", "origin.example.org:80")
				if took := time.Since(begun); took != test.took || int(dials.Load()) != test.dials {
					t.Errorf("took %v and %d dials, want %v and %d", took, dials.Load(), test.took, test.dials)
				}
				switch {
				case err != nil:
					if test.want.IsValid() || open.Load() != 0 || o.dialer.conns.Load() != 0 {
						t.Errorf("got %v, %d open, want %v", err, open.Load(), test.want)
					}
					return
				case conn.(*countedConn).Conn.(*opened).addr != netip.AddrPortFrom(test.want, 80).String() || open.Load() != 1 || o.dialer.conns.Load() != 1:
					t.Errorf("got %v, %d open, want %v", conn.(*countedConn).Conn.(*opened).addr, open.Load(), test.want)
				}
				conn.Close()
				conn.Close()
				if o.dialer.conns.Load() != 0 {
					t.Errorf("%d connections counted after the end", o.dialer.conns.Load())
				}
			})
		})
	}
}

// opened is a connection that is only there.
type opened struct {
	net.Conn
	addr string
	open *atomic.Int64
}

func (o *opened) Close() error { o.open.Add(-1); return nil }

// TestBlame: an address that took no connection is tried last for a while.
func TestBlame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried []string
		o := newOrigin(t, Options{
			BaseURL: "http://origin.example.org",
			Dial: func(ctx context.Context, _, addr string) (net.Conn, error) {
				tried = append(tried, addr)
				if addr == "192.0.2.1:80" {
					return nil, errors.New("connection refused")
				}
				return dialling(answerWith("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"))(ctx, "tcp", addr)
			},
			Lookup: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{four1, four2}, nil },
		})
		fetch := func() {
			t.Helper()
			resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			synctest.Wait()
		}
		fetch()
		fetch()
		time.Sleep(nameBlame)
		fetch()
		if want := []string{"192.0.2.1:80", "192.0.2.2:80", "192.0.2.2:80", "192.0.2.1:80", "192.0.2.2:80"}; !slices.Equal(tried, want) {
			t.Errorf("tried %q, want %q", tried, want)
		}
	})
}

// TestMove: when the name has another address, kept connections to the old one are not used again, also without a request in between.
func TestMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{}
		d.addrs.Store(&[]netip.Addr{four1})
		f := newFarm(map[string]func(net.Conn){"192.0.2.1": saying("200 OK", "old"), "192.0.2.2": saying("200 OK", "new")})
		g := f.group(t, GroupOptions{Origin: Options{Lookup: d.lookup}}, "origin.example.org")
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); g.Run(ctx) }()
		expect := func(want string) {
			t.Helper()
			if got, err := ask(t, g, get("/"), nil); got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
		expect("old")
		d.addrs.Store(&[]netip.Addr{four2})
		time.Sleep(20 * time.Second)
		expect("old") // over the kept connection, which needs no address
		time.Sleep(namesRenewed - 19*time.Second)
		expect("new")
		if f.count("192.0.2.1") != 1 || f.count("192.0.2.2") != 1 {
			t.Errorf("%d and %d connections", f.count("192.0.2.1"), f.count("192.0.2.2"))
		}
		stop()
		<-ended
	})
}

func TestNoAddress(t *testing.T) {
	for name, test := range map[string]struct {
		addrs []netip.Addr
		err   error
		kind  ErrorType
	}{
		"nothing":      {nil, nil, DNSError},
		"no such name": {nil, &net.DNSError{Err: "no such host", IsNotFound: true}, DNSError},
		"timeout":      {nil, &net.DNSError{Err: "i/o timeout", IsTimeout: true}, DNSTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrigin(t, Options{BaseURL: "http://origin.example.org", Lookup: func(context.Context, string) ([]netip.Addr, error) {
				return test.addrs, test.err
			}})
			_, err := o.Fetch(t.Context(), get("/"), nil, nil)
			check(t, err, seawall.ReasonOriginDown, unsent)
			if e, _ := errors.AsType[*Error](err); e.Type != test.kind {
				t.Errorf("got %s, want %s: %v", e.Type, test.kind, err)
			}
		})
	}
}
