package forecast

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var drawnCountries = []string{"aa", "bb", "cc", "dd", "eu"} // the third and the last are none

// drawDays draws what is listed on each of n days.
func drawDays(t *rapid.T, n int) [][]string {
	days := make([][]string, n)
	for i := range days {
		for _, c := range drawnCountries {
			if rapid.IntRange(0, 3).Draw(t, "listed") == 0 {
				days[i] = append(days[i], "www.example."+c)
			}
		}
	}
	days[0] = []string{"www.example.aa"}
	return days
}

func historyOf(t interface{ Fatal(args ...any) }, days [][]string) *History {
	var log Log
	for d, entries := range days {
		if err := log.List(Day(d), entries); err != nil {
			t.Fatal(err)
		}
	}
	h, err := log.History()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// known returns everything that was known at the end of the day: what a forecast of that day is made of.
func known(h *History, until Day) map[string][]float64 {
	s := newState(h.First, 7)
	for _, day := range h.days[:min(int(until-h.First)+1, len(h.days))] {
		s.next(day)
	}
	all := make(map[string][]float64)
	for _, name := range s.names {
		c := s.series[name]
		all[name] = append(append(plainFeatures(s, c), scaleFeatures(s, c)...), s.reference(c))
	}
	return all
}

// What is listed after a day changes nothing that a forecast of that day is made of, and no coefficient.
func TestNoForecastKnowsLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := drawDays(t, 120)
		days[119] = []string{"www.example.aa"}
		cut := rapid.IntRange(95, 110).Draw(t, "cut")
		changed := append(append([][]string{}, days[:cut+1]...), drawDays(t, 120-cut-1)...)
		changed[119] = []string{"www.example.aa"}
		a, b := historyOf(t, days), historyOf(t, changed)
		if diff := cmp.Diff(known(a, Day(cut)), known(b, Day(cut))); diff != "" {
			t.Fatalf("a later list changed what was known on day %d:\n%s", cut, diff)
		}
		for _, name := range Models() {
			if diff := cmp.Diff(said(t, a, name, cut), said(t, b, name, cut)); diff != "" {
				t.Fatalf("a later list changed what %s said by day %d:\n%s", name, cut, diff)
			}
		}
	})
}

// said returns what a model, and the plain one beside it, forecast up to a day, having learned until three weeks before.
func said(t *rapid.T, h *History, name string, until int) map[string][2]float64 {
	o := Options{TrainUntil: Day(until - 21), From: Day(until - 20), To: Day(until), Horizon: 7, Model: name}
	m, err := o.check()
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(h, o, m)
	if len(r.train) == 0 {
		t.Skip("nothing to learn from")
	}
	if err := r.forecast(); err != nil {
		t.Fatal(err)
	}
	all := make(map[string][2]float64)
	for _, today := range r.days {
		for _, e := range today {
			all[fmt.Sprint(e.country, e.issued)] = [2]float64{e.p, e.plain}
		}
	}
	return all
}

// The reference counts the windows that have passed, as the definition does.
func TestReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := historyOf(t, drawDays(t, 60))
		s := newState(h.First, 7)
		for _, day := range h.days {
			s.next(day)
			for _, name := range s.names {
				n, k := 0, 0
				for d := h.First; d+7 <= s.today; d++ {
					n++
					if horizon(7).resolved(h, name, d).happened {
						k++
					}
				}
				want := float64(k+1) / float64(n+12)
				if got := s.reference(s.series[name]); got != want {
					t.Fatalf("%s on day %d: got %v, want %v", name, s.today, got, want)
				}
			}
		}
	})
}

// Murphy's terms and what the spread in the bins adds are the Brier score.
func TestMurphyIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 300).Draw(t, "p")
		happened := rapid.SliceOfN(rapid.Bool(), len(p), len(p)).Draw(t, "happened")
		brier := 0.0
		for i := range p {
			brier += brierOf(p[i], happened[i]) / float64(len(p))
		}
		m := calibrate(p, happened).Murphy
		if got := m.Reliability - m.Resolution + m.Uncertainty + m.WithinBin; math.Abs(got-brier) > 1e-12 {
			t.Fatalf("got %v, want the Brier score %v", got, brier)
		}
	})
}

func TestCountries(t *testing.T) {
	for entry, want := range map[string][]string{
		"WWW.Example.UK.":           {"uk"},
		"a.example.aa/b.example.bb": {"aa", "bb"},
		"192.0.2.31":                nil,
		"2001:db8::aa":              nil,
		"example.eu":                nil,
		"example.org":               nil,
		"example.a1":                nil,
		"xn--p1ai":                  nil,
		"":                          nil,
		".aa":                       nil,
		"example.aa/":               {"aa"},
	} {
		var got []string
		Countries(entry, func(country, _ string) { got = append(got, country) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", entry, diff)
		}
	}
}
