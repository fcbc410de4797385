package engine_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/engine"
)

func TestResolve(t *testing.T) {
	got, err := engine.Limits{Conns: 7, Drain: time.Second, Handshakes: 3}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	want := engine.Limits{
		Conns: 7, Handshakes: 3, HandshakesQueue: 256, HandshakeTime: 5 * time.Second,
		HelloBytes: 16 << 10, HeadBytes: 32 << 10, Fields: 100, HeadTime: 5 * time.Second, IdleTime: time.Minute,
		BodyBytes: 16 << 20, StallTime: 20 * time.Second, MinRate: 512, Streams: 64, Exchanges: 4096, Drain: time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestResolveReportsEveryNegative(t *testing.T) {
	_, err := engine.Limits{Conns: -1, BodyBytes: -2, IdleTime: -time.Second}.Resolve()
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"Conns", "BodyBytes", "IdleTime"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
}

func TestTrust(t *testing.T) {
	trust := engine.Trust{netip.MustParsePrefix("192.0.2.0/28"), netip.MustParsePrefix("2001:db8::/48")}
	for addr, want := range map[string]bool{
		"192.0.2.15":        true,
		"::ffff:192.0.2.15": true,
		"192.0.2.16":        false,
		"2001:db8::1":       true,
		"2001:db8:1::1":     false,
	} {
		if got := trust.Contains(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %v, want %v", addr, got, want)
		}
	}
	if engine.Trust(nil).Contains(netip.MustParseAddr("192.0.2.1")) {
		t.Error("nil trusts somebody")
	}
	if err := (engine.Trust{{}}).Check(); err == nil {
		t.Error("an invalid network passes")
	}
}
