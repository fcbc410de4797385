package readers

import (
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

var compareAddrs = cmpopts.EquateComparable(netip.Addr{})

const (
	planRate   = 40.0
	planLength = 500 * time.Second
)

func TestPlanIsItsSeed(t *testing.T) {
	a := NewPlan(7, Default(), courier, 10, time.Minute)
	b := NewPlan(7, Default(), paper.New(), 10, time.Minute)
	if diff := cmp.Diff(a, b, compareAddrs); diff != "" {
		t.Errorf("one seed, two plans (-first +second):\n%s", diff)
	}
	if cmp.Equal(a, NewPlan(8, Default(), courier, 10, time.Minute), compareAddrs) {
		t.Error("two seeds, one plan")
	}
}

func TestPlanKeepsItsRate(t *testing.T) {
	visits := NewPlan(1, Default(), courier, planRate, planLength)
	if !slices.IsSortedFunc(visits, func(a, b Visit) int { return int(a.Views[0].At - b.Views[0].At) }) {
		t.Error("visits are not in order")
	}
	var fifths [5]float64
	for _, v := range allViews(visits) {
		if v.At < 0 || v.At >= planLength {
			t.Fatalf("view at %v is outside the act", v.At)
		}
		fifths[v.At*5/planLength]++
	}
	for i, n := range fifths {
		near(t, "views a second", n/planLength.Seconds()*5, planRate, 0.1*planRate)
		if t.Failed() {
			t.Fatalf("in fifth %d: %v", i+1, fifths)
		}
	}
}

func TestPlanKeepsItsShares(t *testing.T) {
	visits := NewPlan(2, Default(), courier, planRate, planLength)
	views := allViews(visits)
	kinds, targets, words := make(map[work.Kind]float64), make(map[string]int), make(map[string]int)
	for _, v := range views {
		kinds[v.Kind]++
		switch v.Kind {
		case work.Page:
			targets[v.Target]++
		case work.Search:
			words[v.Target]++
		}
	}
	n := float64(len(views))
	near(t, "searches", kinds[work.Search]/n, 0.05, 0.01)
	near(t, "forms", kinds[work.Form]/n, 0.02, 0.005)
	near(t, "pages", kinds[work.Page]/n, 0.93, 0.01)
	near(t, "different words a search", float64(len(words))/kinds[work.Search], 0, 0.1)
	if front, last := targets[paper.FrontPath], targets[paper.ArchiveTarget(paper.ArchivePages)]; front < 20*max(last, 1) {
		t.Errorf("got %d views of the front page and %d of the last of the archive", front, last)
	}

	var begun, agents [3]float64
	noScript := 0.0
	for _, v := range visits {
		agents[v.Agent]++
		if v.NoScript {
			noScript++
		}
		if v.Agent != Browser && len(v.Views) != 1 {
			t.Errorf("got %d views by agent %d, want 1", len(v.Views), v.Agent)
		}
	}
	begun = agents
	n = float64(len(visits))
	near(t, "feed readers and scripts", (begun[FeedReader]+begun[Script])/n, 0.02, 0.007)
	near(t, "without JavaScript", noScript/n, 0.05, 0.01)
}

func TestPlanGivesEveryReaderAHome(t *testing.T) {
	visits := NewPlan(3, Default(), courier, planRate, planLength)
	half := netip.MustParsePrefix("127.128.0.0/9")
	byPrefix := make(map[netip.Prefix]int)
	for _, v := range visits {
		if !half.Contains(v.Source) {
			t.Fatalf("source %v is outside %v", v.Source, half)
		}
		p, _ := v.Source.Prefix(24)
		byPrefix[p]++
	}
	shared, crowded := 0, 0
	for _, n := range byPrefix {
		if n > 1 {
			crowded++
			shared += n
		}
	}
	if crowded != sharedAddresses {
		t.Errorf("got %d shared prefixes, want %d", crowded, sharedAddresses)
	}
	near(t, "readers behind shared addresses", float64(shared)/float64(len(visits)), 0.1, 0.02)
}

func TestPlanKnowsThePaper(t *testing.T) {
	for _, v := range allViews(NewPlan(4, Default(), courier, planRate, time.Minute)) {
		switch v.Kind {
		case work.Page:
			if _, ok := courier.Page(v.Target); !ok {
				t.Errorf("no page %s", v.Target)
			}
		case work.Form:
			if courier.Form(v.Target, nil) == nil || v.Body == "" {
				t.Errorf("no form %s, or nothing to send in", v.Target)
			}
		}
	}
}

func TestPlanOfAnEmptyModel(t *testing.T) {
	for _, v := range NewPlan(5, &Model{}, courier, 10, 10*time.Second) {
		if got, want := v.Views, 1; len(got) != want || got[0].Target != paper.FrontPath {
			t.Errorf("got %+v, want one view of the front page", got)
		}
	}
	if got := NewPlan(5, Default(), courier, 0, time.Second); got != nil {
		t.Errorf("got %d visits at no rate", len(got))
	}
}

func allViews(visits []Visit) []View {
	var all []View
	for _, v := range visits {
		all = append(all, v.Views...)
	}
	return all
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: got %.3f, want %.3f within %.3f", what, got, want, within)
	}
}
