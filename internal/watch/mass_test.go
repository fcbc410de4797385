package watch_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func addrs(s string) []netip.Addr { return []netip.Addr{addr(s)} }

// TestGuardWaits: when many sites begin to fail at the only vantage its votes wait, and what comes then decides.
func TestGuardWaits(t *testing.T) {
	begin := func(t *testing.T) *stage {
		t.Helper()
		s := newStage(t, watch.Config{Sites: sites(30, nil), Vantages: places(1)})
		s.rounds(5, well)
		s.rounds(1, dead)
		if asked := s.asked(); len(asked) != 1 || asked[0].Vantage != "a" || asked[0].Sites != 30 || asked[0].Groups != 30 || asked[0].Of != 30 {
			t.Fatalf("got %+v, want to be asked again about 30 sites", asked)
		}
		if n := s.transitions(watch.Suspect); n != 0 {
			t.Fatalf("%d sites were suspected while votes wait", n)
		}
		return s
	}
	t.Run("sentinels fail", func(t *testing.T) {
		s := begin(t)
		s.report("a", watch.BlindHere)
		s.rounds(10, dead)
		if n := s.transitions(watch.Suspect); n != 0 || len(s.incidents(watch.Opened)) != 0 {
			t.Errorf("%d sites were suspected of what a blind vantage saw", n)
		}
	})
	t.Run("sentinels answer", func(t *testing.T) {
		s := begin(t)
		s.report("a", watch.Healthy)
		if n := s.transitions(watch.Suspect); n != 30 {
			t.Errorf("%d sites were suspected at once, want 30", n)
		}
		s.rounds(2, dead)
		got := s.incidents(watch.Opened)
		if len(got) != 30 {
			t.Fatalf("got %d incidents, want 30", len(got))
		}
		if start := got[0].Start; !start.Earliest.Equal(at(240)) || !start.Latest.Equal(at(300)) {
			t.Errorf("got start %v, want the first times: after 19:04:00, not after 19:05:00", start)
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		s := begin(t)
		s.rounds(2, dead)
		if n := s.transitions(watch.Suspect); n != 30 {
			t.Errorf("%d sites were suspected after two minutes, want 30", n)
		}
		if asked := s.asked(); len(asked) != 1 {
			t.Errorf("asked %d times, want once", len(asked))
		}
	})
	t.Run("restart", func(t *testing.T) {
		s := begin(t)
		s.m = restart(t, s.m, s.config)
		s.report("a", watch.Healthy)
		if n := s.transitions(watch.Suspect); n != 30 {
			t.Errorf("%d sites were suspected after a restart, want 30", n)
		}
	})
}

// TestGuardAsksOthers: healthy vantages elsewhere decide too.
func TestGuardAsksOthers(t *testing.T) {
	t.Run("they see the sites well", func(t *testing.T) {
		s := newStage(t, watch.Config{Sites: sites(30, nil), Vantages: places(3)})
		s.rounds(5, well)
		onlyA := func(vantage, _ string) probe.Class {
			if vantage == "a" {
				return probe.TCPTimeout
			}
			return probe.OK
		}
		s.rounds(6, onlyA)
		if got := s.m.Vantages()["a"]; got != watch.Impaired {
			t.Errorf("got health %s, want impaired", got)
		}
		if n := s.transitions(watch.Suspect); n != 0 {
			t.Errorf("%d sites were suspected", n)
		}
		s.rounds(1, well)
		if got := s.m.Vantages()["a"]; got != watch.Healthy {
			t.Errorf("got health %s when it sees the sites again, want healthy", got)
		}
		s.rounds(3, dead) // and then its vote counts again
		if n := s.transitions(watch.Disrupted); n != 30 {
			t.Errorf("%d sites were disrupted, want 30", n)
		}
	})
	t.Run("a second network sees the same", func(t *testing.T) {
		s := newStage(t, watch.Config{Sites: sites(30, nil), Vantages: places(3)})
		s.rounds(5, well)
		s.rounds(3, func(vantage, site string) probe.Class {
			if vantage == "c" || site > "s25" {
				return probe.OK
			}
			return probe.TCPTimeout
		})
		if n := s.transitions(watch.Disrupted); n != 25 {
			t.Errorf("%d sites were disrupted, want 25", n)
		}
		if got := s.m.Vantages()["a"]; got != watch.Healthy {
			t.Errorf("got health %s, want healthy: a country is attacked", got)
		}
	})
}

// TestGuardCountsGroups: sites that share something are one, and a part of many is not enough.
func TestGuardCountsGroups(t *testing.T) {
	tests := []struct {
		name   string
		n      int
		shared func(i int, s *watch.Site)
		fail   func(site string) bool
		want   int // times asked again
	}{
		{"nineteen sites", 19, nil, nil, 0},
		{"twenty sites", 20, nil, nil, 1},
		{"nineteen of twenty", 20, nil, func(s string) bool { return s != "s00.example" }, 0},
		{"twenty of seventy", 70, nil, func(s string) bool { return s < "s20" }, 0},
		{"twenty-one of seventy", 70, nil, func(s string) bool { return s < "s21" }, 1},
		{"thirty at one address", 30, func(_ int, s *watch.Site) { s.Addresses = addrs("192.0.2.1") }, nil, 0},
		{"thirty in one /24", 30, func(i int, s *watch.Site) { s.Addresses = addrs(fmt.Sprintf("192.0.2.%d", i)) }, nil, 0},
		{"thirty behind one alias", 30, func(_ int, s *watch.Site) { s.CNAME = "edge.example.net" }, nil, 0},
		{"thirty with the same name servers", 30, func(i int, s *watch.Site) {
			s.NameServers = []string{"ns1.example.net", "ns2.example.net"}
			if i%2 == 0 {
				s.NameServers = []string{"ns2.example.net", "ns1.example.net"}
			}
		}, nil, 0},
		{"thirty at one provider, which may be large", 30, func(_ int, s *watch.Site) { s.Provider = "Example Hosting" }, nil, 1},
		{"thirty in one /24 of thirty providers", 30, func(i int, s *watch.Site) {
			s.Addresses, s.Provider = addrs(fmt.Sprintf("192.0.2.%d", i)), fmt.Sprint("AS", 64600+i)
		}, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(t, watch.Config{Sites: sites(tt.n, tt.shared), Vantages: places(1)})
			s.rounds(5, well)
			s.rounds(1, func(_, site string) probe.Class {
				if tt.fail == nil || tt.fail(site) {
					return probe.TCPTimeout
				}
				return probe.OK
			})
			if got := len(s.asked()); got != tt.want {
				t.Errorf("asked again %d times, want %d", got, tt.want)
			}
		})
	}
}

// TestBlindnessIsTakenBack: what a vantage saw shortly before it found itself blind never was, and what others saw too stays.
func TestBlindnessIsTakenBack(t *testing.T) {
	t.Run("an incident is withdrawn", func(t *testing.T) {
		s := newStage(t, watch.Config{Sites: sites(3, nil), Vantages: places(2)})
		s.rounds(5, well)
		s.report("a", watch.Healthy)
		s.report("b", watch.Healthy)
		s.rounds(2, dead)
		if n := len(s.incidents(watch.Opened)); n != 3 {
			t.Fatalf("got %d incidents, want 3", n)
		}
		s.report("a", watch.BlindHere)
		s.report("b", watch.BlindHere)
		got := s.incidents(watch.Revoked)
		if len(got) != 3 {
			t.Fatalf("got %+v, want three incidents withdrawn", got)
		}
		for n, i := range got {
			if i.Phase != watch.Withdrawn || len(i.Members) != 1 || i.Members[0].Site != s.config.Sites[n].Name || i.Members[0].Phase != watch.Withdrawn {
				t.Errorf("got %+v, want it withdrawn and its site named", i)
			}
		}
		for _, site := range s.config.Sites {
			if st, _ := s.m.Status(site.Name); st.State != watch.Up || st.Incident != 0 || st.Words.EN != "no statement while blind" {
				t.Errorf("got %+v, want up, without incident, and no statement", st)
			}
		}
		if left := s.m.Incidents(); len(left) != 0 {
			t.Errorf("left are %+v", left)
		}
	})
	t.Run("one goes blind in the middle of a failure that others see", func(t *testing.T) {
		s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(3)})
		s.rounds(5, well)
		s.rounds(2, dead)
		s.report("a", watch.BlindHere)
		s.rounds(6, dead)
		if got := s.incidents(watch.Revoked); len(got) != 0 {
			t.Errorf("withdrawn: %+v", got)
		}
		if st, _ := s.m.Status("s00.example"); st.State != watch.Down {
			t.Errorf("got state %s, want down", st.State)
		}
	})
	t.Run("what was seen well before stays", func(t *testing.T) {
		s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(1)})
		s.rounds(5, well)
		s.rounds(8, dead)
		s.report("a", watch.BlindHere)
		if got := s.incidents(watch.Revoked); len(got) != 0 {
			t.Errorf("withdrawn: %+v", got)
		}
	})
}

func TestJudge(t *testing.T) {
	answer := func(oks ...bool) []watch.Sentinel {
		all := make([]watch.Sentinel, len(oks))
		for i, ok := range oks {
			all[i] = watch.Sentinel{Name: fmt.Sprint("n", i), Network: fmt.Sprint("AS", 64500+i), OK: ok}
		}
		return all
	}
	same := answer(true, true, true)
	same[2].Network = "as64500"
	tests := []struct {
		name   string
		report watch.HealthReport
		want   watch.Health
	}{
		{"nothing", watch.HealthReport{}, watch.Unchecked},
		{"two sentinels", watch.HealthReport{Sentinels: answer(true, true), Resolver: true}, watch.Unchecked},
		{"three in two networks", watch.HealthReport{Sentinels: same, Resolver: true}, watch.Unchecked},
		{"all well", watch.HealthReport{Sentinels: answer(true, true, true), Resolver: true}, watch.Healthy},
		{"one fails", watch.HealthReport{Sentinels: answer(true, true, false), Resolver: true}, watch.Healthy},
		{"two fail", watch.HealthReport{Sentinels: answer(true, false, false), Resolver: true}, watch.Impaired},
		{"half fail", watch.HealthReport{Sentinels: answer(true, true, false, false), Resolver: true}, watch.Impaired},
		{"all fail", watch.HealthReport{Sentinels: answer(false, false, false), Resolver: true}, watch.BlindHere},
		{"the resolver fails", watch.HealthReport{Sentinels: answer(true, true, true)}, watch.Impaired},
		{"three minutes off", watch.HealthReport{Sentinels: answer(true, true, true), Resolver: true, Offset: -3 * time.Minute}, watch.Healthy},
		{"eleven minutes off", watch.HealthReport{Sentinels: answer(true, true, true), Resolver: true, Offset: 11 * time.Minute}, watch.Impaired},
	}
	for _, tt := range tests {
		if got, why := tt.report.Judge(); got != tt.want || why == "" {
			t.Errorf("%s: got %s (%s), want %s", tt.name, got, why, tt.want)
		}
	}
}

// TestSentinelNetworks: sentinels are in as many networks as they were found in, whatever these were called.
func TestSentinelNetworks(t *testing.T) {
	at := func(addrs ...string) []watch.Sentinel {
		all := make([]watch.Sentinel, len(addrs))
		for i, a := range addrs {
			all[i] = watch.Sentinel{Name: fmt.Sprint("n", i), Network: fmt.Sprint("AS", 64500+i), OK: true}
			if a != "" {
				all[i].Address = netip.MustParseAddr(a)
			}
		}
		return all
	}
	alias := at("", "", "")
	alias[0].CNAME, alias[2].CNAME = "edge.cdn.example", "EDGE.cdn.example"
	for _, tt := range []struct {
		name      string
		sentinels []watch.Sentinel
		want      watch.Health
	}{
		{"three networks", at("192.0.2.1", "198.51.100.1", "2001:db8:1::1"), watch.Healthy},
		{"not known where", at("", "", ""), watch.Healthy},
		{"one address", at("192.0.2.1", "192.0.2.1", "192.0.2.1"), watch.Unchecked},
		{"one /24", at("192.0.2.1", "192.0.2.77", "192.0.2.200"), watch.Unchecked},
		{"one /48", at("2001:db8:1::1", "2001:db8:1:7::1", "2001:db8:1:9::1"), watch.Unchecked},
		{"two share a /24", at("192.0.2.1", "198.51.100.1", "192.0.2.9"), watch.Unchecked},
		{"two of four share a /24", at("192.0.2.1", "198.51.100.1", "192.0.2.9", "203.0.113.1"), watch.Healthy},
		{"written in two ways", at("::ffff:192.0.2.1", "198.51.100.1", "192.0.2.9"), watch.Unchecked},
		{"two aliases of one", alias, watch.Unchecked},
		{"on this machine", at("127.0.0.1", "127.0.0.1", "127.0.0.1"), watch.Healthy},
	} {
		r := watch.HealthReport{Sentinels: tt.sentinels, Resolver: true}
		if got, why := r.Judge(); got != tt.want {
			t.Errorf("%s: got %v (%s), want %v", tt.name, got, why, tt.want)
		}
	}
	chain := at("192.0.2.1", "198.51.100.1", "203.0.113.1", "192.0.2.9", "198.51.100.9")
	chain[4].Network = chain[3].Network // it ties two networks together
	r := watch.HealthReport{Sentinels: chain, Resolver: true}
	if got, why := r.Judge(); got != watch.Unchecked || !strings.Contains(why, "in 2 networks") {
		t.Errorf("a chain: got %v (%s)", got, why)
	}
}

func TestCheckSentinels(t *testing.T) {
	watched := []watch.Site{{Name: "a.example", Provider: "Example Hosting"}}
	three := []watch.Sentinel{{Name: "x", Network: "AS64501"}, {Name: "y", Network: "AS64502"}, {Name: "z", Network: "AS64503"}}
	if got := watch.CheckSentinels(three, watched); len(got) != 0 {
		t.Errorf("got %q, want nothing", got)
	}
	if got := watch.CheckSentinels(three[:2], watched); len(got) != 1 {
		t.Errorf("got %q, want that two are too few", got)
	}
	three[1].Network = "example hosting"
	if got := watch.CheckSentinels(three, watched); len(got) != 1 {
		t.Errorf("got %q, want that one is behind the provider of a watched site", got)
	}
}
