package probe

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Resolves tests the resolvers by names that answer for themselves, those of a vantage's sentinels: it asks each resolver for each of them, as a
// probe would its first one, and reports whether any was found by any. Name servers are not asked. A lone name may have gone by itself, so there
// it is enough that a resolver knows who serves the root. It is true when there is nothing to ask for: of targets that are addresses, or names that are
// not asked of DNS, nothing is known of the resolvers.
func (p *Prober) Resolves(ctx context.Context, targets ...Target) bool {
	names := p.names.askable(targets)
	switch {
	case len(names) == 0:
		return true
	case p.names.missing != nil:
		return false
	}
	var found atomic.Bool
	var asking sync.WaitGroup
	for _, name := range names {
		for _, server := range p.names.servers {
			asking.Go(func() {
				if p.names.ask(ctx, server, name, FamilyNone, p.names.limit*2/5).class == OK {
					found.Store(true)
				}
			})
		}
	}
	asking.Wait()
	return found.Load() || len(names) == 1 && p.names.alive(ctx)
}

// askable returns the names of targets that DNS is asked for, each once.
func (r *resolver) askable(targets []Target) []string {
	var names []string
	for _, t := range targets {
		at, err := parse(t.URL)
		if err == nil && !at.addr.IsValid() && !r.knows(at.host) && !slices.Contains(names, at.host) {
			names = append(names, at.host)
		}
	}
	return names
}
