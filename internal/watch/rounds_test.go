package watch_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// heard plays facts and returns the rounds of a site as they were told last, and how often each number was told.
func heard(t testing.TB, c watch.Config, facts []watch.Fact) (map[int64]watch.Round, map[int64]int) {
	t.Helper()
	m := machine(t, c)
	rounds, told := make(map[int64]watch.Round), make(map[int64]int)
	m.OnRound(func(r watch.Round) {
		rounds[r.Number] = r
		told[r.Number]++
	})
	play(m, facts)
	return rounds, told
}

func reading(minute int, vantage, site string, class probe.Class, ttfb time.Duration) watch.Fact {
	return watch.Fact{At: at(60 * minute), Reading: &watch.Reading{Vantage: vantage, Site: site, Class: class, TTFB: ttfb}}
}

func threeFrom(home string) watch.Config {
	return watch.Config{
		Sites: []watch.Site{{Name: "party.example", Home: home}},
		Vantages: []watch.Vantage{
			{Name: "a", Network: "AS64501", Country: "DK", Health: watch.Healthy},
			{Name: "b", Network: "AS64502", Country: "DE", Health: watch.Healthy},
			{Name: "c", Network: "AS64503", Country: "SE", Health: watch.Healthy},
		},
	}
}

// TestRounds holds what is told of rounds: a quorum, whom readers at home differ from, slowness, and who voted.
func TestRounds(t *testing.T) {
	classes := func(minute int) [3]probe.Class {
		switch {
		case minute >= 10 && minute < 12:
			return [3]probe.Class{probe.HTTP502, probe.HTTP502, probe.OK}
		case minute == 12:
			return [3]probe.Class{probe.OK, probe.TCPTimeout, probe.TCPTimeout}
		case minute == 13:
			return [3]probe.Class{probe.Challenge, probe.Challenge, probe.OK}
		case minute == 14:
			return [3]probe.Class{probe.HTTP502, probe.Challenge, probe.OK}
		case minute == 15:
			return [3]probe.Class{probe.HTTP502, probe.OK, probe.OK}
		case minute == 17:
			return [3]probe.Class{probe.OK, probe.EdgeBlock, probe.TCPTimeout}
		}
		return [3]probe.Class{probe.OK, probe.OK, probe.OK}
	}
	var facts []watch.Fact
	for minute := range 40 {
		ttfb := 100 * time.Millisecond
		if minute >= 25 && minute < 35 {
			ttfb = 9 * time.Second
		}
		for i, v := range []string{"a", "b", "c"} {
			facts = append(facts, reading(minute, v, "party.example", classes(minute)[i], ttfb))
		}
	}
	rounds, _ := heard(t, threeFrom("DK"), facts)
	if len(rounds) != 40 {
		t.Fatalf("got %d rounds of 40", len(rounds))
	}
	slow := 0
	for n, r := range rounds {
		minute := int(n - 1)
		if !r.From.Equal(at(60*minute)) || len(r.Voted) != 3 || !r.AtHome {
			t.Errorf("round %d: got %+v", n, r)
		}
		want, abroad := watch.OutcomeGood, false
		switch minute {
		case 10, 11:
			want = watch.OutcomeFailing
		case 12:
			want, abroad = watch.OutcomeFailing, true
		case 13:
			want = watch.OutcomeProtected
		case 14:
			want = watch.OutcomeGood // two of three get something
		case 17:
			want, abroad = watch.OutcomeProtected, true // a filter of foreign readers, in two ways
		}
		if r.Outcome != want || r.Abroad != abroad || !r.Quorum {
			t.Errorf("minute %d: got %s, abroad %v, quorum %v; want %s, abroad %v", minute, r.Outcome, r.Abroad, r.Quorum, want, abroad)
		}
		if r.Slow {
			slow++
		}
	}
	if slow != 10 {
		t.Errorf("got %d slow rounds, want the 10 that were", slow)
	}
}

// TestRoundsJudgedAnew holds that a round from which votes are withdrawn is told again under its number.
func TestRoundsJudgedAnew(t *testing.T) {
	blind := watch.BlindHere
	facts := []watch.Fact{
		reading(0, "a", "party.example", probe.OK, 1), reading(0, "b", "party.example", probe.OK, 1),
		reading(1, "a", "party.example", probe.TCPTimeout, 0), reading(1, "b", "party.example", probe.OK, 1),
		{At: at(70), Report: &watch.HealthReport{Vantage: "a", Given: &blind}},
		reading(2, "b", "party.example", probe.OK, 1),
	}
	rounds, told := heard(t, threeFrom("DK"), facts)
	if r := rounds[2]; told[2] < 2 || r.Taken != 1 || len(r.Voted) != 1 || r.Quorum {
		t.Errorf("got %+v, told %d times; want one vote taken back and no quorum", r, told[2])
	}
}

// TestListeningChangesNothing holds that events and memory are the same with a listener, and that what is told of a number last is what a round of
// that number is.
func TestListeningChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, facts := drawNight(t)
		plain, listened := machine(t, c), machine(t, c)
		last := make(map[string]int64)
		listened.OnRound(func(r watch.Round) {
			if r.Number > last[r.Site] {
				last[r.Site] = r.Number
			}
			if last[r.Site]-r.Number >= 40 {
				t.Errorf("round %d of %s is judged after %d", r.Number, r.Site, last[r.Site])
			}
			if r.Quorum && len(r.Voted) < 2 {
				t.Errorf("a quorum of %d votes: %+v", len(r.Voted), r)
			}
		})
		if diff := cmp.Diff(text(t, play(plain, facts)), text(t, play(listened, facts))); diff != "" {
			t.Error(diff)
		}
		a, errA := plain.Snapshot()
		b, errB := listened.Snapshot()
		if diff := cmp.Diff(string(a), string(b)); diff != "" || errA != nil || errB != nil {
			t.Errorf("memory: %v, %v, %s", errA, errB, diff)
		}
	})
}
