package lookout

import (
	"context"
	"encoding/json"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Spend takes GETs out of a site's budget, for somebody who asks it beside the lookout.
var Spend = Op[Spending, Granted]{Name: "spend", Do: (*Desk).spend}

// Spending is what is asked for: whoever asks has a doubt, so the budget is that of doubt, as far as there may be one.
type Spending struct {
	Site string `json:"site"` // as [probe.Target.Site] names it
	GETs int    `json:"gets"`
}

// Granted is how many may be sent.
type Granted struct {
	GETs int `json:"gets"`
}

// personDoubts is how long a person's doubt raises a site's budget.
const personDoubts = time.Minute

func (d *Desk) spend(ctx context.Context, in Spending) (g Granted, err error) {
	if in.Site == "" || in.GETs < 1 || in.GETs > probe.DoubtGETs {
		return g, desk.Refuse("ask for 1 to %d requests to one site", probe.DoubtGETs)
	}
	now := d.Now()
	budget := d.Budget
	if budget == nil {
		if budget, err = d.keptBudget(ctx, in.Site, now); err != nil {
			return g, err
		}
	}
	budget.Doubt(in.Site, now, personDoubts)
	for g.GETs < in.GETs && budget.Take(in.Site, now) == nil {
		g.GETs++
	}
	use, ok := budget.Export(now)[in.Site]
	if !ok {
		return g, nil
	}
	doc, err := json.Marshal(use)
	if err != nil {
		return g, err
	}
	return g, d.Store.PutBudgets(ctx, []store.Budget{{Host: in.Site, At: now, Doc: doc}})
}

// keptBudget returns the budget of a site as the store has it.
func (d *Desk) keptBudget(ctx context.Context, site string, now time.Time) (*probe.Budget, error) {
	budget, err := probe.NewBudget(1)
	if err != nil {
		return nil, err
	}
	rows, err := d.Store.Budgets(ctx, now.Add(-budgetFor))
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		var use probe.SiteUse
		if r.Host == site && json.Unmarshal(r.Doc, &use) == nil {
			budget.Import(probe.BudgetState{site: use}, now)
		}
	}
	return budget, nil
}
