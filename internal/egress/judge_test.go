package egress

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	for _, tt := range []struct{ addr, want string }{
		{"10.1.2.3", "private"},
		{"172.15.255.255", ""},
		{"172.16.0.0", "private"},
		{"172.31.255.255", "private"},
		{"172.32.0.0", ""},
		{"192.168.0.1", "private"},
		{"127.0.0.1", "loopback"},
		{"127.255.255.254", "loopback"},
		{"0.0.0.0", "unspecified"},
		{"0.1.2.3", "unspecified"},
		{"100.63.255.255", ""},
		{"100.64.0.1", "shared by carriers"},
		{"100.100.100.200", "shared by carriers"}, // metadata of Alibaba
		{"100.128.0.0", ""},
		{"169.254.1.1", "link-local"},
		{"169.254.169.254", "metadata"},
		{"168.63.129.16", "metadata"},
		{"192.0.0.192", "protocol assignment"}, // metadata of Oracle
		{"192.0.2.1", "documentation"},
		{"198.19.255.255", "benchmarking"},
		{"224.0.0.1", "multicast"},
		{"255.255.255.255", "reserved"},
		{"9.9.9.9", ""},
		{"::", "unspecified"},
		{"::1", "loopback"},
		{"::127.0.0.1", "reserved"}, // IPv4-compatible, long deprecated
		{"::ffff:127.0.0.1", "IPv4-mapped"},
		{"::ffff:9.9.9.9", "IPv4-mapped"},
		{"64:ff9b::7f00:1", "NAT64 of loopback"},
		{"64:ff9b::a9fe:a9fe", "NAT64 of metadata"},
		{"64:ff9b::a00:1", "NAT64 of private"},
		{"64:ff9b::909:909", ""},
		{"64:ff9b:1::909:909", "local NAT64"},
		{"64:ff9b:2::909:909", "reserved"},
		{"2001::1", "Teredo"},
		{"2001:10::1", "protocol assignment"},
		{"2001:200::1", ""},
		{"2001:db8::1", "documentation"},
		{"2002:7f00:1::", "6to4"},
		{"3fff::1", "documentation"},
		{"3fff:1000::1", ""},
		{"fd00:ec2::254", "metadata"},
		{"fd00::1", "private"},
		{"fe80::1", "link-local"},
		{"fe80::1%eth0", "link-local"},
		{"2a00::1%eth0", "link-local"},
		{"fec0::1", "reserved"}, // site-local, deprecated
		{"ff02::1", "multicast"},
		{"4000::1", "reserved"},
		{"5f00::1", "reserved"},
		{"2a00::1", ""},
	} {
		if got := Judge(netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.addr, got, tt.want)
		}
	}
	if got := Judge(netip.Addr{}); got == "" {
		t.Error("no address at all is let through")
	}
}

// slowOpen is what Judge lets through, said in the other direction and on the written bits: all that is open, then what is taken out of it.
func slowOpen(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	var bits strings.Builder
	for _, b := range addr.AsSlice() {
		fmt.Fprintf(&bits, "%08b", b)
	}
	text := bits.String()
	if addr.Is4() {
		return slowOpen4(text)
	}
	if wellKnown := hexBits("0064ff9b0000000000000000"); strings.HasPrefix(text, wellKnown) {
		return slowOpen4(text[96:])
	}
	if !strings.HasPrefix(text, "001") {
		return false
	}
	for _, closed := range []string{
		hexBits("2001") + "0000000", // 2001::/23
		hexBits("20010db8"),
		hexBits("2002"),
		hexBits("3fff") + "0000",
	} {
		if strings.HasPrefix(text, closed) {
			return false
		}
	}
	return true
}

func slowOpen4(text string) bool {
	for _, closed := range []string{
		"00000000",                              // 0/8
		"00001010",                              // 10/8
		"0110010001",                            // 100.64/10
		"01111111",                              // 127/8
		"1010100000111111" + "1000000100010000", // 168.63.129.16
		"1010100111111110",                      // 169.254/16
		"101011000001",                          // 172.16/12
		"110000000000000000000000",              // 192.0.0/24
		"110000000000000000000010",              // 192.0.2/24
		"110000000101100001100011",              // 192.88.99/24
		"1100000010101000",                      // 192.168/16
		"110001100001001",                       // 198.18/15
		"110001100011001101100100",              // 198.51.100/24
		"110010110000000001110001",              // 203.0.113/24
		"111",                                   // 224/3
	} {
		if strings.HasPrefix(text, closed) {
			return false
		}
	}
	return true
}

func hexBits(hex string) string {
	var bits strings.Builder
	for _, c := range hex {
		fmt.Fprintf(&bits, "%04b", strings.IndexRune("0123456789abcdef", c))
	}
	return bits.String()
}

func FuzzJudge(f *testing.F) {
	for _, s := range &special {
		f.Add(s.prefix.Addr().AsSlice(), "")
		f.Add(s.prefix.Addr().Prev().AsSlice(), "")
	}
	f.Add([]byte{9, 9, 9, 9}, "")
	f.Add([]byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1}, "")
	f.Add([]byte{0x2a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "eth0")
	f.Fuzz(func(t *testing.T, raw []byte, zone string) {
		addr, ok := netip.AddrFromSlice(raw)
		if !ok {
			return
		}
		if addr.Is6() {
			addr = addr.WithZone(zone)
		}
		if got, want := Judge(addr) == "", slowOpen(addr); got != want {
			t.Errorf("%s: let through %v, want %v (%q)", addr, got, want, Judge(addr))
		}
	})
}
