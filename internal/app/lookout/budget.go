package lookout

import (
	"context"
	"encoding/json"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// budgetFor is how long what was spent matters: a whole doubt, and the pause after it.
const budgetFor = probe.Window + 2*probe.LongDoubt

// running is the host under which the store keeps whether a lookout has ended as it should. No site has that name.
const running = ""

// course is what is kept under it.
type course struct {
	Ended bool `json:"ended"` // nothing can have been sent since
}

// keepBudget keeps what was spent at sites, so that a restart is no new budget, and whether that was the end.
func (l *Lookout) keepBudget(ctx context.Context, ended bool) {
	now := l.Now()
	state := l.Prober.Budget().Export(now)
	rows := make([]store.Budget, 0, len(state)+1)
	for host, use := range state {
		rows = append(rows, store.Budget{Host: host, At: now, Doc: l.doc(use)})
	}
	rows = append(rows, store.Budget{Host: running, At: now, Doc: l.doc(course{ended})})
	if err := l.Store.PutBudgets(ctx, rows); err != nil {
		l.lost(ctx, "budgets", err)
	}
}

// recallBudget takes up what was spent before a restart. Where the program did not end as it should that is not known, and nothing is asked until it
// can no longer matter.
func (l *Lookout) recallBudget(ctx context.Context) error {
	now := l.Now()
	kept, err := budgetsIn(ctx, l.Store, now)
	if err != nil {
		return err
	}
	kept.into(l.Prober.Budget(), now)
	l.keepBudget(ctx, false)
	return nil
}

// keptBudgets is what the store says of what was spent.
type keptBudgets struct {
	state probe.BudgetState
	since time.Time // what was sent from then on is not known; zero where all of it is
}

func budgetsIn(ctx context.Context, db store.Budgets, now time.Time) (k keptBudgets, err error) {
	rows, err := db.Budgets(ctx, now.Add(-budgetFor))
	k.state = make(probe.BudgetState, len(rows))
	for _, r := range rows {
		if r.Host == running {
			var c course
			if json.Unmarshal(r.Doc, &c) != nil || !c.Ended {
				k.since = r.At
			}
			continue
		}
		k.note(r)
	}
	return k, err
}

// note takes up what is kept of a site, if anything.
func (k *keptBudgets) note(r store.Budget) {
	var use probe.SiteUse
	if json.Unmarshal(r.Doc, &use) == nil {
		k.state[r.Host] = use
	}
}

// into adds it to a budget. A lookout that ran on after what it kept last would have kept more before long, so it ended soon after.
func (k *keptBudgets) into(b *probe.Budget, now time.Time) {
	b.Import(k.state, now)
	if k.since.IsZero() {
		return
	}
	if end := k.since.Add(2 * learnEvery); end.Before(now) {
		b.Hold(end)
		return
	}
	b.Hold(now)
}
