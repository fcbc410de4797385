package lookout

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Measure has every vantage ask a site at once, for somebody on the telephone.
var Measure = Op[Named, []Sighting]{Name: "now", Do: (*Desk).measure}

// Sighting is what one vantage found of a site.
type Sighting struct {
	Vantage  string        `json:"vantage"`
	Fresh    bool          `json:"fresh"`               // found because it was asked for; else it is what this vantage found last
	Result   *probe.Result `json:"result"`              // null when nothing is known from there
	NotAsked NotAsked      `json:"not_asked,omitempty"` // why this vantage was not asked; "" when it was
}

// NotAsked says why a vantage was not asked.
type NotAsked string

// The reasons.
const (
	Paused      NotAsked = "paused"       // the site is
	OptedOut    NotAsked = "opted_out"    // the site's owner wants no probes
	OthersTurns NotAsked = "others_turns" // other vantages have the site's turns: at most three share its budget
	TooMuch     NotAsked = "too_much"     // as many sites as it can be asked for at once were asked for before
)

func (d *Desk) measure(ctx context.Context, in Named) ([]Sighting, error) {
	if d.Measure == nil {
		return nil, desk.Refuse("no lookout runs here: start one with \"seawall watch run\", or ask one site with \"seawall watch probe URL\"")
	}
	s, err := d.find(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	why, err := d.unmeasured(ctx, s)
	if err != nil {
		return nil, err
	}
	if why == "" {
		return d.Measure(ctx, s.Host)
	}
	places, err := d.Store.Vantages(ctx)
	all := []Sighting{}
	for _, v := range places {
		if v.Removed.IsZero() {
			all = append(all, Sighting{Vantage: v.Name, NotAsked: why})
		}
	}
	return all, err
}

// unmeasured returns why nobody asks a site; "" when somebody does.
func (d *Desk) unmeasured(ctx context.Context, s store.Site) (NotAsked, error) {
	outs, err := d.Store.OptOuts(ctx)
	switch {
	case err != nil:
		return "", err
	case leavers(outs).whose(s.Host) != "":
		return OptedOut, nil
	case s.Paused:
		return Paused, nil
	}
	return "", nil
}

// Of asking at once. A vantage elsewhere hears of it within seconds, has half a minute in which its budget may have no room, and then asks.
const (
	nowFor   = 50 * time.Second
	nowEvery = judgeEvery / 2
)

// MeasureNow asks a site at once, here and from every vantage whose turn it is, beside their turns and within its budget, which a person's doubt
// raises. It returns when all have answered, after 50 s at the latest, this place first, and last those that were not asked. Of a host that is not
// watched it returns none.
func (l *Lookout) MeasureNow(ctx context.Context, host string) ([]Sighting, error) {
	l.mu.Lock()
	site, ok := l.sites[host]
	before := make(map[string]time.Time)
	for at, r := range l.found {
		if at.host == host {
			before[at.vantage] = r.At
		}
	}
	l.mu.Unlock()
	if !ok {
		return []Sighting{}, nil
	}
	target := targetOf(site)
	l.Prober.Budget().Doubt(target.Site(), l.Now(), personDoubts)
	asked, full := l.askElsewhere(host)
	r := l.Prober.Probe(ctx, target)
	if !r.OverBudget {
		l.deliver(ctx, finding{host: host, r: r})
	}
	all := []Sighting{{Vantage: l.Vantage.Name, Fresh: !r.OverBudget, Result: &r}}
	if len(asked) > 0 {
		all = append(all, l.await(ctx, host, asked, before)...)
	}
	return append(all, l.notAsked(asked, full)...), ctx.Err()
}

// askElsewhere has vantages elsewhere ask a site at once, and returns the names of those that do, and of those whose turn it is and who were asked for
// too much.
func (l *Lookout) askElsewhere(host string) (asked, full []string) {
	if l.others == nil {
		return nil, nil
	}
	l.mu.Lock()
	doubts := l.paces[host] != 0
	l.mu.Unlock()
	if !doubts { // a doubt of the machine's is not cut short
		l.doubtElsewhere(host, l.Now().Add(personDoubts))
	}
	return l.others.coordinator.AskNow(host)
}

// notAsked returns the vantages elsewhere that were not asked, by name.
func (l *Lookout) notAsked(asked, full []string) []Sighting {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Sighting
	for _, v := range l.places {
		switch {
		case slices.Contains(asked, v.Name):
		case slices.Contains(full, v.Name):
			all = append(all, Sighting{Vantage: v.Name, NotAsked: TooMuch})
		default:
			all = append(all, Sighting{Vantage: v.Name, NotAsked: OthersTurns})
		}
	}
	slices.SortFunc(all, func(a, b Sighting) int { return strings.Compare(a.Vantage, b.Vantage) })
	return all
}

// await returns what these vantages find, as soon as each has found something since before.
func (l *Lookout) await(ctx context.Context, host string, vantages []string, before map[string]time.Time) []Sighting {
	ctx, cancel := context.WithTimeout(ctx, nowFor)
	defer cancel()
	tick := time.NewTicker(nowEvery)
	defer tick.Stop()
	for {
		all := l.newest(host, vantages, before)
		if !slices.ContainsFunc(all, func(m Sighting) bool { return !m.Fresh }) {
			return all
		}
		select {
		case <-ctx.Done():
			return all
		case <-tick.C:
		}
	}
}

// newest returns what is known from each of these vantages, by name.
func (l *Lookout) newest(host string, vantages []string, before map[string]time.Time) []Sighting {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Sighting, 0, len(vantages))
	for _, name := range vantages {
		m := Sighting{Vantage: name}
		if r, ok := l.found[sight{host, name}]; ok {
			m.Result, m.Fresh = &r, r.At.After(before[name])
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Sighting) int { return strings.Compare(a.Vantage, b.Vantage) })
	return all
}
