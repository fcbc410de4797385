package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	proxyproto "github.com/pires/go-proxyproto"
)

var anyPort = netip.MustParseAddrPort("127.0.0.1:0")

func TestDialContextRefuses(t *testing.T) {
	n := New(Options{})
	for _, address := range []string{
		"www.example.org:80", "localhost:80", "localhost.:80", "127.0.0.1.example.org:80", ":80", "127.0.0.1", "127.1:80", "2130706433:80",
		"192.0.2.1:80", "128.0.0.1:80", "126.255.255.255:80", "0.0.0.0:80",
		"[2001:db8::1]:80", "[::]:80", "[::2]:80", "[::1%lo]:80", "[::127.0.0.1]:80", "[::ffff:127.0.0.1]:80", "[::ffff:192.0.2.1]:80",
	} {
		_, err := n.DialContext(t.Context(), "tcp", address)
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("dial %q: got %v, want %v", address, err, ErrNotLoopback)
		}
	}
	for _, network := range []string{"udp", "unix", "ip4:icmp", ""} {
		_, err := n.DialContext(t.Context(), network, "127.0.0.1:80")
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("dial over %q: got %v, want %v", network, err, ErrNotLoopback)
		}
	}
}

func TestDialRefuses(t *testing.T) {
	n := New(Options{})
	home := netip.MustParseAddr("127.0.0.1")
	for _, tt := range []struct{ from, to string }{
		{"127.0.0.1", "192.0.2.1:80"},
		{"127.0.0.1", "[2001:db8::1]:80"},
		{"127.0.0.1", "[::ffff:127.0.0.1]:80"},
		{"127.0.0.1", "0.0.0.0:80"},
		{"192.0.2.1", "127.0.0.1:80"},
		{"0.0.0.0", "127.0.0.1:80"},
		{"::ffff:127.0.0.1", "127.0.0.1:80"},
	} {
		_, err := n.Dial(t.Context(), netip.MustParseAddr(tt.from), netip.MustParseAddrPort(tt.to))
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("dial %s from %s: got %v, want %v", tt.to, tt.from, err, ErrNotLoopback)
		}
	}
	if _, err := n.Dial(t.Context(), home, netip.AddrPort{}); !errors.Is(err, ErrNotLoopback) {
		t.Errorf("dial the zero address: got %v, want %v", err, ErrNotLoopback)
	}
}

func TestListenRefuses(t *testing.T) {
	n := New(Options{})
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0", "[::ffff:127.0.0.1]:0"} {
		_, err := n.Listen(t.Context(), netip.MustParseAddrPort(addr))
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("listen on %s: got %v, want %v", addr, err, ErrNotLoopback)
		}
	}
}

// The lowest function holds by itself, whatever the layers above it let through.
func TestSocketRefuses(t *testing.T) {
	d := dialer(nil)
	for _, address := range []string{"192.0.2.1:80", "[2001:db8::1]:80", "0.0.0.0:80", "[::]:80", "[::ffff:192.0.2.1]:80"} {
		_, err := d.DialContext(t.Context(), "tcp", address)
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("socket to %q: got %v, want %v", address, err, ErrNotLoopback)
		}
	}
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0"} {
		_, err := listenConfig().Listen(t.Context(), "tcp", address)
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("socket on %q: got %v, want %v", address, err, ErrNotLoopback)
		}
	}
}

func TestSocketRefusesWhatAResolverSays(t *testing.T) {
	d := dialer(nil)
	asked := false
	d.Resolver = resolver(t, netip.MustParseAddr("192.0.2.7"), &asked)
	_, err := d.DialContext(t.Context(), "tcp4", "www.example.org:80")
	if !errors.Is(err, ErrNotLoopback) {
		t.Errorf("got %v, want %v", err, ErrNotLoopback)
	}
	if !asked {
		t.Error("the resolver was not asked")
	}
}

func TestRedirectAway(t *testing.T) {
	for _, away := range []string{"http://192.0.2.1/", "http://www.example.org/", "http://[2001:db8::1]/", "http://localhost/"} {
		server := httptest.NewServer(http.RedirectHandler(away, http.StatusFound))
		transport := &http.Transport{DialContext: New(Options{}).DialContext}
		client := &http.Client{Transport: transport}
		resp, err := client.Get(server.URL)
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("redirect to %s: got %v, want %v", away, err, ErrNotLoopback)
		}
		if err == nil {
			resp.Body.Close()
		}
		transport.CloseIdleConnections()
		server.Close()
	}
}

func TestDialShowsSource(t *testing.T) {
	for _, proxy := range []bool{false, true} {
		n := New(Options{Proxy: proxy})
		from := netip.MustParseAddr("127.130.7.9")
		if got := peer(t, n, anyPort, from); got != from {
			t.Errorf("proxy %t: got source %v, want %v", proxy, got, from)
		}
	}
}

func TestDialChoosesSource(t *testing.T) {
	for _, proxy := range []bool{false, true} {
		got := peer(t, New(Options{Proxy: proxy}), anyPort, netip.Addr{})
		if want := anyPort.Addr(); got != want {
			t.Errorf("proxy %t: got source %v, want %v", proxy, got, want)
		}
	}
}

func TestDialIPv6(t *testing.T) {
	six := netip.AddrPortFrom(netip.IPv6Loopback(), 0)
	if probe, err := net.Listen("tcp6", six.String()); err != nil {
		t.Skipf("no IPv6 loopback here: %v", err)
	} else {
		probe.Close()
	}
	if got, want := peer(t, New(Options{}), six, six.Addr()), six.Addr(); got != want {
		t.Errorf("got source %v, want %v", got, want)
	}
}

// peer returns the source that a listener of n at addr sees when n dials it from from.
func peer(t *testing.T, n *Net, addr netip.AddrPort, from netip.Addr) netip.Addr {
	t.Helper()
	ln, err := n.Listen(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if n.Proxied() {
		use := func(proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) { return proxyproto.USE, nil }
		ln = &proxyproto.Listener{Listener: ln, ConnPolicy: use}
	}
	conn, err := n.Dial(t.Context(), from, ln.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	if _, err := accepted.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return accepted.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
}

// resolver returns a resolver that finds every name at addr and tells asked so. It asks nobody but itself.
func resolver(t *testing.T, addr netip.Addr, asked *bool) *net.Resolver {
	t.Helper()
	answer := func(_ context.Context, _, _ string) (net.Conn, error) {
		here, there := net.Pipe()
		*asked = true
		go answerQuery(there, addr)
		return here, nil
	}
	return &net.Resolver{PreferGo: true, Dial: answer}
}

// answerQuery answers one DNS query over a stream (RFC 1035, section 4.2.2) with one A record.
func answerQuery(conn net.Conn, addr netip.Addr) {
	defer conn.Close()
	buf := make([]byte, 514)
	n, err := conn.Read(buf)
	if err != nil {
		return
	}
	for n < 2 || n < 2+int(buf[0])<<8+int(buf[1]) {
		more, err := conn.Read(buf[n:])
		if err != nil {
			return
		}
		n += more
	}
	query := buf[2:n]
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root label, type and class
	reply := append([]byte{0, 0}, query[:end]...)
	copy(reply[4:], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0})
	reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
	reply = append(reply, addr.AsSlice()...)
	reply[0], reply[1] = byte((len(reply)-2)>>8), byte(len(reply)-2)
	_, _ = conn.Write(reply)
}
