package claims

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/replay"
)

// asking is a question on one target.
type asking struct {
	Asked
	host    string           // as it was asked about or claimed; the target is the site's own name for it
	names   []string         // all that it is called
	watched bool             // the target is on the watch list now
	home    string           // the country of its readers; "" where that is not known
	claim   *store.KeptClaim // nil where a host is asked about
	claims  []store.KeptClaim
	marks   []store.KeptMark
}

// speaksOf reports whether a verdict is of what was asked: for a claim, of the attack that the claim speaks of.
func (q *asking) speaksOf(v *Verdict) bool {
	if q.claim == nil {
		return true
	}
	kind, _ := kindOf(string(q.claim.Kind))
	return slices.ContainsFunc(v.Sources, func(s Source) bool {
		return s.Kind == kind && (q.claim.Posted.IsZero() || !s.First.After(q.claim.Posted) && !s.Last.Before(q.claim.Posted) || s.Day)
	})
}

// about returns the question with those claims and listings alone that speak of a verdict's attack: it rests on these, and takes their labels.
func (q *asking) about(v *Verdict) *asking {
	out := *q
	out.claims = slices.DeleteFunc(slices.Clone(q.claims), func(c store.KeptClaim) bool {
		s := sourceOfKept(&c, q.home)
		own := q.claim != nil && q.claim.ID == c.ID
		timed := !c.Posted.IsZero() || c.Results == nil // else the results may say when
		return !own && timed && !v.speaksOf(s.First, s.Last)
	})
	out.Listings = slices.DeleteFunc(slices.Clone(q.Listings), func(l seawall.Listing) bool { return !v.speaksOf(l.First, l.Last) })
	return &out
}

// needs returns what has to stand for a verdict to be kept: the targets by which its claims name the host.
func (q *asking) needs() (all []store.KeptTarget) {
	for i := range q.claims {
		c := &q.claims[i]
		for _, t := range c.Targets {
			if t.Host == q.host || q.claim == nil && slices.Contains(q.names, t.Host) {
				all = append(all, store.KeptTarget{Claim: c.ID, Host: t.Host})
			}
		}
	}
	return all
}

// asked returns the questions that somebody means.
func (d *Desk) asked(ctx context.Context, of string) ([]asking, error) {
	if isClaim(of) {
		return d.askedOfClaim(ctx, of)
	}
	host := asciiOf(hostOf(of))
	if host == "" {
		return nil, desk.Refuse("name a claim or a host")
	}
	a, err := d.asker(ctx)
	if err != nil {
		return nil, err
	}
	all, err := a.claimsOn(ctx, host)
	if err != nil {
		return nil, err
	}
	q, err := a.question(ctx, host, all, hullOfClaims(all))
	if err != nil {
		return nil, err
	}
	if len(q.Claims) == 0 && len(q.Listings) == 0 {
		return nil, desk.Refuse("nobody claims %.80s, and no list that is known names it", host)
	}
	return []asking{q}, nil
}

// asker puts questions together. It is of one moment: who is watched and when lists came is read once.
type asker struct {
	*Desk
	who    *roster
	lists  []time.Time
	spoken func(h claim.Span) (*night, error)
}

func (d *Desk) asker(ctx context.Context) (*asker, error) {
	who, err := d.roster(ctx)
	if err != nil {
		return nil, err
	}
	a := &asker{Desk: d, who: who, spoken: d.spokenOnce(ctx, who)}
	lists, err := d.Store.OrderLists(ctx, "")
	for _, l := range lists {
		a.lists = append(a.lists, l.At)
	}
	return a, err
}

// claimsOn returns the claims that name a host, by whatever name, and were not erased: the latest, and of those as many as are looked at.
func (a *asker) claimsOn(ctx context.Context, host string) ([]store.KeptClaim, error) {
	var all []store.KeptClaim
	for _, name := range a.who.names(host) {
		some, err := a.Store.Claims(ctx, store.ClaimFilter{Host: name, Standing: true, Limit: claim.MaxSources})
		if err != nil {
			return nil, err
		}
		for i := range some {
			if !slices.ContainsFunc(all, func(c store.KeptClaim) bool { return c.ID == some[i].ID }) {
				all = append(all, some[i])
			}
		}
	}
	slices.SortStableFunc(all, func(a, b store.KeptClaim) int { return b.Received.Compare(a.Received) })
	return all[:min(len(all), claim.MaxSources)], nil
}

func (d *Desk) askedOfClaim(ctx context.Context, id string) ([]asking, error) {
	c, err := d.claim(ctx, id)
	if err != nil {
		return nil, err
	}
	if !c.Erased.IsZero() {
		return nil, desk.Refuse("claim %s was erased", c.ID)
	}
	a, err := d.asker(ctx)
	if err != nil {
		return nil, err
	}
	var all []asking
	for _, t := range c.Targets {
		if t.Via == seawall.NotWatched && len(c.Targets) > maxDecided {
			continue // unknown, as all that is not watched
		}
		q, err := a.onClaim(ctx, &c, t.Host)
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	if len(all) > maxDecided {
		return nil, desk.Refuse("the claim names %d targets that are watched, and %d are judged at once: ask for hosts", len(all), maxDecided)
	}
	return all, nil
}

// onClaim asks about one target of a claim.
func (a *asker) onClaim(ctx context.Context, c *store.KeptClaim, host string) (asking, error) {
	only := []store.KeptClaim{*c}
	q, err := a.question(ctx, host, only, hullOfClaims(only))
	q.claim = c
	return q, err
}

// hullOfClaims returns the time that claims speak of, and what lies around it; the zero span, which is all time, without a claim.
func hullOfClaims(all []store.KeptClaim) (s claim.Span) {
	for i := range all {
		when := all[i].Posted
		if when.IsZero() {
			when = all[i].Received
		}
		if s.From.IsZero() || when.Before(s.From) {
			s.From = when
		}
		if when.After(s.To) {
			s.To = when
		}
	}
	if len(all) > 0 {
		s = claim.Span{From: s.From.Add(-around), To: s.To.Add(around)}
	}
	return s
}

// question gathers what is said of a host: these claims, and lists of a time.
func (a *asker) question(ctx context.Context, host string, claims []store.KeptClaim, of claim.Span) (asking, error) {
	q := asking{Asked: Asked{Target: host, spoken: a.spoken, Lists: a.lists}, host: host, names: a.who.names(host), claims: claims}
	if s := a.who.site(host); s != nil {
		q.Target, q.watched, q.home = s.Host, true, a.who.homes[s.Host]
	}
	for i := range claims {
		q.Claims = append(q.Claims, toldOf(&claims[i]))
	}
	var err error
	if q.Listings, err = a.listingsOn(ctx, q.names, of); err != nil {
		return q, err
	}
	q.marks, err = a.marksOf(ctx, q.Target)
	q.Marks = reasonsOf(q.marks)
	return q, err
}

// listingsOn returns the listings of a host that overlap a time, the zero span for all time, each whole: the latest, and of those as many as are looked at.
func (a *asker) listingsOn(ctx context.Context, names []string, of claim.Span) (all []seawall.Listing, err error) {
	for _, name := range names {
		found, err := orders.Load(ctx, a.Store, store.SightingFilter{Host: name}, orders.Bare)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = slices.DeleteFunc(all, func(l seawall.Listing) bool {
		return of != claim.Span{} && (l.Last.Before(of.From) || l.First.After(of.To))
	})
	slices.SortStableFunc(all, func(a, b seawall.Listing) int { return a.Last.Compare(b.Last) })
	return all[max(0, len(all)-claim.MaxSources):], nil
}

// toldOf is a claim as the judge takes it.
func toldOf(c *store.KeptClaim) Told {
	return Told{At: c.Received, Claim: replay.Claim{
		PostedAt: c.Posted, DateOnly: c.Precision == seawall.PreciseDay, Precision: string(c.Precision), Kind: string(c.Kind), Claimant: c.Claimant,
		Proof: json.RawMessage(c.Results),
	}}
}

// sourceOfKept returns what a claim says of a target whose readers live in a country.
func sourceOfKept(c *store.KeptClaim, home string) claim.Source {
	told := toldOf(c)
	s, _ := sourceOf(told.At, &told.Claim, zoneOf(home))
	return s
}
