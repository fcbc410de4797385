package intel

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

func TestMatch(t *testing.T) {
	day := time.Date(2025, 1, 2, 8, 0, 0, 0, time.UTC)
	addr, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	site := Watched{Site: "party", Host: "www.party.example", Aliases: []string{"alias.example.net"}, Addresses: []netip.Addr{addr}, Provider: "AS64496"}
	var history []seawall.Listing
	for _, h := range []string{"www.party.example", "mate.example", "b.example", "c.example"} {
		history = append(history, seawall.Listing{Feed: "f", Host: h, First: day.Add(-100 * time.Hour)})
	}
	tests := []struct {
		host     string
		addr     netip.Addr
		provider string
		grade    Grade
		why      string
	}{
		{"www.party.example", addr, "", Named, "host"},
		{"alias.example.net", other, "", Named, "alias"},
		{"shop.party.example", other, "", Near, "domain"},
		{"elsewhere.example", addr, "", Near, "address"},
		{"www.party.exampl", other, "", Near, "look_alike"},
		{"www.partly.example", other, "", Near, "look_alike"},
		{"www.pasty.example", other, "", Near, "look_alike"},
		{"elsewhere.example", other, "AS64496", Near, "provider"},
		{"mate.example", other, "", Pattern, "batch"},
		{"elsewhere.example", other, "AS64497", "", ""},
		{"www.nobody.example", other, "", "", ""},
	}
	mates := MatesOf([]string{site.Host}, history)
	for _, tt := range tests {
		l := seawall.Listing{Feed: "f", Host: tt.host, First: day, Templates: []seawall.Template{{Vector: seawall.VectorHTTP, Port: 443, Path: "/s", Created: day}}}
		all := NewMatcher([]Watched{site}, mates).Match(Listed{&l, []netip.Addr{tt.addr}, tt.provider, "TLP:GREEN"})
		got := Warning{}
		if len(all) > 0 {
			got = all[0]
		}
		if got.Grade != tt.grade || got.Why != tt.why || (len(got.Templates) > 0) != (tt.grade == Named) || (got.TLP == "TLP:GREEN") != (tt.grade != "") {
			t.Errorf("%s: got %+v, want %s for %s", tt.host, got, tt.grade, tt.why)
		}
		if b, err := json.Marshal(got); err != nil || tt.grade != Named && strings.Contains(string(b), tt.host) {
			t.Errorf("a warning names another victim: %s, %v", b, err)
		}
	}
	if got := MatesOf([]string{site.Host}, history[:3]); len(got) > 0 {
		t.Errorf("three hosts are a batch: %v", got)
	}
}
