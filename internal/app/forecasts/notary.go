package forecasts

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/store"
)

// notary knows from the ledger what was sealed when, and what became of it.
type notary struct {
	seals    map[uint64]*noted           // by entry
	resolved map[string]store.Resolution // by forecast: what was entered first
}

// noted is an entry of the ledger with seals: by ID, and its time.
type noted struct {
	at    time.Time
	seals map[string]ledger.Hash
}

// readAtOnce is how many entries of the ledger are read at once.
const readAtOnce = 1000

// newNotary reads the ledger. What was erased, or is not what it was signed for, holds nothing.
func (d *Desk) newNotary(ctx context.Context) (*notary, error) {
	n := &notary{seals: make(map[uint64]*noted), resolved: make(map[string]store.Resolution)}
	for next := uint64(1); ; {
		entries, err := d.Store.LedgerEntries(ctx, next, readAtOnce)
		if err != nil || len(entries) == 0 {
			return n, err
		}
		for i := range entries {
			if err := d.note(ctx, n, &entries[i]); err != nil {
				return n, err
			}
		}
		next = entries[len(entries)-1].Number + 1
	}
}

// note takes up an entry, if it is one of forecasts.
func (d *Desk) note(ctx context.Context, n *notary, e *ledger.Entry) error {
	if e.Kind != claims.KindForecast && e.Kind != claims.KindResolution || !e.Signed() {
		return nil
	}
	c, err := d.Store.LedgerContent(ctx, e.Number)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || !e.Holds(&c) {
		return err
	}
	if e.Kind == claims.KindForecast {
		n.sealed(e, c.Bytes)
	} else {
		n.became(e, c.Bytes)
	}
	return nil
}

func (n *notary) sealed(e *ledger.Entry, content []byte) {
	var s claims.Seals
	if json.Unmarshal(content, &s) != nil {
		return
	}
	x := &noted{at: e.At, seals: make(map[string]ledger.Hash, len(s.Seals))}
	for _, seal := range s.Seals {
		x.seals[seal.ID] = seal.Seal
	}
	n.seals[e.Number] = x
}

func (n *notary) became(e *ledger.Entry, content []byte) {
	var s claims.Resolutions
	if json.Unmarshal(content, &s) != nil {
		return
	}
	for _, r := range s.Resolutions {
		if _, known := n.resolved[r.ID]; !known {
			n.resolved[r.ID] = store.Resolution{Forecast: r.ID, At: e.At, Outcome: r.Outcome, Why: r.Why}
		}
	}
}

// wrong says what is not as the ledger has it; "" when everything is.
func (n *notary) wrong(k *store.KeptForecast, f *forecast.Forecast, unread error) string {
	e := n.seals[k.Entry]
	if e == nil {
		return "its entry of the ledger holds no seals"
	}
	seal, there := e.seals[k.ID]
	was, resolved := n.resolved[k.ID]
	switch {
	case !there:
		return "its entry of the ledger does not hold its seal"
	case unread != nil || f.ID != k.ID || seal != k.Seal || forecast.SealOf(k.Salt, k.Content) != k.Seal:
		return "its seal is not that of what it says"
	case resolved != (k.Resolution != nil):
		return "it is resolved in the store or in the ledger, and not in both"
	case resolved && (was.Outcome != k.Resolution.Outcome || was.Why != k.Resolution.Why || !was.At.Equal(k.Resolution.At)):
		return "it was resolved otherwise, as the ledger has it"
	}
	return ""
}

// settled returns a forecast with what its seal and its resolution are worth. What cannot be read any more has the store's word for what it was about.
func (n *notary) settled(k *store.KeptForecast) (s forecast.Settled, wrong string) {
	f, unread := forecast.Parse(k.Content)
	s.Forecast = f
	if e := n.seals[k.Entry]; e != nil {
		s.Sealed = e.at
	}
	wrong = n.wrong(k, &f, unread)
	s.Intact = wrong == ""
	if !s.Intact {
		s.ID, s.Event, s.Population = k.ID, forecast.Event(k.Event), forecast.Population{Kind: forecast.Kind(k.Kind), Name: k.Name}
		if s.By.Kind == "" {
			s.By = forecast.By{Kind: "unknown"}
		}
	}
	if k.Resolution != nil {
		s.Resolution = &forecast.Resolution{Outcome: forecast.Outcome(k.Resolution.Outcome), Why: k.Resolution.Why}
	}
	return s, wrong
}

// Verified is whether what is kept of forecasts is what the ledger has.
type Verified struct {
	Holds     bool     `json:"holds"`
	Forecasts int      `json:"forecasts"`
	Resolved  int      `json:"resolved"`
	Broken    []Broken `json:"broken"`
}

// Broken is a forecast that is not as the ledger has it.
type Broken struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// verify does [Verify].
func (d *Desk) verify(ctx context.Context, _ struct{}) (Verified, error) {
	out := Verified{Broken: []Broken{}}
	n, err := d.newNotary(ctx)
	if err != nil {
		return out, err
	}
	all, err := d.Store.Forecasts(ctx, store.ForecastFilter{})
	if err != nil {
		return out, err
	}
	out.Forecasts = len(all)
	kept := make(map[string]bool, len(all))
	for i := range all {
		kept[all[i].ID] = true
		if all[i].Resolution != nil {
			out.Resolved++
		}
		if _, wrong := n.settled(&all[i]); wrong != "" {
			out.Broken = append(out.Broken, Broken{all[i].ID, wrong})
		}
	}
	for _, id := range n.gone(kept) {
		out.Broken = append(out.Broken, Broken{id, "it was sealed, and is kept no more"})
	}
	out.Holds = len(out.Broken) == 0
	return out, nil
}

// gone returns the forecasts that were sealed and are not kept, in order.
func (n *notary) gone(kept map[string]bool) (all []string) {
	for _, e := range n.seals {
		for id := range e.seals {
			if !kept[id] {
				all = append(all, id)
			}
		}
	}
	slices.Sort(all)
	return all
}
