package seawall

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"testing"
)

func TestClientAt(t *testing.T) {
	for _, tt := range []struct{ addr, client, prefix string }{
		{"192.0.2.77", "192.0.2.77", "192.0.2.0/24"},
		{"192.0.2.0", "192.0.2.0", "192.0.2.0/24"},
		{"255.255.255.255", "255.255.255.255", "255.255.255.0/24"},
		{"::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"},
		{"::ffff:192.0.2.77%eth0", "192.0.2.77", "192.0.2.0/24"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"},
		{"fe80::1%eth0", "fe80::1", "fe80::/48"},
		{"::", "::", "::/48"},
	} {
		c := ClientAt(netip.MustParseAddr(tt.addr))
		if got := c.Addr.String(); got != tt.client {
			t.Errorf("ClientAt(%s): got %s, want %s", tt.addr, got, tt.client)
		}
		if got := c.Prefix().String(); got != tt.prefix {
			t.Errorf("prefix of %s: got %s, want %s", tt.addr, got, tt.prefix)
		}
	}
}

func TestClientOfNobody(t *testing.T) {
	c := ClientAt(netip.Addr{})
	if c != (Client{}) || c.Prefix() != (netip.Prefix{}) {
		t.Errorf("got %#v in %#v, want zero values", c, c.Prefix())
	}
}

// TestClientPrintsAsPrefix tries the ways in which an address slips into a log.
func TestClientPrintsAsPrefix(t *testing.T) {
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("request", slog.Any("client", ClientAt(netip.MustParseAddr("192.0.2.77"))))
	}
	c := ClientAt(netip.MustParseAddr("192.0.2.77"))
	for i, got := range []string{c.String(), fmt.Sprint(c), fmt.Sprintf("%v", &c), fmt.Sprintf("%+v", struct{ C Client }{c}), log.String()} {
		if strings.Contains(got, "192.0.2.77") || !strings.Contains(got, "192.0.2.0/24") {
			t.Errorf("%d: got %q, want the prefix alone", i, got)
		}
	}
}

func TestRequestID(t *testing.T) {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	seen := make(map[string]RequestID)
	for _, id := range []RequestID{0, 1, 2, 0xff, 1 << 32, 0x0123456789abcdef, math.MaxInt64, math.MaxUint64} {
		got := id.String()
		if len(got) != RequestIDLen || strings.Trim(got, alphabet) != "" {
			t.Errorf("%#x: got %q, want %d of %s", uint64(id), got, RequestIDLen, alphabet)
		}
		if other, twice := seen[got]; twice {
			t.Errorf("%#x prints as %#x does: %q", uint64(id), uint64(other), got)
		}
		seen[got] = id
		if appended := string(id.AppendTo([]byte("id "))); appended != "id "+got {
			t.Errorf("%#x: AppendTo gave %q, String %q", uint64(id), appended, got)
		}
	}
	if got, want := RequestID(0).String(), "0000000000000"; got != want {
		t.Errorf("zero: got %q, want %q", got, want)
	}
	if strings.ContainsAny(alphabet, "ilou") {
		t.Error("the alphabet has letters that are mistaken for others")
	}
}

func TestRequestIDAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, RequestIDLen)
	if got := testing.AllocsPerRun(100, func() { buf = RequestID(0x0123456789abcdef).AppendTo(buf[:0]) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

func TestClientHidesItsAddress(t *testing.T) {
	c := ClientAt(netip.MustParseAddr("192.0.2.77"))
	text, err := json.Marshal(map[string]any{"client": c})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c), string(text)} {
		if strings.Contains(got, "192.0.2.77") || !strings.Contains(got, "192.0.2.0/24") {
			t.Errorf("got %s", got)
		}
	}
}
