package watch_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// stage is a machine whose vantages ask every site once a minute, each at its own second.
type stage struct {
	m      *watch.Machine
	config watch.Config
	now    int
	events []watch.Event
}

func newStage(t *testing.T, c watch.Config) *stage {
	t.Helper()
	return &stage{m: machine(t, c), config: c}
}

// rounds plays n minutes in which found says what each probe finds; the n-th vantage asks at second 7n.
func (s *stage) rounds(n int, found func(vantage, site string) probe.Class) {
	for range n {
		for i, v := range s.config.Vantages {
			when := at(s.now + 7*i)
			for _, site := range s.config.Sites {
				s.m.Observe(watch.Fact{At: when, Reading: &watch.Reading{Vantage: v.Name, Site: site.Name, Class: found(v.Name, site.Name), TTFB: 100 * time.Millisecond}})
			}
			s.events = append(s.events, s.m.Tick(when)...)
		}
		s.now += 60
	}
}

// report tells what a vantage found about itself, half a minute after the last round began.
func (s *stage) report(vantage string, h watch.Health) {
	when := at(s.now - 30)
	s.m.Observe(watch.Fact{At: when, Report: &watch.HealthReport{Vantage: vantage, Given: &h}})
	s.events = append(s.events, s.m.Tick(when)...)
}

func well(string, string) probe.Class { return probe.OK }

func dead(string, string) probe.Class { return probe.TCPTimeout }

func (s *stage) incidents(what watch.What) []watch.Incident {
	var all []watch.Incident
	for _, e := range s.events {
		if e.Incident != nil && e.Incident.What == what {
			all = append(all, e.Incident.Incident)
		}
	}
	return all
}

func (s *stage) transitions(to watch.State) int {
	n := 0
	for _, e := range s.events {
		if e.Transition != nil && e.Transition.To == to {
			n++
		}
	}
	return n
}

func (s *stage) asked() []watch.AskAgain {
	var all []watch.AskAgain
	for _, e := range s.events {
		if e.AskAgain != nil {
			all = append(all, *e.AskAgain)
		}
	}
	return all
}

// sites returns n sites; shared says what the i-th of them shares with others.
func sites(n int, shared func(i int, s *watch.Site)) []watch.Site {
	all := make([]watch.Site, n)
	for i := range all {
		all[i] = watch.Site{Name: fmt.Sprintf("s%02d.example", i), Home: "DK"}
		if shared != nil {
			shared(i, &all[i])
		}
	}
	return all
}

// places returns n healthy vantages in networks of their own.
func places(n int) []watch.Vantage {
	all := make([]watch.Vantage, n)
	for i := range all {
		all[i] = watch.Vantage{Name: string(rune('a' + i)), Network: fmt.Sprintf("AS%d", 64501+i), Country: "DK", Health: watch.Healthy}
	}
	return all
}

// TestFirstAlertNamesTheProvider: the first word of an incident answers whether it is the site or the provider.
func TestFirstAlertNamesTheProvider(t *testing.T) {
	hosted := func(i int, s *watch.Site) {
		if i < 3 {
			s.Provider = "Example Hosting"
		}
	}
	t.Run("provider", func(t *testing.T) {
		s := newStage(t, watch.Config{Sites: sites(5, hosted), Vantages: places(3)})
		s.rounds(5, well)
		s.rounds(3, func(_, site string) probe.Class {
			if site < "s03" {
				return probe.TCPTimeout
			}
			return probe.OK
		})
		got := s.incidents(watch.Opened)
		if len(got) != 1 || len(got[0].Members) != 3 || got[0].Cause.Verdict != watch.Common {
			t.Fatalf("got %+v, want one incident of three sites with a common cause", got)
		}
		if en := got[0].Cause.Words().EN; en != "one cause is likely: 3 of 3 watched sites at provider example hosting fail together" {
			t.Errorf("got %q", en)
		}
		if c := got[0].Cause; c.Voted < 2 || c.Failed != c.Voted {
			t.Errorf("got %d of %d networks, want all of two or more", c.Failed, c.Voted)
		}
	})
	t.Run("site", func(t *testing.T) {
		s := newStage(t, watch.Config{Sites: sites(5, hosted), Vantages: places(3)})
		s.rounds(5, well)
		s.rounds(3, func(_, site string) probe.Class {
			if site == "s01.example" {
				return probe.TCPTimeout
			}
			return probe.OK
		})
		got := s.incidents(watch.Opened)
		if len(got) != 1 || got[0].Cause.Verdict != watch.SiteAlone {
			t.Fatalf("got %+v, want one incident of the site alone", got)
		}
		if en := got[0].Cause.Words().EN; !strings.HasPrefix(en, "the site alone: of 3 watched sites at provider example hosting") {
			t.Errorf("got %q", en)
		}
	})
	t.Run("neither can be told", func(t *testing.T) {
		s := newStage(t, watch.Config{Sites: sites(2, nil), Vantages: places(3)})
		s.rounds(5, well)
		s.rounds(3, dead)
		got := s.incidents(watch.Opened)
		if len(got) != 2 || got[0].Cause.Verdict != watch.Unclear {
			t.Errorf("got %+v, want two incidents of unclear cause", got)
		}
	})
}

// TestInsideTellsCause: a vantage in the site's own network has no vote and says whether the program or the line fails.
func TestInsideTellsCause(t *testing.T) {
	for _, tt := range []struct {
		inside probe.Class
		want   watch.Inside
	}{{probe.OK, watch.LineFails}, {probe.HTTP500, watch.AlsoInside}, {probe.MeasurementFailed, watch.LineFails}} {
		c := watch.Config{Sites: sites(1, nil), Vantages: places(3)}
		c.Vantages[2].Inside = []string{"s00.example"}
		s := newStage(t, c)
		s.rounds(5, well)
		s.rounds(3, func(vantage, _ string) probe.Class {
			if vantage == "c" {
				return tt.inside
			}
			return probe.TCPTimeout
		})
		got := s.incidents(watch.Opened)
		if len(got) != 1 || got[0].Grade != watch.Confirmed {
			t.Fatalf("inside %s: got %+v, want one incident, confirmed by the two outside", tt.inside, got)
		}
		if tt.inside != probe.MeasurementFailed && got[0].Cause.Inside != tt.want {
			t.Errorf("inside %s: got %s, want %s", tt.inside, got[0].Cause.Inside, tt.want)
		}
	}
}

// TestInsideHasNoVote: two vantages of which one is inside are one.
func TestInsideHasNoVote(t *testing.T) {
	for name, place := range map[string]func(v *watch.Vantage, s *watch.Site){
		"named": func(v *watch.Vantage, s *watch.Site) { v.Inside = []string{s.Name} },
		"same /24": func(v *watch.Vantage, s *watch.Site) {
			v.Addresses, s.Addresses = addrs("192.0.2.1"), addrs("192.0.2.200")
		},
		"same /48": func(v *watch.Vantage, s *watch.Site) {
			v.Addresses, s.Addresses = addrs("2001:db8:1::1"), addrs("2001:db8:1:f::")
		},
		"its network's prefix":    func(v *watch.Vantage, s *watch.Site) { v.Network, s.Addresses = "192.0.2.0/23", addrs("192.0.3.1") },
		"its network is provider": func(v *watch.Vantage, s *watch.Site) { v.Network, s.Provider = "AS64500", "as64500" },
	} {
		c := watch.Config{Sites: sites(1, nil), Vantages: places(2)}
		place(&c.Vantages[1], &c.Sites[0])
		s := newStage(t, c)
		s.rounds(5, well)
		s.rounds(10, dead)
		if n := s.transitions(watch.Disrupted); n > 0 {
			t.Errorf("%s: the site was called disrupted by one vantage outside", name)
		}
		if got := s.incidents(watch.Opened); len(got) != 1 || got[0].Words.EN != "suspected, seen from one place" {
			t.Errorf("%s: got %+v, want a suspicion", name, got)
		}
	}
}

// TestNotTogether: sites of one provider that begin to fail more than five minutes apart have incidents of their own.
func TestNotTogether(t *testing.T) {
	for _, tt := range []struct{ apart, want int }{{4, 1}, {7, 2}} {
		s := newStage(t, watch.Config{Sites: sites(2, func(_ int, s *watch.Site) { s.Provider = "Example Hosting" }), Vantages: places(3)})
		s.rounds(5, well)
		s.rounds(tt.apart, func(_, site string) probe.Class {
			if site == "s00.example" {
				return probe.HTTP502
			}
			return probe.OK
		})
		s.rounds(4, dead)
		if got := s.incidents(watch.Opened); len(got) != tt.want {
			t.Errorf("%d minutes apart: got %d incidents, want %d", tt.apart, len(got), tt.want)
		}
	}
}

// TestAlwaysProtected: a site that was behind a challenge from the first vote on has no incident for it, and is neither up nor down.
func TestAlwaysProtected(t *testing.T) {
	s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(3)})
	s.rounds(20, func(string, string) probe.Class { return probe.Challenge })
	st, _ := s.m.Status("s00.example")
	if len(s.incidents(watch.Opened)) != 0 || st.State != watch.Unknown || st.Words.EN != "protected by a challenge" {
		t.Errorf("got %+v, want an unknown state, the words, and no incident", st)
	}
}

// TestSlowByItsOwnMeasure: what is slow depends on how the site usually is.
func TestSlowByItsOwnMeasure(t *testing.T) {
	play := func(usual, then time.Duration) int {
		m := machine(t, watch.Config{Sites: sites(1, nil), Vantages: places(3)})
		opened := 0
		for i := range 60 {
			ttfb := usual
			if i >= 40 {
				ttfb = then
			}
			for _, v := range places(3) {
				m.Observe(watch.Fact{At: at(i * 60), Reading: &watch.Reading{Vantage: v.Name, Site: "s00.example", Class: probe.OK, TTFB: ttfb}})
			}
			for _, e := range m.Tick(at(i * 60)) {
				if e.Incident != nil && e.Incident.What == watch.Opened && e.Incident.Incident.Kind == watch.Slowness {
					opened++
				}
			}
		}
		return opened
	}
	for _, tt := range []struct {
		usual, then time.Duration
		want        int
	}{
		{100 * time.Millisecond, 2900 * time.Millisecond, 0}, // never below three seconds
		{100 * time.Millisecond, 3100 * time.Millisecond, 1},
		{2 * time.Second, 6 * time.Second, 0}, // three times as long as usual
		{2 * time.Second, 11 * time.Second, 1},
	} {
		if got := play(tt.usual, tt.then); got != tt.want {
			t.Errorf("%s, then %s: got %d incidents, want %d", tt.usual, tt.then, got, tt.want)
		}
	}
}

// TestNotSlowWhileItFails: a slow site that then fails, as seen from one place, is not called slow again while that lasts, and so does not "answer again".
func TestNotSlowWhileItFails(t *testing.T) {
	m := machine(t, watch.Config{Sites: sites(1, nil), Vantages: places(1)})
	var got []string
	for i := range 40 {
		r := watch.Reading{Vantage: "a", Site: "s00.example", Class: probe.OK, TTFB: 9 * time.Second}
		if i < 5 || i >= 25 {
			r.TTFB = 100 * time.Millisecond
		}
		if i >= 15 && i < 25 {
			r.Class, r.TTFB = probe.HTTP502, 0
		}
		m.Observe(watch.Fact{At: at(i * 60), Reading: &r})
		for _, e := range m.Tick(at(i * 60)) {
			if e.Incident != nil && e.Incident.What == watch.Opened {
				got = append(got, e.Incident.Incident.Kind.String())
			}
		}
	}
	if want := []string{"slow", "outage"}; !slices.Equal(got, want) {
		t.Errorf("opened %v, want %v", got, want)
	}
}

// TestLateIsNoVote: what arrives when it is staler than a vote may be is counted and says nothing.
func TestLateIsNoVote(t *testing.T) {
	s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(1)})
	s.rounds(3, well)
	s.m.Tick(at(900))
	s.m.Observe(watch.Fact{At: at(600), Reading: &watch.Reading{Vantage: "a", Site: "s00.example", Class: probe.HTTP502}})
	for _, e := range s.m.Tick(at(900)) {
		if e.Transition != nil {
			t.Errorf("got %+v of a reading five minutes old", e.Transition)
		}
	}
	if got := s.m.Counts().Late; got != 1 {
		t.Errorf("got %d late, want 1", got)
	}
}

// TestGoodRoundIsNotDown: five bad rounds and a good one are four fifths over five minutes, and the good one is no moment to say down.
func TestGoodRoundIsNotDown(t *testing.T) {
	s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(3)})
	s.rounds(5, well)
	s.rounds(5, dead)
	s.rounds(10, well)
	if n := s.transitions(watch.Down); n != 0 {
		t.Errorf("called down %d times", n)
	}
}

// TestSilentOthersAreHeard: a vantage that asks four times as often as the other does not make that one's good votes forgotten.
func TestSilentOthersAreHeard(t *testing.T) {
	m := machine(t, watch.Config{Sites: sites(1, nil), Vantages: places(2)})
	for i := range 160 {
		m.Observe(watch.Fact{At: at(i * 15), Reading: &watch.Reading{Vantage: "a", Site: "s00.example", Class: probe.HTTP502}})
		if i%4 == 0 && i%16 != 4 { // and now and then it leaves a round out
			m.Observe(watch.Fact{At: at(i * 15), Reading: &watch.Reading{Vantage: "b", Site: "s00.example", Class: probe.OK}})
		}
		for _, e := range m.Tick(at(i * 15)) {
			if e.Incident != nil {
				t.Fatalf("at %d s: got %s, want a dispute", i*15, e.Incident.Incident.Words.EN)
			}
		}
	}
	if st, _ := m.Status("s00.example"); len(st.Overlays) != 1 || st.Overlays[0] != watch.Disputed {
		t.Errorf("got %+v, want disputed", st)
	}
}

// TestMissedTurnsAreNoConsent: who leaves out two rounds has not agreed with the one who fails in them; its last word was good, and is fresh.
func TestMissedTurnsAreNoConsent(t *testing.T) {
	s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(2)})
	s.rounds(5, well)
	for i := range 3 {
		when := at(s.now + 60*i)
		s.m.Observe(watch.Fact{At: when, Reading: &watch.Reading{Vantage: "a", Site: "s00.example", Class: probe.HTTP502}})
		if i == 2 {
			s.m.Observe(watch.Fact{At: when, Reading: &watch.Reading{Vantage: "b", Site: "s00.example", Class: probe.OK}})
		}
		s.events = append(s.events, s.m.Tick(when)...)
	}
	if got := s.incidents(watch.Opened); len(got) != 0 {
		t.Errorf("got %q, want no incident of a dispute", got[0].Words.EN)
	}
}

// TestProtectedAfterDoubt: failures at the beginning do not make a site one that used to be open.
func TestProtectedAfterDoubt(t *testing.T) {
	s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(3)})
	s.rounds(1, func(vantage, _ string) probe.Class {
		if vantage == "b" {
			return probe.HTTP502
		}
		return probe.Challenge
	})
	s.rounds(20, func(string, string) probe.Class { return probe.Challenge })
	if got := s.incidents(watch.Opened); len(got) != 0 {
		t.Errorf("got %q, want no incident", got[0].Words.EN)
	}
}

// TestDownIsTold: that a site is down is told when it is so, and not when the words for how long it has been get there.
func TestDownIsTold(t *testing.T) {
	s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(3)})
	s.rounds(5, well)
	s.rounds(8, dead)
	var down, told time.Time
	for _, e := range s.events {
		switch {
		case e.Transition != nil && e.Transition.To == watch.Down:
			down = e.At
		case e.Incident != nil && e.Incident.Incident.Members[0].WasDown && told.IsZero():
			told = e.At
			if got := e.Incident.Incident.Words.EN; got != "unavailable at the moment" {
				t.Errorf("after five minutes it is called %q", got)
			}
		}
	}
	if down.IsZero() || !told.Equal(down) {
		t.Errorf("down at %v, told at %v", down, told)
	}
}

// TestOneOfSeveralRecovers: what is said of an incident is said of those with whom it goes on, and it is told when one of them recovers.
func TestOneOfSeveralRecovers(t *testing.T) {
	s := newStage(t, watch.Config{Sites: sites(2, func(_ int, s *watch.Site) { s.Provider = "Example Hosting" }), Vantages: places(3)})
	s.rounds(5, well)
	s.rounds(4, func(_, site string) probe.Class {
		if site == "s00.example" {
			return probe.TCPTimeout
		}
		return probe.OK
	})
	s.rounds(8, dead)
	s.rounds(3, func(_, site string) probe.Class {
		if site == "s01.example" {
			return probe.TCPTimeout
		}
		return probe.OK
	})
	all := s.incidents(watch.Updated)
	last := all[len(all)-1]
	if len(last.Members) != 2 || last.Members[0].Phase != watch.Ending || last.Members[1].Phase != watch.Ongoing {
		t.Fatalf("got %+v, want one of two recovering", last.Members)
	}
	if last.Words.EN != "unavailable at the moment" {
		t.Errorf("while one fails it is called %q", last.Words.EN)
	}
}

// TestRecoveredWithoutIncident: a site whose incident is not known any more, as of a damaged memory, goes back to what it was, and that is said.
func TestRecoveredWithoutIncident(t *testing.T) {
	s := newStage(t, watch.Config{Sites: sites(1, nil), Vantages: places(3)})
	s.rounds(5, well)
	s.rounds(8, dead)
	s.rounds(5, well)
	kept, err := s.m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(kept, &doc); err != nil {
		t.Fatal(err)
	}
	doc["incidents"] = json.RawMessage("{}")
	kept, err = json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.m.Restore(kept); err != nil {
		t.Fatal(err)
	}
	s.events = nil
	s.rounds(1, well)
	if len(s.events) != 1 || s.events[0].Transition == nil || s.events[0].Transition.From != watch.Recovering || s.events[0].Transition.Note == "" {
		t.Errorf("got %+v, want one transition from recovering that says why", s.events)
	}
}

// ask plays n minutes in which only one site is asked, by all.
func (s *stage) ask(n int, site string, class probe.Class) {
	for range n {
		for i, v := range s.config.Vantages {
			when := at(s.now + 7*i)
			s.m.Observe(watch.Fact{At: when, Reading: &watch.Reading{Vantage: v.Name, Site: site, Class: class, TTFB: 100 * time.Millisecond}})
			s.events = append(s.events, s.m.Tick(when)...)
		}
		s.now += 60
	}
}

// TestFirstAnswerClaimsNoMore: that one site fails alone is said when the others were asked since, not because nothing is known of them; and it is taken
// back when they fail too.
func TestFirstAnswerClaimsNoMore(t *testing.T) {
	hosted := func(_ int, s *watch.Site) { s.Provider = "Example Hosting" }
	s := newStage(t, watch.Config{Sites: sites(4, hosted), Vantages: places(3)})
	s.rounds(5, well)
	s.ask(2, "s00.example", probe.HTTP502)
	first := s.incidents(watch.Opened)
	if len(first) != 1 || first[0].Cause.Verdict != watch.Unclear {
		t.Fatalf("got %+v, want one incident, and nothing said of others that were not asked", first)
	}
	if en := first[0].Cause.Words().EN; en != "site or provider cannot be told apart yet: 4 watched sites at provider example hosting; asked since and well: 0" {
		t.Errorf("got %q", en)
	}
	last := func() watch.Cause {
		all := s.incidents(watch.Updated)
		if len(all) == 0 {
			t.Fatal("nothing more is told")
		}
		return all[len(all)-1].Cause
	}
	s.rounds(1, func(_, site string) probe.Class {
		if site == "s00.example" {
			return probe.HTTP502
		}
		return probe.OK
	})
	if c := last(); c.Verdict != watch.SiteAlone || c.Most().Well != 3 {
		t.Errorf("got %+v, want the site alone, and three others known to be well", c)
	}
	s.rounds(3, dead)
	if c := last(); c.Verdict != watch.Common || c.Most().Failing != 4 {
		t.Errorf("got %+v, want one cause of all four", c)
	}
}

// TestOneVoteIsDoubt: another site that one vantage finds to fail is not known to be well.
func TestOneVoteIsDoubt(t *testing.T) {
	hosted := func(_ int, s *watch.Site) { s.Provider = "Example Hosting" }
	s := newStage(t, watch.Config{Sites: sites(2, hosted), Vantages: places(3)})
	s.rounds(5, well)
	s.rounds(3, func(vantage, site string) probe.Class {
		if site == "s00.example" || vantage == "b" {
			return probe.HTTP502
		}
		return probe.OK
	})
	if got := s.incidents(watch.Opened); len(got) != 1 || got[0].Cause.Verdict != watch.Unclear || got[0].Cause.Most().Open != 1 {
		t.Errorf("got %+v, want one incident of which the cause is not told yet", got)
	}
}
