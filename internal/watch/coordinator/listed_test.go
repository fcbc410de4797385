package coordinator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestTellsWhatIsListed holds that a vantage hears what attack orders name and who opted out in the domains that it asks, of no others, and again when that changes.
func TestTellsWhatIsListed(t *testing.T) {
	play(t, func(s *stage) {
		first := s.told()
		s.c.SetRules(probe.Rules{Listed: map[string]probe.Listed{
			"www.example.org": {Paths: []string{"/search?q=$_1", "/search", "/"}, Ports: []uint16{8443}},
			"old.example.org": {Paths: []string{"/login"}},
			"www.example.net": {Paths: []string{"/other"}},
		}, OptOut: []string{"shop.example.org", "old.example.org", "example.net", "org"}})
		time.Sleep(3 * time.Second)
		want := []message.Listed{{Host: "old.example.org", Paths: []string{"/login"}}, {Host: "www.example.org", Paths: []string{"/", "/search"}, Ports: []uint16{8443}}}
		told := s.told()
		if len(told) != 1 || cmp.Diff(want, told[0].Listed) != "" || len(told[0].Sites) != 1 || told[0].ID == first[0].ID {
			t.Errorf("told %+v", told)
		}
		if want := []string{"old.example.org", "org", "shop.example.org"}; !slices.Equal(told[0].OptOuts, want) {
			t.Errorf("told of opt-outs %q, want %q", told[0].OptOuts, want)
		}
		s.c.SetRules(probe.Rules{})
		time.Sleep(3 * time.Second)
		if told := s.told(); len(told) != 1 || len(told[0].Listed)+len(told[0].OptOuts) != 0 || told[0].ID != first[0].ID {
			t.Errorf("when nothing is listed any more: %+v", told)
		}
	})
}

// TestMuchIsListed holds that a domain of which too much is listed is asked for home pages alone, and is not left out.
func TestMuchIsListed(t *testing.T) {
	play(t, func(s *stage) {
		s.told()
		all := make(map[string]probe.Listed)
		for i := range listedHosts {
			l := probe.Listed{}
			for j := range 10 {
				l.Paths = append(l.Paths, "/"+strings.Repeat("x", 100)+fmt.Sprint(j))
			}
			all[fmt.Sprintf("h%d.example.org", i)] = l
		}
		s.c.SetRules(probe.Rules{Listed: all})
		time.Sleep(3 * time.Second)
		told := s.told()
		if len(told) != 1 || len(told[0].Sites) != 1 || len(told[0].Listed) != listedHosts {
			t.Fatalf("told %d times", len(told))
		}
		for _, l := range told[0].Listed {
			if !slices.Equal(l.Paths, []string{"/$_1"}) {
				t.Fatalf("of %s it was told %q", l.Host, l.Paths)
			}
		}
	})
}

// TestMuchIsListedOfMany holds that who writes long lists about many sites cannot have vantages leave any out: they ask home pages alone, until
// there is room again.
func TestMuchIsListedOfMany(t *testing.T) {
	play(t, func(s *stage) {
		const n = 400
		all, many := make(map[string]probe.Listed), []Site(nil)
		for i := range n {
			host, l := fmt.Sprintf("www.s%d.example", i), probe.Listed{}
			for j := range 60 {
				l.Paths = append(l.Paths, "/"+strings.Repeat("x", 100)+fmt.Sprint(j))
			}
			all[host], many = l, append(many, sites(host)...)
		}
		newest := func(rules probe.Rules) message.Assignment {
			s.c.SetRules(rules)
			s.c.SetSites(many)
			time.Sleep(3 * time.Second)
			told := s.told()
			if len(told) == 0 {
				t.Fatal("nothing was told")
			}
			return told[len(told)-1]
		}
		a := newest(probe.Rules{Listed: all})
		if len(a.Sites) != n || len(a.Listed) != n {
			t.Errorf("%d sites of %d, with what is listed of %d", len(a.Sites), n, len(a.Listed))
		}
		rules := a.Rules()
		for host := range all {
			if l := rules.Listed[host]; !l.Names(all[host].Paths[7]) || l.Names("/") {
				t.Fatalf("of %s it was told %q", host, l.Paths)
			}
		}
		few := map[string]probe.Listed{"www.s1.example": all["www.s1.example"]}
		if a = newest(probe.Rules{Listed: few}); len(a.Sites) != n || len(a.Listed) != 1 || len(a.Listed[0].Paths) != 60 {
			t.Errorf("with room again: %d sites, %d hosts", len(a.Sites), len(a.Listed))
		}
	})
}

// TestInventedHosts holds that who writes lists of many hosts of a domain cannot have vantages leave it out, nor ask what is listed there: of the hosts
// that are asked they are told what is listed, and nothing but home pages is asked of any other.
func TestInventedHosts(t *testing.T) {
	play(t, func(s *stage) {
		s.told()
		all := map[string]probe.Listed{"www.example.org": {Paths: []string{"/search"}}, "example.net": {Paths: []string{"/login"}}}
		for i := range message.MaxListed + 1 {
			all[fmt.Sprintf("h%d.example.org", i)] = probe.Listed{Paths: []string{"/a"}}
		}
		s.c.SetRules(probe.Rules{Listed: all})
		s.c.SetSites([]Site{{Name: "own", URL: "https://www.example.org/", Hosts: []string{"shop.example.org", "example.net"}}})
		time.Sleep(3 * time.Second)
		told := s.told()
		if len(told) != 1 || len(told[0].Sites) != 1 {
			t.Fatalf("told %+v", told)
		}
		want := []message.Listed{{Host: "example.net", Paths: []string{"/login"}}, {Host: "shop.example.org"}, {Host: "www.example.org", Paths: []string{"/search"}}}
		if diff := cmp.Diff(want, told[0].Listed); diff != "" || !slices.Equal(told[0].HomeOnly, []string{"example.org"}) {
			t.Errorf("home pages only of %q, and listed: %s", told[0].HomeOnly, diff)
		}
	})
}

// TestInventedHostsOfMany holds the same of lists that name few hosts of each of many domains.
func TestInventedHostsOfMany(t *testing.T) {
	play(t, func(s *stage) {
		const n = 200
		all, many := make(map[string]probe.Listed), []Site(nil)
		for i := range n {
			many = append(many, sites(fmt.Sprintf("www.s%d.example", i))...)
			for j := range 50 {
				all[fmt.Sprintf("h%d.s%d.example", j, i)] = probe.Listed{Paths: []string{"/a"}}
			}
		}
		s.told()
		s.c.SetRules(probe.Rules{Listed: all})
		s.c.SetSites(many)
		time.Sleep(3 * time.Second)
		told := s.told()
		if len(told) != 1 || len(told[0].Sites) != n || len(told[0].HomeOnly) != n || len(told[0].Listed) != n {
			t.Fatalf("told %d times", len(told))
		}
	})
}

// TestManyOptOuts holds that a domain of which more hosts have opted out than can be said is not asked at all.
func TestManyOptOuts(t *testing.T) {
	play(t, func(s *stage) {
		outs := make([]string, message.MaxOptOuts+1)
		for i := range outs {
			outs[i] = fmt.Sprintf("h%d.example.org", i)
		}
		s.told()
		s.c.SetRules(probe.Rules{OptOut: outs})
		s.c.SetSites(sites("www.example.org", "www.example.net"))
		time.Sleep(3 * time.Second)
		if told := s.told(); len(told) != 1 || len(told[0].Sites) != 1 || told[0].Sites[0].Name != "www.example.net" {
			t.Errorf("told %+v", told)
		}
	})
}
