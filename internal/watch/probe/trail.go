package probe

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// Of trails.
const (
	trailFor  = time.Hour        // a chain of redirects is followed anew from its start after as long
	resumeFor = 15 * time.Minute // one that the budget interrupted goes on within as long
	maxTrails = 20_000
)

// trail is a chain of redirects that begins at a target, as far as it was followed.
type trail struct {
	chain  []place   // without the target; empty at its start
	begun  time.Time // when it was followed from its start
	whole  bool      // the last place answered: that is where the target's page is; else the chain is gone on with from there
	failed bool      // it answered badly since, and whether the chain still leads there was looked up
}

// trails remembers, for a prober that is to, where targets lead. One asked for there directly takes one GET in place of one for each redirect: where
// several vantages share a site's budget, each has one a minute.
type trails struct {
	mu  sync.Mutex
	all map[trailKey]trail
}

type trailKey struct {
	url, page string
	family    Family
}

func (t Target) key() trailKey { return trailKey{t.URL, t.Page, t.Family} }

// last returns the place to be asked next.
func (w *trail) last(from place) place {
	if n := len(w.chain); n > 0 {
		return w.chain[n-1]
	}
	return from
}

// resume returns the trail on which a probe goes on: from the start, unless the site's home page is known to be elsewhere, or the budget ended the
// last probe on the way. What must not be asked any more, or belongs to another site, is forgotten.
func (run *run) resume() trail {
	now := run.options.Now()
	fresh := trail{begun: now}
	if run.trails == nil {
		return fresh
	}
	run.trails.mu.Lock()
	way, known := run.trails.all[run.target.key()]
	run.trails.mu.Unlock()
	if !known {
		return fresh
	}
	if slices.ContainsFunc(way.chain, func(at place) bool { return run.forbids(at) != "" || !run.target.home(run.from, at) }) {
		return fresh
	}
	fresh.failed = way.failed
	longest := trailFor
	if !way.whole {
		longest = resumeFor
	}
	if len(way.chain) == 0 || now.Sub(way.begun) >= longest {
		return fresh
	}
	return way
}

// forget drops what is known of where a target leads.
func (run *run) forget() {
	run.trails.mu.Lock()
	defer run.trails.mu.Unlock()
	delete(run.trails.all, run.target.key())
}

// remember notes where a probe ended. From a place that stopped answering well the chain is followed anew, once. The place that leads to another
// site, or round in a circle, is asked again, so that this too is found with one GET a minute.
func (run *run) remember(way trail, direct bool, f *failure) {
	_, over := errors.AsType[*OverBudget](f.err)
	run.r.OverBudget = over && f.class == RefusedTarget
	if run.trails == nil {
		return
	}
	run.trails.mu.Lock()
	defer run.trails.mu.Unlock()
	key := run.target.key()
	switch {
	case run.r.OverBudget && (direct || len(way.chain) == 0):
		return // nothing was found out
	case run.r.OverBudget:
		way.whole = false
	case f.class == RefusedTarget || f.class == RedirectLoop && over || len(way.chain) == 0:
		delete(run.trails.all, key) // the next begins at the start
		return
	case f.class == RedirectForeign || f.class == RedirectLoop:
		way.whole = false
	default:
		if way.whole = true; f.class != OK && direct && !way.failed {
			way.begun = time.Time{}
		}
		way.failed = f.class != OK
	}
	if len(run.trails.all) >= maxTrails {
		long := run.options.Now().Add(-2 * trailFor) // nobody has asked there since
		maps.DeleteFunc(run.trails.all, func(_ trailKey, w trail) bool { return w.begun.Before(long) })
	}
	if _, known := run.trails.all[key]; known || len(run.trails.all) < maxTrails {
		way.chain = slices.Clone(way.chain)
		run.trails.all[key] = way
	}
}
