package std

import (
	"net/netip"
	"testing"

	"github.com/seawall-project/seawall"
)

func TestCrowd(t *testing.T) {
	var (
		w                              crowd
		one, two, other, late, no, far guest
	)
	at := func(s string) seawall.Client { return seawall.ClientAt(netip.MustParseAddr(s)) }
	take := func(g *guest, client seawall.Client) (address, network int) {
		g.hello.Client = client
		return w.take(g)
	}
	w.leave(&late) // closed before its source was known
	for _, tt := range []struct {
		name                            string
		g                               *guest
		client                          seawall.Client
		address, network, addrs, others int
	}{
		{"first", &one, at("192.0.2.1"), 1, 1, 1, 1},
		{"same address", &two, at("192.0.2.1"), 2, 2, 1, 1},
		{"same network", &other, at("192.0.2.2"), 1, 3, 2, 1},
		{"left before", &late, at("192.0.2.1"), 0, 0, 2, 1},
		{"no address", &no, seawall.Client{}, 0, 0, 2, 1},
		{"another network", &far, at("2001:db8::1"), 1, 1, 3, 2},
	} {
		if address, network := take(tt.g, tt.client); address != tt.address || network != tt.network {
			t.Errorf("%s: got %d and %d, want %d and %d", tt.name, address, network, tt.address, tt.network)
		}
		if addrs, networks := w.counts(); addrs != tt.addrs || networks != tt.others {
			t.Errorf("%s: got %d addresses and %d networks, want %d and %d", tt.name, addrs, networks, tt.addrs, tt.others)
		}
	}
	for range 2 {
		for _, g := range []*guest{&one, &late, &no, &far, &other} {
			w.leave(g)
		}
	}
	if addrs, networks := w.counts(); addrs != 1 || networks != 1 {
		t.Errorf("got %d addresses and %d networks, want one of each", addrs, networks)
	}
	w.leave(&two)
	if addrs, networks := w.counts(); addrs != 0 || networks != 0 || len(w.idle) != 0 {
		t.Errorf("got %d addresses, %d networks, %d with idle connections, want none", addrs, networks, len(w.idle))
	}
}

// TestCrowdMakesWay looks at who would have to go, step by step.
func TestCrowdMakesWay(t *testing.T) {
	var w crowd
	names := map[*guest]string{nil: "nobody"}
	guests := make(map[string]*guest)
	arrive := func(name, addr string) func() {
		return func() {
			g := &guest{}
			g.hello.Client = seawall.ClientAt(netip.MustParseAddr(addr))
			guests[name], names[g] = g, name
			w.take(g)
		}
	}
	begin := func(name string) func() { return func() { w.begin(guests[name]) } }
	end := func(name string) func() { return func() { w.end(guests[name]) } }
	leave := func(name string) func() { return func() { w.leave(guests[name]) } }
	for i, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, "nobody"},
		{arrive("a1", "192.0.2.1"), "a1"},
		{arrive("b1", "198.51.100.1"), "a1"},
		{arrive("b2", "198.51.100.2"), "b1"}, // now the largest
		{begin("b1"), "b2"},                  // at work
		{begin("b1"), "b2"},
		{begin("b2"), "a1"}, // the largest has nobody to spare
		{begin("a1"), "nobody"},
		{end("b1"), "nobody"}, // one of two is over
		{end("b1"), "b1"},
		{end("b2"), "b1"}, // idle for longer
		{begin("b1"), "b2"},
		{end("b1"), "b2"}, // idle for longer now
		{end("a1"), "b2"},
		{func() { leave("b2")(); arrive("a2", "192.0.2.9")() }, "a1"}, // now the largest
		{leave("a1"), "a2"},
		{begin("a2"), "b1"},
		{leave("b1"), "nobody"},
		{leave("a2"), "nobody"},
		{end("a2"), "nobody"}, // gone in the middle of its work
	} {
		step.do()
		if got := names[longest(&w)]; got != step.want {
			t.Errorf("step %d: %s would go, want %s", i, got, step.want)
		}
	}
	if addrs, networks := w.counts(); addrs+networks+len(w.idle) != 0 {
		t.Errorf("%d addresses, %d networks, %d idle holders left", addrs, networks, len(w.idle))
	}
}

// longest returns who would have to go.
func longest(w *crowd) *guest {
	if len(w.idle) == 0 {
		return nil
	}
	return w.idle[0].first.guest
}
