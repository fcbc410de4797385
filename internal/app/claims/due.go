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
	dueFor     = 7 * 24 * time.Hour // what came in before waits until somebody asks
	dueEvery   = 5 * time.Minute
	dueAtOnce  = 10     // questions that are judged in one step
	dueLooked  = 1000   // of which it is looked whether they were judged in one step
	dueClaims  = 1000   // that are looked at, the latest
	dueMost    = 10_000 // questions that wait
)

// due is a question whose time has come.
type due struct {
	id    string           // of the verdict; of a listing, of the site and its last sighting
	host  string           // as it is claimed, or the site's
	claim *store.KeptClaim // nil for a listing
	last  time.Time        // of a listing
}

// dueJudge makes verdicts when windows close.
type dueJudge struct {
	desk   *Desk
	logger *slog.Logger
	rests  map[string]time.Time // what is due, and until when it is not looked at again: what came to nothing keeps no other waiting
}

func newDueJudge(d *Desk, logger *slog.Logger) *dueJudge {
	return &dueJudge{desk: d, logger: logger, rests: make(map[string]time.Time)}
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
	a, err := j.desk.asker(ctx)
	if err != nil {
		return err
	}
	all, err := a.due(ctx, now)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(x due) bool { _, rests := j.rests[x.id]; return rests })
	asked := 0
	for i := range all[:min(len(all), dueLooked)] {
		x := &all[i]
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
		if err := j.judge(ctx, a, x, now); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			j.logger.Error("what is claimed could not be judged", slog.String("of", x.id), slog.Any("error", err))
		}
	}
	return nil
}

func (j *dueJudge) judge(ctx context.Context, a *asker, x *due, now time.Time) error {
	if x.claim != nil {
		c, err := j.desk.Store.Claim(ctx, x.claim.ID) // others were judged since it was read
		if err != nil {
			return err
		}
		if x.claim = &c; !c.Erased.IsZero() || !slices.ContainsFunc(c.Targets, func(t seawall.ClaimTarget) bool { return t.Host == x.host }) {
			return nil
		}
	}
	q, wanted, err := a.dueQuestion(ctx, x, now)
	if err != nil {
		return err
	}
	kept, _, err := j.desk.answer(ctx, &q, wanted)
	if errors.Is(err, store.ErrNotFound) {
		err = nil // what it rests on was erased meanwhile
	}
	for i := range kept {
		if kept[i].New {
			j.logger.Info("what is claimed was judged", slog.String("verdict", kept[i].ID), slog.Int("version", kept[i].Version))
		}
	}
	return err
}

// dueQuestion returns the question, and which of the verdicts on it are wanted: of a listing that on the attack that its last sighting speaks of.
func (a *asker) dueQuestion(ctx context.Context, x *due, now time.Time) (asking, func(*Verdict) bool, error) {
	if x.claim != nil {
		q, err := a.onClaim(ctx, x.claim, x.host)
		return q, q.speaksOf, err
	}
	all, err := a.claimsOn(ctx, x.host)
	if err != nil {
		return asking{}, nil, err
	}
	h := claim.Span{From: x.last.Add(-around), To: now}
	all = slices.DeleteFunc(all, func(c store.KeptClaim) bool { return c.Received.Before(h.From) })
	q, err := a.question(ctx, x.host, all, h)
	return q, func(v *Verdict) bool {
		return v.Window.holds(x.last) && now.Sub(v.Window.To) >= afterClose
	}, err
}

// due returns what is claimed of watched sites and what lists name them, where the window closed an hour ago: claims first, the latest before others.
func (a *asker) due(ctx context.Context, now time.Time) ([]due, error) {
	all, err := a.dueClaims(ctx, now)
	if err != nil {
		return nil, err
	}
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
			all = append(all, due{id: verdictID("", host, last[host]), host: host, last: last[host]})
		}
	}
	return all[:min(len(all), dueMost)], err
}

func (a *asker) dueClaims(ctx context.Context, now time.Time) ([]due, error) {
	kept, err := a.Store.Claims(ctx, store.ClaimFilter{Since: now.Add(-dueFor), Limit: dueClaims})
	if err != nil {
		return nil, err
	}
	var all []due
	for i := range kept {
		c := &kept[i]
		if !c.Erased.IsZero() {
			continue
		}
		told := toldOf(c)
		for _, t := range c.Targets {
			site := a.who.site(t.Host)
			if site == nil {
				continue
			}
			s, _ := sourceOf(told.At, &told.Claim, zoneOf(a.who.homes[site.Host]))
			if ends := s.Window().To; now.Sub(ends) >= afterClose {
				all = append(all, due{id: verdictID(c.ID, site.Host, time.Time{}), host: t.Host, claim: c})
			}
		}
	}
	return all, nil
}

// rest returns for how long the verdict that there is stands, whoever asked for it; 0 when there is none, or none any more. One on a claim that was
// preliminary, because lists went on, stands until these have closed. A listing needs none where one on the site, on a claim or not, holds its last
// sighting.
func (a *asker) rest(ctx context.Context, x *due, now time.Time) (time.Duration, error) {
	id, target := x.id, ""
	if x.claim == nil {
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
		switch v := &s.Verdict; {
		case x.claim != nil && v.NotYet: // the last version
			return max(0, v.Window.To.Add(afterClose).Sub(now)), nil
		case x.claim != nil, !v.NotYet && v.Window.holds(x.last):
			return dueFor, nil
		}
	}
	return 0, nil
}
