package coordinator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

var noon = time.Date(2025, time.November, 17, 12, 0, 0, 0, time.UTC)

func sites(names ...string) (all []Site) {
	for _, name := range names {
		all = append(all, Site{Name: name, URL: "https://" + name + "/", Home: "DK"})
	}
	return all
}

func places(specs ...string) (all []Vantage) {
	for _, spec := range specs {
		w := strings.Split(spec, "/")
		all = append(all, Vantage{w[0], w[1], w[2]})
	}
	return all
}

func TestDomainsShareABudget(t *testing.T) {
	all := domains(append(sites("www.example.org", "shop.example.org", "www.example.net"), Site{Name: "broken", URL: ":"}))
	if len(all) != 2 || all[0].name != "example.net" || len(all[1].sites) != 2 {
		t.Fatalf("%+v", all)
	}
	if p, d := all[1].interval(false), all[1].interval(true); p != 2*time.Minute || d != time.Minute {
		t.Errorf("two sites of a domain are asked every %v, in doubt every %v", p, d)
	}
}

func TestChoose(t *testing.T) {
	x := domains(sites("www.example.org"))[0]
	chosen := newDealer(false).choose(x, places("a/AS64500/SE", "b/AS64500/SE", "c/AS64501/DK", "d/AS64502/NO", "e/AS64501/DE"))
	if len(chosen) != 3 || !slices.Contains(chosen, "c") || !slices.Contains(chosen, "d") || slices.Contains(chosen, "a") == slices.Contains(chosen, "b") {
		t.Errorf("chosen are %v: want the one at home, and one in each other network", chosen)
	}
	if got := newDealer(true).choose(x, places("a/AS64500/SE", "c/AS64501/DK", "d/AS64502/NO")); len(got) != 2 {
		t.Errorf("beside this process, %v ask", got)
	}
	if got := newDealer(false).choose(x, nil); len(got) != 0 {
		t.Errorf("of nobody, %v ask", got)
	}
}

// TestChoiceOutlivesARestart: a dealer that knows nothing deals as the one before it.
func TestChoiceOutlivesARestart(t *testing.T) {
	vantages := places("a/AS64500/SE", "b/AS64501/SE", "c/AS64502/DK", "d/AS64503/NO", "e/AS64504/DE")
	others := slices.Clone(vantages)
	slices.Reverse(others)
	for i := range 50 {
		x := domains(sites(fmt.Sprintf("s%d.example", i)))[0]
		a, b := newDealer(false).choose(x, vantages), newDealer(false).choose(x, others)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Fatalf("%s: %v, then %v", x.name, a, b)
		}
	}
}

// world is the truth beside a dealer: what each vantage goes by, and what it asks.
type world struct {
	held  map[string][]domain
	until map[string]time.Time
	last  map[string]time.Time // vantage and domain → the last GET
	gets  map[string][]time.Time
}

// ask has every vantage ask what it goes by, once a minute each.
func (w *world) ask(now time.Time) {
	for v, all := range w.held {
		for _, x := range all {
			key := v + " " + x.name
			if now.Before(w.until[v]) && (w.last[key].IsZero() || now.Sub(w.last[key]) >= probe.Window) {
				w.last[key] = now
				w.gets[x.name] = append(w.gets[x.name], now)
			}
		}
	}
}

// TestNeverOverBudget: whatever becomes of lists and lines, no domain is asked more than three times in any minute, by all vantages together; and
// those that can be reached are not left idle for ever.
func TestNeverOverBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.Bool().Draw(t, "local")
		names := []string{"a", "b", "c", "d", "e", "f"}
		d := newDealer(local)
		w := world{held: map[string][]domain{}, until: map[string]time.Time{}, last: map[string]time.Time{}, gets: map[string][]time.Time{}}
		cut := map[string]bool{}
		listed := slices.Clone(names[:3])
		watched := []string{"one.example", "two.example"}
		now := noon
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(10 * time.Second)
			switch rapid.IntRange(0, 20).Draw(t, "what") {
			case 0:
				name := rapid.SampledFrom(names).Draw(t, "cut")
				cut[name] = !cut[name]
			case 1:
				listed = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 6, rapid.ID[string]).Draw(t, "listed")
			case 2:
				watched = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"one.example", "two.example", "three.example"}), 0, 3, rapid.ID[string]).Draw(t, "watched")
			}
			var vantages []Vantage
			for _, name := range listed {
				vantages = append(vantages, Vantage{Name: name, Network: name})
			}
			dealt := d.deal(domains(sites(watched...)), vantages, now)
			for _, v := range listed {
				d.grant(v, dealt[v], now)
				if cut[v] {
					continue
				}
				w.held[v], w.until[v] = dealt[v], now.Add(hold)
				d.confirm(v, dealt[v], now)
			}
			w.ask(now)
			most := seats - d.local
			for name, at := range w.gets {
				recent := 0
				for _, g := range at {
					if now.Sub(g) < probe.Window {
						recent++
					}
				}
				if recent > most {
					t.Fatalf("%v: %s was asked %d times in a minute, at most %d", now, name, recent, most)
				}
			}
		}
		// When nothing changes any more, every seat that can be is taken, by somebody who can be reached or not.
		now = now.Add(2 * hold)
		var vantages []Vantage
		for _, name := range listed {
			vantages = append(vantages, Vantage{Name: name, Network: name})
		}
		dealt := d.deal(domains(sites(watched...)), vantages, now)
		asked := 0
		for _, all := range dealt {
			asked += len(all)
		}
		if want := len(domains(sites(watched...))) * min(seats-d.local, len(listed)); asked != want {
			t.Fatalf("%d places dealt, want %d", asked, want)
		}
	})
}

func TestLeasesEnd(t *testing.T) {
	d := newDealer(false)
	all := domains(sites("www.example.org"))
	d.grant("a", all, noon)
	d.grant("b", all, noon)
	d.grant("c", all, noon)
	vantages := places("d/AS1/DK")
	if got := d.deal(all, vantages, noon.Add(hold)); len(got) != 0 {
		t.Errorf("%v is dealt while three may still be asking", got)
	}
	d.confirm("a", nil, noon)
	if got := d.deal(all, vantages, noon.Add(probe.Window)); len(got["d"]) != 1 {
		t.Error("the seat that one has left is not taken")
	}
	d.deal(all, nil, noon.Add(hold+slack+probe.Window))
	if len(d.leases) != 0 {
		t.Errorf("left are %v", slices.Collect(maps.Keys(d.leases)))
	}
}

func none(*domain) (f forbidden) { return f }

func TestBounded(t *testing.T) {
	var many []Site
	for i := range message.MaxSites + 10 {
		many = append(many, sites(fmt.Sprintf("s%05d.example", i))...)
	}
	if told, cut := bounded(domains(many), none); len(told) != message.MaxSites || cut != 10 {
		t.Errorf("%d told, %d left out", len(told), cut)
	}
	long := sites("www.example.org")
	long[0].Page = "/" + strings.Repeat("x", room)
	if told, cut := bounded(domains(append(long, sites("www.example.net")...)), none); len(told) != 1 || cut != 1 {
		t.Errorf("%d told, %d left out", len(told), cut)
	}
	if room > bus.MaxTold {
		t.Error("an assignment may be larger than the bus takes")
	}
}
