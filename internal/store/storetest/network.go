package storetest

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall/internal/store"
)

func testNetworks(t *testing.T, place Place) {
	s := open(t, place)
	network := func(feed, prefix string, until time.Time) store.Network {
		return store.Network{
			Feed: feed, Prefix: netip.MustParsePrefix(prefix), AS: 4_200_000_000, ASName: "EXAMPLE", Country: "DK", Seen: noon.Add(-time.Hour), Until: until,
		}
	}
	end := noon.Add(48 * time.Hour)
	wide, narrow := network("a", "198.51.100.0/24", end), network("a", "198.51.100.7/32", end)
	other, six := network("b", "198.51.100.0/24", noon.Add(time.Hour)), network("b", "2001:db8::/48", end)
	check(t, s.PutNetworks(t.Context(), []store.Network{six, other, narrow, wide, network("b", "192.0.2.0/24", end)}))
	of := func(address string, now time.Time) []store.Network {
		t.Helper()
		return must(s.NetworksOf(t.Context(), netip.MustParseAddr(address), now))(t)
	}
	expect := func(what string, want, got []store.Network) {
		t.Helper()
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	expect("narrowest first", []store.Network{narrow, wide, other}, of("198.51.100.7", noon))
	expect("the same address, written otherwise", []store.Network{narrow, wide, other}, of("::ffff:198.51.100.7", noon))
	expect("after an end", []store.Network{wide}, of("198.51.100.8", noon.Add(time.Hour)))
	expect("IPv6", []store.Network{six}, of("2001:db8::1", noon))
	expect("nobody's", nil, of("203.0.113.1", noon))
	same(t, "by feed", map[string]int{"a": 2, "b": 2}, must(s.NetworksBy(t.Context(), noon.Add(time.Hour)))(t))

	longer, shorter := wide, wide
	longer.Until, longer.AS, shorter.Until = end.Add(time.Hour), 64500, noon.Add(time.Minute)
	for _, all := range [][]store.Network{{longer, shorter}, {shorter, longer}} {
		check(t, s.PutNetworks(t.Context(), all))
		expect("what holds longest stays", []store.Network{longer, other}, of("198.51.100.8", noon))
	}
	same(t, "rows", int64(5), must(s.OrderRows(t.Context()))(t).Networks)
	same(t, "removed", store.Removed{Networks: 1}, must(s.Retain(t.Context(), store.Cutoffs{Networks: noon.Add(time.Hour)}))(t))
	expect("what is left", []store.Network{longer}, of("198.51.100.8", noon))
	for _, bad := range []store.Network{{Prefix: wide.Prefix}, {Feed: "a"}, {Feed: "a", Prefix: netip.MustParsePrefix("192.0.2.1/24")}} {
		if err := s.PutNetworks(t.Context(), slices.Concat([]store.Network{network("a", "203.0.113.0/24", end)}, []store.Network{bad})); err == nil {
			t.Errorf("%+v was kept", bad)
		}
	}
	expect("of what was refused", nil, of("203.0.113.1", noon))
}
