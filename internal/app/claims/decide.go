package claims

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/replay"
)

// Deciding asks for verdicts: on every target of a claim, or on a host, whoever names it.
type Deciding struct {
	Of string `json:"of"`
}

// Decided is what came of it.
type Decided struct {
	Verdicts []DecidedVerdict `json:"verdicts"`
	Notes    []string         `json:"notes"`
}

// DecidedVerdict is a verdict as it stands now.
type DecidedVerdict struct {
	ID      string    `json:"id"`
	Version int       `json:"version"`
	New     bool      `json:"new"` // false when it says what the version before said
	At      time.Time `json:"at"`
	Entry   uint64    `json:"entry"` // of the ledger
	Sealed
}

// Sealed is a verdict as the ledger holds it.
type Sealed struct {
	ID       string     `json:"id"`
	Version  int        `json:"version"`
	Claim    string     `json:"claim,omitempty"`
	Claimed  string     `json:"claimed,omitempty"` // the host as the claim spells it, where that is another than the target
	Verdict  Verdict    `json:"verdict"`
	Rounds   int        `json:"rounds"`
	Networks int        `json:"networks"`
	Received []string   `json:"received_under"` // labels under which what it rests on was given to us
	RestsOn  []uint64   `json:"rests_on"`       // entries of the ledger
	Evidence []Material `json:"evidence"`
}

// The limits of one question.
const (
	maxDecided = 200                 // targets of a claim that are watched
	around     = 15 * 24 * time.Hour // listings and claims that far from the question's own are looked at
)

// decide makes verdicts and keeps those that say something new.
func (d *Desk) decide(ctx context.Context, in Deciding) (Decided, error) {
	out := Decided{Verdicts: []DecidedVerdict{}, Notes: []string{}}
	asked, err := d.asked(ctx, in.Of)
	if err != nil {
		return out, err
	}
	judge := &Judge{Store: d.Store, Now: d.Now}
	for _, q := range asked {
		found, err := judge.VerdictOf(ctx, q.Asked)
		if errors.Is(err, ErrTooMuch) {
			return out, desk.Refuse("%v", err)
		}
		if err != nil {
			return out, err
		}
		out.Notes = append(out.Notes, found.Notes...)
		for i := range found.Verdicts {
			v := &found.Verdicts[i]
			if !q.speaksOf(v) {
				continue
			}
			kept, err := d.keepVerdict(ctx, &q, v)
			if err != nil {
				return out, err
			}
			out.Verdicts = append(out.Verdicts, kept)
		}
	}
	return out, nil
}

// asking is a question on one target.
type asking struct {
	Asked
	host   string           // as it was asked about or claimed; the target is the site's own name for it
	names  []string         // all that it is called
	claim  *store.KeptClaim // nil where a host is asked about
	claims []store.KeptClaim
	marks  []store.KeptMark
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

// asked returns the questions that somebody means.
func (d *Desk) asked(ctx context.Context, of string) ([]asking, error) {
	if isClaim(of) {
		return d.askedOfClaim(ctx, of)
	}
	host := asciiOf(hostOf(of))
	if host == "" {
		return nil, desk.Refuse("name a claim or a host")
	}
	all, err := d.claimsOn(ctx, host)
	if err != nil {
		return nil, err
	}
	q, err := d.question(ctx, host, all, d.named(ctx))
	if err != nil {
		return nil, err
	}
	if len(q.Claims) == 0 && len(q.Listings) == 0 {
		return nil, desk.Refuse("nobody claims %.80s, and no list that is known names it", host)
	}
	return []asking{q}, nil
}

// claimsOn returns the claims that name a host, by whatever name: the latest, and of those as many as are looked at.
func (d *Desk) claimsOn(ctx context.Context, host string) ([]store.KeptClaim, error) {
	who, err := d.roster(ctx)
	if err != nil {
		return nil, err
	}
	var all []store.KeptClaim
	for _, name := range who.names(host) {
		some, err := d.Store.Claims(ctx, store.ClaimFilter{Host: name, Limit: claim.MaxSources})
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
	var all []asking
	named := d.named(ctx)
	for _, t := range c.Targets {
		if t.Via == seawall.NotWatched && len(c.Targets) > maxDecided {
			continue // unknown, as all that is not watched
		}
		q, err := d.question(ctx, t.Host, []store.KeptClaim{c}, named)
		if err != nil {
			return nil, err
		}
		q.claim = &c
		all = append(all, q)
	}
	if len(all) > maxDecided {
		return nil, desk.Refuse("the claim names %d targets that are watched, and %d are judged at once: ask for hosts", len(all), maxDecided)
	}
	return all, nil
}

// question gathers what is said of a host.
func (d *Desk) question(ctx context.Context, host string, claims []store.KeptClaim, named func(site string, at time.Time) bool) (asking, error) {
	q := asking{Asked: Asked{Target: host, Named: named}, host: host, claims: claims}
	who, err := d.roster(ctx)
	if err != nil {
		return q, err
	}
	if s := who.site(host); s != nil {
		q.Target = s.Host
	}
	q.names = who.names(host)
	var since, until time.Time
	for i := range claims {
		c := &claims[i]
		q.Claims = append(q.Claims, toldOf(c))
		when := c.Posted
		if when.IsZero() {
			when = c.Received
		}
		if since.IsZero() || when.Before(since) {
			since = when
		}
		if when.After(until) {
			until = when
		}
	}
	if len(claims) > 0 {
		since, until = since.Add(-around), until.Add(around)
	}
	for _, name := range q.names {
		found, err := orders.Load(ctx, d.Store, store.SightingFilter{Host: name, Since: since, Until: until}, orders.Bare)
		if err != nil {
			return q, err
		}
		q.Listings = append(q.Listings, found...)
	}
	slices.SortStableFunc(q.Listings, func(a, b seawall.Listing) int { return a.Last.Compare(b.Last) })
	if n := len(q.Listings); n > claim.MaxSources {
		q.Listings = q.Listings[n-claim.MaxSources:]
	}
	if q.marks, err = d.marksOf(ctx, q.Target); err != nil {
		return q, err
	}
	q.Marks = reasonsOf(q.marks)
	lists, err := d.Store.OrderLists(ctx, "")
	for _, l := range lists {
		q.Lists = append(q.Lists, l.At)
	}
	return q, err
}

// toldOf is a claim as the judge takes it.
func toldOf(c *store.KeptClaim) Told {
	return Told{At: c.Received, Claim: replay.Claim{
		PostedAt: c.Posted, DateOnly: c.Precision == seawall.PreciseDay, Precision: string(c.Precision), Kind: string(c.Kind), Claimant: c.Claimant,
		Proof: json.RawMessage(c.Results),
	}}
}

// keepVerdict writes a version, with what it rests on, unless the version before says the same.
func (d *Desk) keepVerdict(ctx context.Context, q *asking, v *Verdict) (DecidedVerdict, error) {
	s := Sealed{Verdict: *v, Rounds: v.Rounds, Networks: v.Networks}
	s.Verdict.Sources = slices.Clone(v.Sources)
	for i := range s.Verdict.Sources {
		if s.Verdict.Sources[i].Kind != claim.List {
			s.Verdict.Sources[i].Name = "" // the claim says who; it can be erased
		}
	}
	feeds, err := orders.Labels(ctx, d.Store)
	if err != nil {
		return DecidedVerdict{}, err
	}
	s.Received = labelsOf(q.claims, q.Listings, feeds)
	began := v.Window.From
	for i, from := range v.Sources {
		if i == 0 || from.First.Before(began) {
			began = from.First
		}
	}
	if q.claim != nil {
		s.Claim = q.claim.ID
		if q.host != v.Target {
			s.Claimed = q.host
		}
	}
	s.ID = verdictID(s.Claim, v.Target, began)
	before, err := d.Store.Verdicts(ctx, s.ID, "", "")
	if err != nil {
		return DecidedVerdict{}, err
	}
	s.Version = len(before) + 1
	if len(before) > 0 {
		last := before[len(before)-1]
		was, err := sealedOf(&last)
		if err != nil {
			return DecidedVerdict{}, err
		}
		if sameVerdict(&was.Verdict, &s.Verdict) && sameMarks(was.Evidence, within(q.marks, v)) && slices.Equal(was.Received, s.Received) {
			return DecidedVerdict{ID: s.ID, Version: last.Version, At: last.At, Entry: last.Entry, Sealed: was}, nil
		}
		s.Evidence = was.Evidence // what is the same needs no second entry
	}
	materials, err := d.materials(ctx, q, v)
	if err != nil {
		return DecidedVerdict{}, err
	}
	out := DecidedVerdict{ID: s.ID, Version: s.Version, New: true}
	_, err = d.record(ctx, func(w *writer) error {
		s.seal(w, q, within(q.marks, v), materials)
		out.At, out.Entry = w.now, w.addJSON(kindVerdict, s)
		doc, err := json.Marshal(s)
		w.step.Verdicts = []store.KeptVerdict{{
			ID: s.ID, Version: s.Version, Claim: s.Claim, Target: v.Target, At: w.now, Entry: out.Entry, Doc: doc,
		}}
		return err
	})
	out.Sealed = s
	return out, err
}

// labelsOf returns the labels under which claims, and the lists of feeds, were given to us, each once, in order. Where sources of one host differ,
// all of their labels stand here, and the strictest holds. A list of which nobody said one has that of [orders.Labels]; a claim without one was given to
// us by nobody: somebody of ours saw it in public.
func labelsOf(all []store.KeptClaim, listings []seawall.Listing, feeds map[string]tlp.Label) []string {
	labels := []string{}
	for i := range all {
		if all[i].TLP != "" {
			labels = append(labels, all[i].TLP)
		}
	}
	for i := range listings {
		labels = append(labels, feeds[listings[i].Feed].String())
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

func sealedOf(v *store.KeptVerdict) (s Sealed, err error) {
	return s, json.Unmarshal(v.Doc, &s)
}

// sameMarks reports whether a version rests on these marks and no others.
func sameMarks(was []Material, marks []store.KeptMark) bool {
	var had []uint64
	for _, m := range was {
		if m.Kind == string(kindMark) {
			had = append(had, m.Entry)
		}
	}
	return slices.EqualFunc(had, marks, func(n uint64, m store.KeptMark) bool { return n == m.Entry })
}

// sameVerdict reports whether two verdicts say the same.
func sameVerdict(a, b *Verdict) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
