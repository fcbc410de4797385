package watch_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// drawNight draws a night of a few sites and vantages with whatever can happen in it.
func drawNight(t *rapid.T) (watch.Config, []watch.Fact) {
	c := watch.Config{Vantages: []watch.Vantage{
		{Name: "a", Network: "AS64501", Country: "DK", Health: watch.Healthy},
		{Name: "b", Network: "AS64502", Country: "DK", Health: watch.Healthy},
		{Name: "c", Network: "AS64503", Country: "DE", Health: watch.Healthy},
		{Name: "d", Network: "AS64503", Country: "SE"},
	}[:rapid.IntRange(1, 4).Draw(t, "vantages")]}
	for i := range rapid.IntRange(1, 3).Draw(t, "sites") {
		provider := rapid.SampledFrom([]string{"", "Example Hosting"}).Draw(t, "provider")
		c.Sites = append(c.Sites, watch.Site{Name: fmt.Sprintf("s%d.example", i), Home: "DK", Provider: provider})
	}
	crowd := 0
	if rapid.IntRange(0, 24).Draw(t, "crowd") == 0 { // enough for the guard against mass failure
		crowd = 22
	}
	for i := range crowd {
		c.Sites = append(c.Sites, watch.Site{Name: fmt.Sprintf("crowd%02d.example", i)})
	}
	// Each site is well, ill, or ill at one vantage, for stretches; the crowd is ill all at once.
	var facts []watch.Fact
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	for _, s := range c.Sites[:len(c.Sites)-crowd] {
		for _, v := range c.Vantages {
			facts = append(facts, stretch(r, s.Name, v.Name)...)
		}
	}
	for _, v := range c.Vantages {
		from, late := 600+r.IntN(60), r.IntN(90)
		for _, s := range c.Sites[len(c.Sites)-crowd:] {
			for i := range 25 {
				class := probe.OK
				if when := i * 60; when >= from+late && when < from+600 && (late > 0 || v.Name == "a") {
					class = probe.TCPTimeout
				}
				facts = append(facts, watch.Fact{At: at(i*60 + late%60), Reading: &watch.Reading{Vantage: v.Name, Site: s.Name, Class: class}})
			}
		}
	}
	for range r.IntN(6) {
		h := watch.Health(r.IntN(4))
		facts = append(facts, watch.Fact{At: at(r.IntN(3600)), Report: &watch.HealthReport{Vantage: c.Vantages[r.IntN(len(c.Vantages))].Name, Given: &h}})
	}
	if r.IntN(3) == 0 {
		from := at(r.IntN(3600))
		facts = append(facts, watch.Fact{At: from, Maintenance: &watch.Maintenance{Site: "s0.example", From: from, Until: from.Add(10 * time.Minute)}})
	}
	slices.SortStableFunc(facts, func(a, b watch.Fact) int { return a.At.Compare(b.At) })
	return c, facts
}

// stretch returns what one vantage sees of one site over an hour.
func stretch(r *rand.Rand, site, vantage string) []watch.Fact {
	classes := []probe.Class{probe.OK, probe.OK, probe.OK, probe.HTTP502, probe.TCPTimeout, probe.Challenge, probe.MeasurementFailed, probe.RedirectForeign}
	var facts []watch.Fact
	class, until, pace := probe.OK, 0, 60
	for t := r.IntN(3) * 20; t < 3600; t += pace {
		if t >= until {
			class, until = classes[r.IntN(len(classes))], t+60*(1+r.IntN(20))
			pace = []int{15, 60, 60, 60}[r.IntN(4)]
			if r.IntN(20) == 0 {
				t += 1800
			}
		}
		if r.IntN(10) == 0 {
			continue
		}
		ttfb := time.Duration(50+r.IntN(100)) * time.Millisecond
		if r.IntN(4) == 0 {
			ttfb = 5 * time.Second
		}
		facts = append(facts, watch.Fact{At: at(t), Reading: &watch.Reading{Vantage: vantage, Site: site, Class: class, TTFB: ttfb}})
	}
	return facts
}

func machine(t rapid.TB, c watch.Config) *watch.Machine {
	t.Helper()
	m, err := watch.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// play tells a machine facts in the order of their times, and the time after each.
func play(m *watch.Machine, facts []watch.Fact) []watch.Event {
	var out []watch.Event
	for i, f := range facts {
		m.Observe(f)
		if i+1 == len(facts) || facts[i+1].At.After(f.At) {
			out = append(out, m.Tick(f.At)...)
		}
	}
	return out
}

// text says events in a way that shows every difference.
func text(t rapid.TB, events []watch.Event) []string {
	t.Helper()
	out := make([]string, len(events))
	for i, e := range events {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(b)
	}
	return out
}

// same fails when two courses of events differ.
func same(t *rapid.T, what string, want, got []watch.Event) {
	t.Helper()
	if diff := cmp.Diff(text(t, want), text(t, got)); diff != "" {
		t.Fatalf("%s changed what happened: before is -, after is +\n%s", what, diff)
	}
}

// TestOrderAndCopiesDoNotMatter: facts of one time in any order, and told twice or again much later, change nothing.
func TestOrderAndCopiesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, facts := drawNight(t)
		want := play(machine(t, c), facts)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 2))
		mixed := slices.Clone(facts)
		for range 20 {
			f := facts[r.IntN(len(facts))]
			if f.Reading != nil { // what else is said twice is said at a time of its own
				mixed = append(mixed, f)
			}
		}
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		slices.SortStableFunc(mixed, func(a, b watch.Fact) int { return a.At.Compare(b.At) })
		same(t, "order or copies", want, play(machine(t, c), mixed))
	})
}

// TestLateCopiesDoNotMatter: a fact told again when its time is past changes nothing.
func TestLateCopiesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, facts := drawNight(t)
		want := play(machine(t, c), facts)
		m := machine(t, c)
		var got []watch.Event
		for i, f := range facts {
			m.Observe(f)
			if i >= 50 && facts[i-50].Reading != nil && facts[i-50].At.Before(f.At) {
				m.Observe(facts[i-50])
			}
			if i+1 == len(facts) || facts[i+1].At.After(f.At) {
				got = append(got, m.Tick(f.At)...)
			}
		}
		same(t, "late copies", want, got)
	})
}

// TestTicksDoNotMatter: how often the time is told changes nothing.
func TestTicksDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, facts := drawNight(t)
		want := play(machine(t, c), facts)
		m := machine(t, c)
		var got []watch.Event
		for i, f := range facts {
			m.Observe(f)
			if i+1 < len(facts) && facts[i+1].At.After(f.At) {
				for now := f.At; now.Before(facts[i+1].At); now = now.Add(7 * time.Second) {
					got = append(got, m.Tick(now)...)
				}
			}
		}
		got = append(got, m.Tick(facts[len(facts)-1].At)...)
		same(t, "the number of ticks", want, got)
	})
}

// TestRestartDoesNotMatter: a snapshot that a new machine takes up goes on as if nothing had happened.
func TestRestartDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, facts := drawNight(t)
		want := play(machine(t, c), facts)
		cut := rapid.IntRange(1, len(facts)-1).Draw(t, "cut")
		m := machine(t, c)
		var got []watch.Event
		for i, f := range facts {
			if i == cut {
				m = restart(t, m, c)
			}
			m.Observe(f)
			if i+1 == len(facts) || facts[i+1].At.After(f.At) {
				got = append(got, m.Tick(f.At)...)
			}
		}
		same(t, "a restart", want, got)
	})
}

func restart(t rapid.TB, m *watch.Machine, c watch.Config) *watch.Machine {
	t.Helper()
	kept, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	next, err := watch.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Restore(kept); err != nil {
		t.Fatal(err)
	}
	again, err := next.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, again) {
		t.Fatalf("a snapshot of what was restored differs\n%s", cmp.Diff(string(kept), string(again)))
	}
	return next
}

// TestBlindMakesNoIncident: whatever a vantage sees while it is blind or impaired, nothing comes of it.
func TestBlindMakesNoIncident(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, facts := drawNight(t)
		facts = slices.DeleteFunc(facts, func(f watch.Fact) bool { return f.Report != nil })
		for i := range c.Vantages {
			c.Vantages[i].Health = rapid.SampledFrom([]watch.Health{watch.BlindHere, watch.Impaired}).Draw(t, "health")
		}
		for _, e := range play(machine(t, c), facts) {
			if e.Incident != nil || e.Transition != nil {
				t.Fatalf("came of blind vantages: %s", text(t, []watch.Event{e}))
			}
		}
	})
}

// TestOneNetworkIsNeverDown: vantages in one network, however many, bring no site beyond suspicion.
func TestOneNetworkIsNeverDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, facts := drawNight(t)
		for i := range c.Vantages {
			c.Vantages[i].Network = "AS64501"
		}
		for _, e := range play(machine(t, c), facts) {
			if e.Transition != nil && (e.Transition.To == watch.Disrupted || e.Transition.To == watch.Down) {
				t.Fatalf("seen from one network: %s", text(t, []watch.Event{e}))
			}
			if e.Incident != nil && e.Incident.Incident.Grade == watch.Confirmed {
				t.Fatalf("confirmed from one network: %s", text(t, []watch.Event{e}))
			}
		}
	})
}

// legal are the steps that a site's state may take without votes being withdrawn.
var legal = map[watch.State][]watch.State{
	watch.Unknown:    {watch.Up, watch.Suspect},
	watch.Up:         {watch.Suspect},
	watch.Suspect:    {watch.Up, watch.Disrupted, watch.Recovering},
	watch.Disrupted:  {watch.Down, watch.Recovering},
	watch.Down:       {watch.Recovering},
	watch.Recovering: {watch.Suspect, watch.Disrupted, watch.Closed},
	watch.Closed:     {watch.Up, watch.Suspect},
}

// TestLaws: transitions join up and are legal, each has its probes, intervals are the right way round, incidents are opened once and closed
// once, and times do not go back.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, facts := drawNight(t)
		state := make(map[string]watch.State)
		told := make(map[int64]watch.What)
		var last time.Time
		for _, e := range play(machine(t, c), facts) {
			if e.At.Before(last) {
				t.Fatalf("after %s: %s", last, text(t, []watch.Event{e}))
			}
			last = e.At
			switch {
			case e.Transition != nil:
				x := e.Transition
				if state[x.Site] != x.From || x.Note == "" && (!slices.Contains(legal[x.From], x.To) || len(x.Because) == 0) {
					t.Fatalf("from %s: %s", state[x.Site], text(t, []watch.Event{e}))
				}
				state[x.Site] = x.To
			case e.Incident != nil:
				i := e.Incident.Incident
				what, known := told[i.ID]
				if known == (e.Incident.What == watch.Opened) || what >= watch.Finished {
					t.Fatalf("told %v before: %s", what, text(t, []watch.Event{e}))
				}
				told[i.ID] = e.Incident.What
				checkIncident(t, i)
			}
		}
	})
}

func checkIncident(t *rapid.T, i watch.Incident) {
	t.Helper()
	if i.Words.EN == "" || i.Words.DA == "" {
		t.Fatalf("no words: %+v", i)
	}
	if len(i.Members) == 0 {
		t.Fatalf("whose it is is not said: %+v", i)
	}
	for _, m := range i.Members {
		if m.Start.Latest.Before(m.Start.Earliest) || !m.End.IsZero() && (m.End.Latest.Before(m.End.Earliest) || m.End.Latest.Before(m.Start.Earliest)) {
			t.Fatalf("interval the wrong way round: %+v", m)
		}
		if m.Total.Least < 0 || m.Total.Most < m.Total.Least {
			t.Fatalf("span the wrong way round: %+v", m)
		}
		if m.Phase != watch.Withdrawn && (m.Phase == watch.Ongoing) != m.End.IsZero() {
			t.Fatalf("%s with end %+v", m.Phase, m.End)
		}
	}
}

// TestMemoryIsBounded: the state does not grow with time.
func TestMemoryIsBounded(t *testing.T) {
	c := watch.Config{Vantages: []watch.Vantage{
		{Name: "a", Network: "AS64501", Health: watch.Healthy}, {Name: "b", Network: "AS64502", Health: watch.Healthy},
	}}
	for i := range 30 {
		c.Sites = append(c.Sites, watch.Site{Name: fmt.Sprintf("s%d.example", i)})
	}
	m := machine(t, c)
	r := rand.New(rand.NewPCG(1, 2))
	size := func() int {
		kept, err := m.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		return len(kept)
	}
	hours := func(from, to int) {
		for s := from * 3600; s < to*3600; s += 15 {
			for _, site := range c.Sites {
				class := probe.OK
				if r.IntN(3) == 0 || s/1800%2 == 0 && r.IntN(2) == 0 {
					class = probe.HTTP503
				}
				m.Observe(watch.Fact{At: at(s), Reading: &watch.Reading{Vantage: "ab"[s/15%2:][:1], Site: site.Name, Class: class, TTFB: time.Second}})
				m.Observe(watch.Fact{At: at(s), Maintenance: &watch.Maintenance{Site: site.Name, From: at(s - 100), Until: at(s - 50)}})
			}
			m.Tick(at(s))
		}
	}
	hours(0, 2)
	early := size()
	hours(2, 10)
	if late := size(); late > early+early/10 {
		t.Errorf("the state grew from %d bytes after 2 hours to %d after 10", early, late)
	}
}

// FuzzRestore: whatever a store hands back, a machine takes it up or refuses it, and goes on.
func FuzzRestore(f *testing.F) {
	c := watch.Config{Sites: sites(2, nil), Vantages: places(2)}
	m, err := watch.New(c)
	if err != nil {
		f.Fatal(err)
	}
	for i := range 10 {
		for _, v := range c.Vantages {
			for _, s := range c.Sites {
				class := probe.OK
				if i > 3 {
					class = probe.HTTP502
				}
				m.Observe(watch.Fact{At: at(i * 60), Reading: &watch.Reading{Vantage: v.Name, Site: s.Name, Class: class, TTFB: time.Second}})
			}
		}
		m.Tick(at(i * 60))
	}
	kept, err := m.Snapshot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(kept)
	f.Add([]byte(`{"version":1,"sites":{"s00.example":{"state":"down","ballots":{"a":null}}},"vantages":{"a":{"hold":{"sites":[{"site":"x"}]}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := machine(t, c)
		if err := m.Restore(data); err != nil {
			return
		}
		now := at(3600)
		for i := range 5 {
			for _, v := range c.Vantages {
				m.Observe(watch.Fact{At: now, Reading: &watch.Reading{Vantage: v.Name, Site: "s00.example", Class: probe.Class(i % 2)}})
			}
			m.Tick(now)
			now = now.Add(time.Minute)
		}
		m.Incidents()
		m.Status("s00.example")
	})
}
