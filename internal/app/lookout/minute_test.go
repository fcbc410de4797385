package lookout

import (
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/testkit/world"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// sent is when who asked which host.
type sent struct {
	mu  sync.Mutex
	all map[netip.Addr]map[string][]time.Time // by host's address and by place
}

func (s *sent) note(from string, to netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = make(map[netip.Addr]map[string][]time.Time)
	}
	if s.all[to.Addr()] == nil {
		s.all[to.Addr()] = make(map[string][]time.Time)
	}
	s.all[to.Addr()][from] = append(s.all[to.Addr()][from], time.Now())
}

// TestEveryMinute: a lookout with vantages elsewhere has one GET a minute of each site's budget, and so have they. What names, connections and answers
// take moves none of them out of its minute.
func TestEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var s sent
		n := night{sites: []string{"town", "party", "paper", "hall"}, long: 25 * time.Minute, seen: s.note}
		n.play(t)
		for i, label := range n.sites {
			var all []time.Time
			for _, from := range []string{dk1, de1, us1} {
				at := s.all[netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + i)})][from]
				all = append(all, at...)
				at = slices.DeleteFunc(slices.Clone(at), func(at time.Time) bool { return at.Sub(begun) < 5*time.Minute })
				if len(at) < 19 || len(at) > 21 {
					t.Errorf("%s asked %d times in 20 minutes from %s", label, len(at), from)
				}
				for i := range len(at) - 1 {
					if gap := at[i+1].Sub(at[i]); gap < probe.Window || gap > probe.Window+time.Second {
						t.Errorf("%s asked %v after the last time from %s", label, gap, from)
					}
				}
			}
			slices.SortFunc(all, time.Time.Compare)
			for i := range len(all) - probe.PeaceGETs {
				if in := all[i+probe.PeaceGETs].Sub(all[i]); in < probe.Window {
					t.Errorf("%s asked %d times within %v", label, probe.PeaceGETs+1, in)
				}
			}
		}
	})
}

// TestDoubtIsAsked: in doubt each place has two GET a minute, and sends them.
func TestDoubtIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var s sent
		n := night{sites: []string{"town"}, long: 24 * time.Minute, seen: s.note, fault: within(12, 1000, world.BadGateway, "town")}
		n.play(t)
		var all []time.Time
		for _, from := range []string{dk1, de1, us1} {
			at := s.all[netip.MustParseAddr("192.0.2.10")][from]
			all = append(all, at...)
			at = slices.DeleteFunc(slices.Clone(at), func(at time.Time) bool { return at.Sub(begun) < 14*time.Minute || at.Sub(begun) >= 22*time.Minute })
			if len(at) < 15 || len(at) > 17 {
				t.Errorf("asked %d times in 8 minutes of doubt from %s", len(at), from)
			}
		}
		slices.SortFunc(all, time.Time.Compare)
		for i := range len(all) - probe.DoubtGETs {
			if in := all[i+probe.DoubtGETs].Sub(all[i]); in < probe.Window {
				t.Errorf("asked %d times within %v", probe.DoubtGETs+1, in)
			}
		}
	})
}

// TestAskedAgain: a place that the machine wants to test itself at once does, beside its minute, and what it finds counts within seconds.
func TestAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := night{sites: []string{"town"}, long: 7 * time.Minute, fault: func(at time.Duration, from, _ string) world.What {
			if from == dk1 && at > 5*time.Minute+10*time.Second {
				return world.Lost
			}
			return world.Page
		}}
		n.during = func(s *stage) {
			time.Sleep(5*time.Minute + 15*time.Second)
			if got := s.l.Stats().Health["dk1"]; got != watch.Healthy {
				t.Fatalf("%v before its line was lost", got)
			}
			s.l.askSelf("dk1")
			time.Sleep(30 * time.Second)
			if got := s.l.Stats().Health["dk1"]; got != watch.BlindHere {
				t.Errorf("%v half a minute after it was asked", got)
			}
		}
		n.play(t)
	})
}
