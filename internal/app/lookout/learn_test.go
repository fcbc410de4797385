package lookout

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

const away = "https://www.example.net/"

// registry is who is asked for name servers in a bubble.
type registry struct {
	mu    sync.Mutex
	asked map[string][]time.Time
}

func (g *registry) servers(_ context.Context, domain string) ([]string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked[domain] = append(g.asked[domain], time.Now())
	if domain == "example.net" {
		return nil, errors.New("nobody answers")
	}
	return []string{"a.dns.example", "b.dns.example"}, nil
}

func (g *registry) times(domain string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.asked[domain])
}

// TestSitesThatShare holds that two sites with nothing in common but what is learned of them make one incident when they fail together, and two
// where nothing is; and that what was learned outlives a restart.
func TestSitesThatShare(t *testing.T) {
	systems := func(of map[string]string) func(netip.Addr) string {
		return func(a netip.Addr) string { return of[a.String()] }
	}
	for name, c := range map[string]struct {
		cname    string
		provider func(netip.Addr) string
		servers  []string // of both domains
		fails    probe.Class
		want     int
	}{
		"nothing":        {want: 2},
		"name servers":   {servers: []string{"a.dns.example", "b.dns.example"}, fails: probe.DNSServFail, want: 1},
		"names are well": {servers: []string{"a.dns.example", "b.dns.example"}, want: 2},
		"alias":          {cname: "edge.cdn.example", want: 1},
		"provider":       {provider: systems(map[string]string{"192.0.2.10": "AS64511", "198.51.100.7": "AS64511"}), want: 1},
		"two providers":  {provider: systems(map[string]string{"192.0.2.10": "AS64511", "198.51.100.7": "AS64510"}), want: 2},
		"half a mention": {provider: systems(map[string]string{"192.0.2.10": "AS64511"}), want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStageWith(t, func(o *Options) {
					o.Provider = c.provider
					if c.servers != nil {
						o.NameServers = func(context.Context, string) ([]string, error) { return c.servers, nil }
					}
				})
				s.world.place("192.0.2.10", c.cname, home)
				s.world.place("198.51.100.7", c.cname, away)
				s.add(Spec{URL: home}, Spec{URL: away})
				time.Sleep(10 * time.Minute)
				s.end()
				time.Sleep(30 * time.Second)
				s.begin(nil)
				s.world.set(cmp.Or(c.fails, probe.HTTP502), home, away)
				time.Sleep(10 * time.Minute)
				all, err := Incidents.Ask(t.Context(), Here(s.desk), IncidentFilter{})
				if err != nil || len(all) != c.want {
					t.Errorf("%d incidents, want %d: %+v, %v", len(all), c.want, all, err)
				}
			})
		})
	}
}

// TestNameServers holds how seldom a domain is asked about: once a day for all its hosts, each hour where nothing comes of it, also over a restart, and
// never for what is looked at from inside.
func TestNameServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &registry{asked: make(map[string][]time.Time)}
		s := newStageWith(t, func(o *Options) {
			o.NameServers = g.servers
			o.Vantage.Inside = []string{"own.example"}
		})
		s.add(Spec{URL: home}, Spec{URL: "https://shop.example.org/"}, Spec{URL: away}, Spec{URL: "https://own.example/"})
		time.Sleep(90 * time.Minute)
		s.end()
		s.begin(nil)
		time.Sleep(time.Minute)
		for domain, want := range map[string]int{"example.org": 1, "example.net": 2, "own.example": 0} {
			if n := g.times(domain); n != want {
				t.Errorf("%s was asked about %d times in an hour and a half, want %d", domain, n, want)
			}
		}
		s.l.mu.Lock()
		for _, host := range []string{"www.example.org", "shop.example.org"} {
			if got := s.l.siteOf(host, s.l.sites[host]).NameServers; !slices.Equal(got, []string{"a.dns.example", "b.dns.example"}) {
				t.Errorf("%s has %q", host, got)
			}
		}
		s.l.mu.Unlock()
		if next := s.l.unserved(time.Now().Add(22 * time.Hour)); slices.Contains(next, "example.org") {
			t.Errorf("within a day %q are asked about", next)
		}
		if next := s.l.unserved(time.Now().Add(serversEvery)); !slices.Contains(next, "example.org") || slices.Contains(next, "own.example") {
			t.Errorf("after a day %q are asked about", next)
		}
	})
}

// TestSentinelBesideASite holds that a sentinel that shares provider or network with a watched site does not count, so that the vantage is unchecked
// when too few are left.
func TestSentinelBesideASite(t *testing.T) {
	for name, c := range map[string]struct {
		addr     string // of the site
		provider func(netip.Addr) string
		want     watch.Health
	}{
		"elsewhere": {"192.0.2.10", func(a netip.Addr) string {
			if a.Is4() {
				return "AS64511"
			}
			return "AS64510"
		}, watch.Healthy},
		"provider": {"192.0.2.10", func(netip.Addr) string { return "AS64501" }, watch.Unchecked},
		"network":  {"2001:db8:2::99", nil, watch.Unchecked},
		"both": {"192.0.2.10", func(a netip.Addr) string {
			if a.Is4() || a == netip.MustParseAddr("2001:db8:3::1") {
				return "AS64511" // not what the operator called the sentinel's network
			}
			return ""
		}, watch.Unchecked},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStageWith(t, func(o *Options) { o.Provider = c.provider })
				s.world.place(c.addr, "", home)
				s.add(Spec{URL: home})
				time.Sleep(10 * time.Minute)
				if got := s.l.Stats().Health["office"]; got != c.want {
					t.Errorf("the vantage is %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestReadProviders(t *testing.T) {
	of, err := readProviders(strings.NewReader("prefix,asn\n192.0.2.0/24,AS64500\n2001:db8::/32,64510\n2001:db8:5::/48,64511\n198.51.100.0/24,\n"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]string{
		"192.0.2.10": "AS64500", "::ffff:192.0.2.10": "AS64500", "2001:db8:5::1": "AS64511", "2001:db8::1": "AS64510", "198.51.100.7": "", "203.0.113.1": "",
	} {
		if got := of(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is of %q, want %q", addr, got, want)
		}
	}
	if of(netip.Addr{}) != "" {
		t.Error("no address is somebody's")
	}
	for _, text := range []string{"", "prefix\n192.0.2.0/24\n", "name,asn\nx,1\n"} {
		if _, err := readProviders(strings.NewReader(text), time.Now()); err == nil {
			t.Errorf("%q names providers", text)
		}
	}
}
