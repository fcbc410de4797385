package lookout

import (
	"context"
	"encoding/json"
	"slices"
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
	if d.Budget == nil {
		err = d.spendKept(ctx, in, now, &g)
		return g, err
	}
	g.GETs = in.take(d.Budget, now)
	row, ok, err := in.row(d.Budget, now)
	if err != nil || !ok {
		return g, err
	}
	return g, d.Store.PutBudgets(ctx, []store.Budget{row})
}

// take takes from a budget, and returns how many GETs may be sent.
func (in *Spending) take(b *probe.Budget, now time.Time) (gets int) {
	b.Doubt(in.Site, now, personDoubts)
	for gets < in.GETs && b.Take(in.Site, now) == nil {
		gets++
	}
	return gets
}

// row returns what is kept of the site's budget, and false when nothing has to be.
func (in *Spending) row(b *probe.Budget, now time.Time) (row store.Budget, ok bool, err error) {
	use, ok := b.Export(now)[in.Site]
	if !ok {
		return row, false, nil
	}
	doc, err := json.Marshal(use)
	return store.Budget{Host: in.Site, At: now, Doc: doc}, true, err
}

// spendKept takes from the budget as the store has it, where no lookout runs. Commands that do so at once do it one after the other.
func (d *Desk) spendKept(ctx context.Context, in Spending, now time.Time, g *Granted) error {
	kept, err := budgetsIn(ctx, d.Store, now)
	if err != nil {
		return err
	}
	seats, err := seatsIn(ctx, d.Store, now)
	if err != nil {
		return err
	}
	return d.Store.ChangeBudget(ctx, in.Site, func(was store.Budget) (store.Budget, error) {
		budget, err := probe.NewBudget(seats)
		if err != nil {
			return was, err
		}
		kept.note(was)
		kept.into(budget, now)
		g.GETs = in.take(budget, now)
		row, ok, err := in.row(budget, now)
		if !ok {
			return was, err
		}
		return row, err
	})
}

// asksOn is how long a vantage elsewhere that was removed may still ask: its assignment holds for ten minutes, when nobody takes it back.
const asksOn = 12 * time.Minute

// seatsIn returns how many share a site's budget, by the store: vantages elsewhere ask on for a while when the lookout has ended, so they keep their parts.
func seatsIn(ctx context.Context, db store.Vantages, now time.Time) (int, error) {
	all, err := db.Vantages(ctx)
	if slices.ContainsFunc(all, func(v store.Vantage) bool {
		return v.PublicKey != "" && (v.Removed.IsZero() || now.Sub(v.Removed) < asksOn)
	}) {
		return seatsInAll, err
	}
	return 1, err
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
