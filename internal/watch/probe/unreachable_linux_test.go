package probe

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
)

// Failures that only this system can be made to show on loopback.
var unreachables = []failing{
	{"no way to the address", TCPUnreachable, PhaseTCP, func(b *bed) (Target, func(*Options)) {
		b.dns.addr("www.example.org", "127.255.255.255") // a broadcast address: TCP does not go there, datagrams do
		return at("http://www.example.org/")
	}},
	{"no room for a connection", TCPTimeout, PhaseTCP, func(b *bed) (Target, func(*Options)) {
		at := fullListener(b)
		b.dns.addr("www.example.org", at.Addr().String())
		return quickly(fmt.Sprintf("http://www.example.org:%d/", at.Port()))
	}},
}

func TestUnreachable(t *testing.T) {
	for _, f := range unreachables {
		t.Run(f.name, f.test)
	}
}

// fullListener returns where a listener has no room, so that whoever connects waits.
func fullListener(b *bed) netip.AddrPort {
	b.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		b.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		b.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "listener")
	ln, err := net.FileListener(f)
	if err != nil {
		b.Fatal(err)
	}
	_ = f.Close()
	b.Cleanup(func() { _ = ln.Close() })
	at := netip.MustParseAddrPort(ln.Addr().String())
	c, err := net.Dial("tcp", at.String()) // takes the one place
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	return at
}
