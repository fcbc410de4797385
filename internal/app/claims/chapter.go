package claims

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// How much of a site's past a verdict rests on.
const (
	history  = 14 * 24 * time.Hour // before its window
	lastsFor = 48 * time.Hour      // after it: what began in the window may go on
)

// The limits of what is read of a site at once.
const (
	maxResults  = 250_000             // in one reading
	maxChapter  = 1_000_000           // in one chapter: five vantages, every minute, for four and a half months
	longChapter = 60 * 24 * time.Hour // after which a group of sources begins a new one
	readAtOnce  = 7 * 24 * time.Hour
)

// chapter is a stretch of a site's past in which verdicts lie that rest on much the same results.
type chapter struct {
	claim.Span
	groups []int // of the target's groups of sources
}

// chapters puts groups of sources, which are in order of time, into chapters: those whose pasts overlap together, until it is a long one. However far
// apart the groups lie, no more is read than what lies around each.
func chapters(groups [][]claim.Source, now time.Time) []chapter {
	var all []chapter
	for i, g := range groups {
		h := hullOf(g)
		s := claim.Span{From: h.From.Add(-history), To: h.To.Add(lastsFor)}
		if s.To.After(now) {
			s.To = now
		}
		if n := len(all); n > 0 && !s.From.After(all[n-1].To) && s.To.Sub(all[n-1].From) <= longChapter {
			last := &all[n-1]
			last.groups = append(last.groups, i)
			if s.To.After(last.To) {
				last.To = s.To
			}
			if s.From.Before(last.From) {
				last.From = s.From
			}
			continue
		}
		all = append(all, chapter{s, []int{i}})
	}
	return all
}

// once is one result, as far as verdicts need it.
type once struct {
	at       int64 // milliseconds
	vantage  int   // its place among the vantages of the configuration
	class    probe.Class
	assessed probe.Assessments
	inside   bool
	ttfb     time.Duration
}

// results reads what the store keeps of a site in a chapter, in order, and adds vantages that are on no list any more to the configuration: those
// have one vote together.
func (j *Judge) results(ctx context.Context, site store.Site, c *watch.Config, s claim.Span) ([]once, error) {
	places := make(map[string]int, len(c.Vantages))
	for i, v := range c.Vantages {
		places[v.Name] = i
	}
	var all []once
	for from := s.From; !from.After(s.To); from = from.Add(readAtOnce) {
		to := from.Add(readAtOnce - time.Millisecond)
		if to.After(s.To) {
			to = s.To
		}
		some, err := j.Store.Results(ctx, store.Range{Site: site.ID, From: from, To: to, Limit: maxResults + 1})
		if err != nil {
			return nil, fmt.Errorf("read what was seen of %s: %w", site.Host, err)
		}
		if len(some) > maxResults || len(all)+len(some) > maxChapter {
			return nil, fmt.Errorf("%w: more than %d results of %s in a week, or %d around one claim", ErrTooMuch, maxResults, site.Host, maxChapter)
		}
		for i := range some {
			r := &some[i]
			at, known := places[r.Vantage]
			if !known {
				at = len(c.Vantages)
				places[r.Vantage] = at
				c.Vantages = append(c.Vantages, watch.Vantage{Name: r.Vantage})
			}
			all = append(all, once{r.At.UnixMilli(), at, r.Class, r.Assessed, r.Inside, r.Timings.TTFB})
		}
	}
	return all, nil
}

// see plays what the store keeps of a site in a chapter through a machine. Whatever was seen before is forgotten.
func (j *Judge) see(ctx context.Context, n *night, site store.Site, c watch.Config, ch claim.Span) error {
	c.Vantages = slices.Clone(c.Vantages)
	results, err := j.results(ctx, site, &c, ch)
	if err != nil {
		return err
	}
	n.look(newSight(c))
	facts, err := j.facts(ctx, n, site, c, ch.From, ch.To)
	if err != nil {
		return err
	}
	m, err := watch.New(c)
	if err != nil {
		return err
	}
	m.OnRound(n.heardRound)
	slices.SortStableFunc(facts, func(a, b watch.Fact) int { return a.At.Compare(b.At) })
	p := &player{machine: m, sight: n.sight}
	for i := range results {
		r := &results[i]
		at := time.UnixMilli(r.at).UTC()
		for len(facts) > 0 && !facts[0].At.After(at) {
			p.play(facts[0])
			facts = facts[1:]
		}
		reading := watch.Fact{At: at, Corrected: true, Reading: &watch.Reading{
			Vantage: c.Vantages[r.vantage].Name, Site: site.Host, Class: r.class, Assessment: watch.NamesOf(r.assessed.All()), TTFB: r.ttfb,
		}}
		if r.inside {
			p.sight.inside(reading) // the machine is not told: it would count as a reader's view
			continue
		}
		p.play(reading)
	}
	for _, f := range facts {
		p.play(f)
	}
	p.tick()
	return nil
}

// look takes another sight of what is talked about.
func (n *night) look(s *sight) {
	n.sight, n.quiet = s, make(map[string][]claim.Span)
	for _, x := range n.said {
		x.site = s.sites[x.target]
	}
}

// player gives facts to a machine in order, and what it says of vantages to a sight.
type player struct {
	machine *watch.Machine
	sight   *sight
	at      time.Time // of the last fact
}

func (p *player) play(f watch.Fact) {
	if f.At.After(p.at) {
		p.tick()
	}
	p.sight.fact(f)
	p.machine.Observe(f)
	p.at = f.At
}

// tick lets the time of the last fact pass.
func (p *player) tick() {
	if p.at.IsZero() {
		return
	}
	for _, e := range p.machine.Tick(p.at) {
		if e.Vantage != nil {
			p.sight.health(e.At, e.Vantage)
		}
	}
}

// inOrder sorts verdicts as their windows lie.
func inOrder(all []Verdict) {
	slices.SortStableFunc(all, func(a, b Verdict) int {
		return cmp.Or(a.Window.From.Compare(b.Window.From), cmp.Compare(a.Target, b.Target))
	})
}
