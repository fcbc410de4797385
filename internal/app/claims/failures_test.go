package claims

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestAroundLooksAtAll holds that what surrounds a failure is what looking at each pair of sites finds.
func TestAroundLooksAtAll(t *testing.T) {
	start := time.Date(2025, 11, 17, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		n := newNight()
		var c watch.Config
		for i := range rapid.IntRange(2, 12).Draw(t, "sites") {
			s := watch.Site{Name: fmt.Sprintf("s%d.example", i), Provider: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "provider")}
			s.CNAME = rapid.SampledFrom([]string{"", "", "c", "d"}).Draw(t, "cname")
			c.Sites = append(c.Sites, s)
		}
		c.Vantages = []watch.Vantage{{Name: "v"}}
		n.sight = newSight(c)
		for _, s := range c.Sites {
			x := n.sight.sites[s.Name]
			x.places["a"], x.places["b"] = true, true
			bad := rapid.SliceOfN(rapid.IntRange(0, 400), 0, 4).Draw(t, "bad")
			for minute := range 401 {
				k := kept{number: int64(minute), from: start.Add(time.Duration(minute)*time.Minute + time.Duration(len(s.Name))*time.Second).UnixMilli(), outcome: watch.OutcomeGood}
				if slices.Contains(bad, minute) {
					k.outcome, k.class = watch.OutcomeFailing, probe.HTTP502
				}
				x.rounds = append(x.rounds, k)
			}
			if rapid.Bool().Draw(t, "named") {
				at := start.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "at")) * time.Minute)
				n.said[s.Name] = &said{target: s.Name, site: x, groups: [][]claim.Source{{{Kind: claim.List, First: at, Last: at}}}}
			}
		}
		f := n.failed()
		h := claim.Span{From: start.Add(time.Hour), To: start.Add(5 * time.Hour)}
		for _, s := range c.Sites {
			x := n.sight.sites[s.Name]
			others := 0
			for name, o := range n.sight.sites {
				if _, named := n.said[name]; !named && o != x && !o.site.SharesWith(x.site) {
					others++
				}
			}
			if got := f.others(x); got != others {
				t.Fatalf("got %d others of %s, want %d", got, s.Name, others)
			}
			here, there := f.around(x, h), pairs(n, x, h)
			for minute := range 401 {
				began := start.Add(time.Duration(minute) * time.Minute)
				if began.Before(h.From) || began.After(h.To) {
					continue
				}
				got, want := about(here, began), about(there, began)
				if got != want {
					t.Fatalf("got %+v around %s at minute %d, want %+v", got, s.Name, minute, want)
				}
			}
		}
	})
}

type surroundings struct {
	named, shared bool
	unnamed       int
}

// about is what a question asks of neighbours.
func about(all []claim.Neighbour, began time.Time) (s surroundings) {
	for _, o := range all {
		switch {
		case o.Began.Sub(began).Abs() > 10*time.Minute:
		case o.Shares:
			s.shared = true
		case o.Named:
			s.named = true
		default:
			s.unnamed++
		}
	}
	return s
}

// pairs looks at each failure of each other site.
func pairs(n *night, x *seenSite, h claim.Span) (out []claim.Neighbour) {
	var all, apart []failure
	for _, name := range slices.Sorted(maps.Keys(n.sight.sites)) {
		o := n.sight.sites[name]
		for _, t := range claim.BadFrom(n.sight.roundsOf(o)) {
			all = append(all, failure{t, o, n.named(o, t)})
		}
	}
	slices.SortStableFunc(all, func(a, b failure) int { return a.began.Compare(b.began) })
	for _, f := range all {
		if f.site == x || f.began.Before(h.From.Add(-15*time.Minute)) || f.began.After(h.To.Add(15*time.Minute)) {
			continue
		}
		shares := f.site.site.SharesWith(x.site)
		if !f.named && !shares {
			kin := func(o failure) bool {
				return f.site.site.SharesWith(o.site.site) && f.began.Sub(o.began).Abs() <= 5*time.Minute
			}
			if slices.ContainsFunc(apart, kin) {
				continue
			}
			apart = append(apart, f)
		}
		out = append(out, claim.Neighbour{Named: f.named, Shares: shares, Began: f.began})
	}
	return out
}
