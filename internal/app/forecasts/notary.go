package forecasts

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/store"
)

// notary looks up in the ledger what was sealed when.
type notary struct {
	desk    *Desk
	entries map[uint64]*noted
}

// noted is an entry of the ledger: the seals that it holds, by ID, and its time.
type noted struct {
	at    time.Time
	seals map[string]ledger.Hash
}

// entry returns what an entry holds; nothing when it is none of forecasts, was erased, or is not what it was signed for.
func (n *notary) entry(ctx context.Context, number uint64) (*noted, error) {
	if e := n.entries[number]; e != nil {
		return e, nil
	}
	e := new(noted)
	n.entries[number] = e
	all, err := n.desk.Store.LedgerEntries(ctx, number, 1)
	if err != nil || len(all) != 1 || all[0].Number != number || all[0].Kind != claims.KindForecast || !all[0].Signed() {
		return e, err
	}
	c, err := n.desk.Store.LedgerContent(ctx, number)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return e, err
	}
	var s claims.Seals
	if err != nil || !all[0].Holds(&c) || json.Unmarshal(c.Bytes, &s) != nil {
		return e, nil //nolint:nilerr // erased, or not what was signed: it holds no seal
	}
	e.at, e.seals = all[0].At, make(map[string]ledger.Hash, len(s.Seals))
	for _, x := range s.Seals {
		e.seals[x.ID] = x.Seal
	}
	return e, nil
}

// settled returns a forecast with what its seal is worth. What cannot be read any more has the store's word for what it was about.
func (n *notary) settled(ctx context.Context, k *store.KeptForecast) (s forecast.Settled, err error) {
	e, err := n.entry(ctx, k.Entry)
	if err != nil {
		return s, err
	}
	f, wrong := forecast.Parse(k.Content)
	s.Forecast, s.Sealed = f, e.at
	seal, there := e.seals[k.ID]
	s.Intact = wrong == nil && there && seal == k.Seal && forecast.SealOf(k.Salt, k.Content) == k.Seal && f.ID == k.ID
	if !s.Intact {
		s.ID, s.Event, s.Population = k.ID, forecast.Event(k.Event), forecast.Population{Kind: forecast.Kind(k.Kind), Name: k.Name}
		if s.By.Kind == "" {
			s.By = forecast.By{Kind: "unknown"}
		}
	}
	if k.Resolution != nil {
		s.Resolution = &forecast.Resolution{Outcome: forecast.Outcome(k.Resolution.Outcome), Why: k.Resolution.Why}
	}
	return s, nil
}
