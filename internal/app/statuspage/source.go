package statuspage

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/room/status"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Source is what a page is made from, a part of [store.Store].
type Source interface {
	Sites(ctx context.Context) ([]store.Site, error)
	OptOuts(ctx context.Context) ([]store.OptOut, error)
	Maintenances(ctx context.Context, t time.Time) ([]store.Maintenance, error)
	States(ctx context.Context) ([]store.State, error)
	Transitions(ctx context.Context, r store.Range) ([]store.Transition, error)
	Results(ctx context.Context, r store.Range) ([]store.Result, error)
	Incidents(ctx context.Context, f store.IncidentFilter) ([]store.Incident, error)
	HealthHistory(ctx context.Context, vantage string, from, to time.Time) ([]store.Health, error)
	Claims(ctx context.Context, f store.ClaimFilter) ([]store.KeptClaim, error)
	Sightings(ctx context.Context, f store.SightingFilter, yield func(store.OrderSighting) error) error
}

const (
	// lately is how old the last vote on a site may be for something to be said of it.
	lately = 15 * time.Minute
	// mostResults is how many results of that time are looked at, of one site.
	mostResults = 256
)

// picture is how everything stood at one time.
type picture struct {
	at       time.Time
	all      []store.Site
	watched  []store.Site // not removed, in order of name
	opted    map[string]bool
	windows  []store.Maintenance
	states   map[store.SiteID]store.State
	before   map[store.SiteID]string // states at that time, of those that have changed since
	revoked  map[store.SiteID]bool   // in an incident that was open then and never was: its votes came from the blind
	health   []store.Health
	measured map[store.SiteID]bool
}

// look reads how everything stood at a time up to now, for the sites that are wanted.
func look(ctx context.Context, from Source, wanted func(store.Site) bool, at, now time.Time) (*picture, error) {
	p := &picture{
		at: at, opted: map[string]bool{}, states: map[store.SiteID]store.State{}, before: map[store.SiteID]string{},
		revoked: map[store.SiteID]bool{}, measured: map[store.SiteID]bool{},
	}
	for _, step := range []func() error{
		func() error { return p.list(ctx, from, wanted) },
		func() error { return p.judged(ctx, from, now) },
		func() error { return p.seen(ctx, from) },
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("look at how sites stood: %w", err)
		}
	}
	return p, nil
}

// list reads who is watched, and what was planned.
func (p *picture) list(ctx context.Context, from Source, wanted func(store.Site) bool) error {
	var err error
	if p.all, err = from.Sites(ctx); err != nil {
		return err
	}
	outs, err := from.OptOuts(ctx)
	if err != nil {
		return err
	}
	for _, o := range outs {
		p.opted[o.Host] = true
	}
	for _, s := range p.all {
		if s.Removed.IsZero() && !p.opted[s.Host] && wanted(s) {
			p.watched = append(p.watched, s)
		}
	}
	p.windows, err = from.Maintenances(ctx, p.at)
	return err
}

// judged reads what was said of sites: their present states, what these were at that time, and what was taken back since.
func (p *picture) judged(ctx context.Context, from Source, now time.Time) error {
	states, err := from.States(ctx)
	if err != nil {
		return err
	}
	for _, s := range states {
		p.states[s.Site] = s
	}
	since, err := from.Transitions(ctx, store.Range{From: p.at.Add(time.Millisecond), To: now.Add(time.Minute)})
	if err != nil {
		return err
	}
	for _, t := range slices.Backward(since) {
		p.before[t.Site] = t.From
	}
	incidents, err := from.Incidents(ctx, store.IncidentFilter{Since: p.at, Until: p.at.Add(time.Millisecond)})
	if err != nil {
		return err
	}
	for _, i := range incidents {
		var doc struct {
			Phase watch.Phase `json:"phase"`
		}
		if json.Unmarshal(i.Doc, &doc) != nil || doc.Phase != watch.Withdrawn {
			continue
		}
		for _, site := range i.Sites {
			p.revoked[site] = true
		}
	}
	return nil
}

// seen finds out of which sites something is known: a vantage that could see had a vote on them lately.
func (p *picture) seen(ctx context.Context, from Source) error {
	begin := p.at.Add(-lately)
	var err error
	if p.health, err = from.HealthHistory(ctx, "", begin, p.at.Add(time.Millisecond)); err != nil {
		return err
	}
	for _, s := range p.watched {
		rs, err := from.Results(ctx, store.Range{Site: s.ID, From: begin, To: p.at.Add(time.Millisecond), Limit: mostResults})
		if err != nil {
			return err
		}
		p.measured[s.ID] = slices.ContainsFunc(rs, func(r store.Result) bool { return r.Class.Vote() != probe.NoVote && p.couldSee(r.Vantage, r.At) })
	}
	return nil
}

// couldSee reports whether a vantage was neither blind nor impaired.
func (p *picture) couldSee(vantage string, at time.Time) bool {
	last := watch.Unchecked.String()
	for _, h := range p.health {
		if h.Vantage == vantage && !h.At.After(at) {
			last = h.Health
		}
	}
	return last != watch.BlindHere.String() && last != watch.Impaired.String()
}

// state returns what can be said of a site in public.
func (p *picture) state(s store.Site) status.State {
	planned := slices.ContainsFunc(p.windows, func(w store.Maintenance) bool {
		return (w.Site == 0 || w.Site == s.ID) && !w.From.After(p.at) && w.To.After(p.at)
	})
	switch {
	case planned:
		return status.Maintenance
	case s.Paused, !p.measured[s.ID], p.revoked[s.ID]:
		return status.Unstated
	}
	now := p.states[s.ID]
	switch changed := p.before[s.ID]; {
	case changed != "":
		return stateOf(changed, nil)
	case now.At.After(p.at): // what lies over it now was not known then
		return stateOf(now.State, nil)
	}
	return stateOf(now.State, docOf(now).Overlays)
}

// doc is what is read of the document beside a state: the lookout keeps a [watch.Status] there.
type doc struct {
	Overlays []watch.Overlay `json:"overlays"`
	Listed   time.Time       `json:"listed"`
}

// docOf returns what stands beside a state; of one that cannot be read, nothing.
func docOf(s store.State) doc {
	var d doc
	if json.Unmarshal(s.Doc, &d) != nil {
		return doc{}
	}
	return d
}

// stateOf turns a state's name into what is said in public; of a name that is not known nothing is.
func stateOf(name string, over []watch.Overlay) status.State {
	var s watch.State
	if s.UnmarshalText([]byte(name)) != nil {
		return status.Unstated
	}
	return status.StateOf(s, over)
}

// wanted returns who is on the page.
func wanted(c *config.Status) func(store.Site) bool {
	return func(s store.Site) bool { return c.Wants(s.Host, s.Groups, s.Public) }
}
