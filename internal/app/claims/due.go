package claims

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
)

// How claims and listings of watched sites are judged by themselves.
const (
	afterClose = time.Hour          // after the window: what agents could not hand over at once has come by then
	dueFor     = 7 * 24 * time.Hour // what came in before, and was never judged, waits until somebody asks
	dueEvery   = 5 * time.Minute
	dueAtOnce  = 10   // questions that are judged in one step
	dueLooked  = 1000 // of which it is looked whether they were judged in one step
	dueClaims  = 1000 // that name a site by one of its names, the latest
	dueADay    = 24   // new versions on claims on one site: each seals what was measured in its window
)

// due is a question whose time has come.
type due struct {
	id    string    // of the verdict; of a listing, of the site and its last sighting
	site  string    // its host
	host  string    // as it is claimed, or the site's
	claim string    // "" for a listing
	came  time.Time // of a claim
	last  time.Time // of a listing
}

// dueJudge makes verdicts when windows close.
type dueJudge struct {
	desk   *Desk
	logger *slog.Logger
	rests  map[string]time.Time   // what is due, and until when it is not looked at again: what came to nothing keeps no other waiting
	made   map[string][]time.Time // by site, when claims were judged anew
}

func newDueJudge(d *Desk, logger *slog.Logger) *dueJudge {
	return &dueJudge{desk: d, logger: logger, rests: make(map[string]time.Time), made: make(map[string][]time.Time)}
}

// run judges what is due every few minutes until ctx ends.
func (j *dueJudge) run(ctx context.Context) {
	t := time.NewTicker(dueEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := j.step(ctx); err != nil && ctx.Err() == nil {
			j.logger.Error("what is claimed could not be judged", slog.Any("error", err))
		}
	}
}

// step judges what is due and was not judged, [dueAtOnce] questions at most. What cannot be judged is logged, and tried again in an hour.
func (j *dueJudge) step(ctx context.Context) error {
	now := j.desk.Now().UTC()
	maps.DeleteFunc(j.rests, func(_ string, until time.Time) bool { return !now.Before(until) })
	for site, made := range j.made {
		j.made[site] = slices.DeleteFunc(made, func(t time.Time) bool { return now.Sub(t) >= daily })
	}
	a, err := j.desk.asker(ctx)
	if err != nil {
		return err
	}
	all, err := a.due(ctx, now)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(x due) bool { return j.waits(&x) })
	asked := 0
	for i := range all[:min(len(all), dueLooked)] {
		x := &all[i]
		if j.waits(x) {
			continue
		}
		rest, err := a.rest(ctx, x, now)
		if err != nil {
			return err
		}
		if rest > 0 {
			j.rests[x.id] = now.Add(rest)
			continue
		}
		if asked++; asked > dueAtOnce {
			return nil
		}
		j.rests[x.id] = now.Add(again)
		switch done, err := j.judge(ctx, a, x, now); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			j.logger.Error("what is claimed could not be judged", slog.String("of", x.id), slog.Any("error", err))
		case done:
			j.rests[x.id] = now.Add(dueFor)
		}
	}
	return nil
}

// waits reports whether something that is due is not looked at now: it rests, or enough claims on its site were judged for a day.
func (j *dueJudge) waits(x *due) bool {
	_, rests := j.rests[x.id]
	return rests || x.claim != "" && len(j.made[x.site]) >= dueADay
}

// judge has a question answered, and reports whether the answer is one for good.
func (j *dueJudge) judge(ctx context.Context, a *asker, x *due, now time.Time) (done bool, err error) {
	q, wanted, err := a.dueQuestion(ctx, x, now)
	if err != nil || q == nil {
		return err == nil, err
	}
	kept, _, err := j.desk.answer(ctx, q, wanted)
	if errors.Is(err, store.ErrNotFound) {
		err = nil // what it rests on was erased meanwhile
	}
	for i := range kept {
		done = now.Sub(kept[i].Verdict.Window.To) >= afterClose
		if !kept[i].New {
			continue
		}
		if x.claim != "" {
			j.made[x.site] = append(j.made[x.site], now)
		}
		j.logger.Info("what is claimed was judged", slog.String("verdict", kept[i].ID), slog.Int("version", kept[i].Version))
	}
	return done, err
}

// dueQuestion returns the question, and which of the verdicts on it are wanted: of a listing that on the attack that its last sighting speaks of. It is nil
// where the claim does not name the host any more.
func (a *asker) dueQuestion(ctx context.Context, x *due, now time.Time) (*asking, func(*Verdict) bool, error) {
	if x.claim != "" {
		c, err := a.Store.Claim(ctx, x.claim) // others were judged since it was looked at
		if err != nil || !c.Erased.IsZero() || !slices.ContainsFunc(c.Targets, func(t seawall.ClaimTarget) bool { return t.Host == x.host }) {
			return nil, nil, err
		}
		q, err := a.onClaim(ctx, &c, x.host)
		return &q, q.speaksOf, err
	}
	all, err := a.claimsOn(ctx, x.host)
	if err != nil {
		return nil, nil, err
	}
	listings, err := a.listingsOn(ctx, a.who.names(x.host), claim.Span{From: x.last, To: x.last})
	if err != nil {
		return nil, nil, err
	}
	h := claim.Span{From: x.last, To: now}
	for i := range listings {
		if first := listings[i].First; first.Before(h.From) {
			h.From = first
		}
	}
	h.From = h.From.Add(-around)
	all = slices.DeleteFunc(all, func(c store.KeptClaim) bool { return c.Received.Before(h.From) })
	q, err := a.question(ctx, x.host, all, h)
	return &q, func(v *Verdict) bool {
		return v.Window.holds(x.last) && now.Sub(v.Window.To) >= afterClose
	}, err
}

// due returns what is claimed of watched sites and what lists name them, where the window closed an hour ago: claims, the latest before others, and listings
// in turn.
func (a *asker) due(ctx context.Context, now time.Time) ([]due, error) {
	claimed, err := a.dueClaims(ctx, now)
	if err != nil {
		return nil, err
	}
	listed, err := a.dueListings(ctx, now)
	var all []due
	for i := range max(len(claimed), len(listed)) {
		if i < len(claimed) {
			all = append(all, claimed[i])
		}
		if i < len(listed) {
			all = append(all, listed[i]) // after the claim: a verdict on that may be on this too
		}
	}
	return all, err
}

func (a *asker) dueListings(ctx context.Context, now time.Time) (all []due, err error) {
	last := make(map[string]time.Time) // by host of a site
	err = a.Store.Sightings(ctx, store.SightingFilter{Since: now.Add(-dueFor), Until: now}, func(s store.OrderSighting) error {
		if site := a.who.site(s.Host); site != nil && s.At.After(last[site.Host]) {
			last[site.Host] = s.At
		}
		return nil
	})
	for _, host := range slices.Sorted(maps.Keys(last)) {
		w := claim.Source{Kind: claim.List, First: last[host], Last: last[host]}.Window()
		if now.Sub(w.To) >= afterClose {
			all = append(all, due{id: verdictID("", host, last[host]), site: host, host: host, last: last[host]})
		}
	}
	return all, err
}

// dueClaims asks for what names watched sites, and for nothing else: however much is claimed of others, it keeps none of these waiting.
func (a *asker) dueClaims(ctx context.Context, now time.Time) (all []due, err error) {
	since := now.Add(-store.KeepResults)
	if some, err := a.Store.Claims(ctx, store.ClaimFilter{Since: since, Standing: true, Bare: true, Limit: 1}); err != nil || len(some) == 0 {
		return nil, err // the usual case: not every site need be asked about
	}
	known := make(map[string]bool)
	for i := range a.who.sites {
		site := a.who.sites[i].Host
		for _, name := range a.who.names(site) {
			if a.who.known(name) != site {
				continue // a site of its own
			}
			f := store.ClaimFilter{Host: name, Since: since, Standing: true, Bare: true, Limit: dueClaims}
			some, err := a.Store.Claims(ctx, f)
			if err != nil {
				return nil, err
			}
			for i := range some {
				c := &some[i]
				x := due{id: verdictID(c.ID, site, time.Time{}), site: site, host: name, claim: c.ID, came: c.Received}
				if !known[x.id] && now.Sub(sourceOfKept(c, a.who.homes[site]).Window().To) >= afterClose {
					known[x.id] = true
					all = append(all, x)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(x, y due) int { return y.came.Compare(x.came) })
	return all, nil
}

// rest returns for how long the verdict that there is stands, whoever asked for it; 0 when there is none, or none any more. One on a claim that was
// preliminary stands until its windows, which lists may have made longer, have closed for an hour, and is made anew also when the claim came in so long ago
// that nobody would judge it. A listing needs none where one on the site, on a claim or not, holds its last sighting.
func (a *asker) rest(ctx context.Context, x *due, now time.Time) (time.Duration, error) {
	id, target := x.id, ""
	if x.claim == "" {
		id, target = "", x.host
	}
	kept, err := a.Store.Verdicts(ctx, id, "", target)
	if err != nil {
		return 0, err
	}
	for _, k := range slices.Backward(kept) {
		s, err := sealedOf(&k)
		if err != nil {
			return 0, err
		}
		closes := s.Verdict.Window.To.Add(afterClose)
		early := s.Verdict.NotYet || k.At.Before(closes)
		switch {
		case x.claim != "" && early: // the last version
			return max(0, closes.Sub(now)), nil
		case x.claim != "", !early && s.Verdict.Window.holds(x.last):
			return dueFor, nil
		}
	}
	if x.claim != "" && now.Sub(x.came) >= dueFor {
		return dueFor, nil
	}
	return 0, nil
}
