package probe

import (
	"context"
	"errors"
	"time"
)

// Of waiting for a budget.
const (
	// Patience is how long a turn may wait for its site's budget. Turns come at the pace of the budget: a late one is followed by one that is too
	// early, and several sites of one domain share what there is.
	Patience = Window
	// moment is how long before the budget has room a probe may begin: it looks up the name meanwhile. So what that takes does not add up from turn to
	// turn, until one is lost.
	moment    = time.Second
	lookAgain = time.Second // while waiting: a doubt may have raised the budget
)

// Wait returns true as soon as a probe of a site may begin: when a GET to it could be sent within a moment. It returns false at once when that takes
// longer than [Patience], and while the budget is held ([Budget.Hold]), so that not all begin when that ends; else when ctx ends first.
func (b *Budget) Wait(ctx context.Context, site string, now func() time.Time) bool {
	for end := now().Add(Patience); ; {
		at := now()
		over, ok := errors.AsType[*OverBudget](b.Room(site, at))
		if !ok {
			return true
		}
		wait := over.Free.Sub(at)
		switch {
		case wait <= moment:
			return true
		case over.held || over.Free.After(end):
			return false
		}
		if !sleep(ctx, min(wait-moment, lookAgain)) {
			return false
		}
	}
}

// sleep waits, and returns false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// begins returns nil when the budget has room for a GET to a place, or will have in a moment; else why not.
func (run *run) begins(at place) error {
	now := run.options.Now()
	err := run.options.Budget.Room(at.site(), now)
	if over, ok := errors.AsType[*OverBudget](err); ok && !over.held && over.Free.Sub(now) <= moment {
		return nil
	}
	return err
}

// pause waits for the moment by which a probe began before its budget had room, which is no part of the probe's own time. The gate decides.
func (run *run) pause(ctx context.Context, at place) {
	now := run.options.Now()
	over, ok := errors.AsType[*OverBudget](run.options.Budget.Room(at.site(), now))
	if !ok || over.held || over.Free.Sub(now) > moment {
		return
	}
	begin := time.Now()
	sleep(ctx, over.Free.Sub(now))
	run.waited += time.Since(begin)
}
