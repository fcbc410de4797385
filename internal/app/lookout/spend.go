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
	Host string `json:"host"` // that is to be asked
	GETs int    `json:"gets"`
}

// Granted is how many may be sent, and what must not be asked.
type Granted struct {
	GETs   int                     `json:"gets"`
	OptOut []string                `json:"opt_out"` // hosts whose owners want no probes
	Listed map[string]probe.Listed `json:"listed"`  // what attack orders name of hosts in the host's registrable domain
}

// Rules returns what must not be asked, for a prober of the host.
func (g *Granted) Rules() probe.Rules { return probe.Rules{OptOut: g.OptOut, Listed: g.Listed} }

// personDoubts is how long a person's doubt raises a site's budget.
const personDoubts = time.Minute

func (d *Desk) spend(ctx context.Context, in Spending) (g Granted, err error) {
	if in.Site == "" || in.GETs < 1 || in.GETs > probe.DoubtGETs {
		return g, desk.Refuse("ask for 1 to %d requests to one site", probe.DoubtGETs)
	}
	if out, err := d.rules(ctx, in.Host, &g); err != nil || out {
		return g, err // nothing is sent to whoever has opted out, so nothing is taken from the budget
	}
	now := d.Now()
	budget := d.Budget
	if budget == nil {
		if budget, err = d.keptBudget(ctx, now); err != nil {
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

// rules fills in what must not be asked, and reports whether the host has opted out. Where it cannot be read nothing is granted.
func (d *Desk) rules(ctx context.Context, host string, g *Granted) (out bool, err error) {
	outs, err := d.Store.OptOuts(ctx)
	if err != nil {
		return false, err
	}
	g.OptOut = hostsOf(outs)
	if d.Listed != nil && host != "" {
		g.Listed, err = d.Listed(ctx, d.Store, host)
	}
	return leavers(outs).whose(host) != "", err
}

// keptBudget returns the budget as the store has it, where no lookout runs.
func (d *Desk) keptBudget(ctx context.Context, now time.Time) (*probe.Budget, error) {
	budget, err := probe.NewBudget(1)
	if err != nil {
		return nil, err
	}
	kept, err := budgetsIn(ctx, d.Store, now)
	kept.into(budget, now)
	return budget, err
}
