package claims

import (
	"context"

	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// KindForecast is the kind of entries that hold seals of forecasts.
const KindForecast ledger.Kind = "forecast"

// Seals is the content of such an entry, as docs/formats/forecast.md has it.
type Seals struct {
	Seals []SealNoted `json:"seals"`
}

// SealNoted is the seal of one forecast, which lies beside the chain.
type SealNoted struct {
	ID   string      `json:"id"`
	Seal ledger.Hash `json:"seal"`
}

// SealForecasts notes the seals of forecasts in one entry of the ledger, and keeps them with it, all or none. Entry and Sealed are set. It fails when the
// window of one is open by the ledger's time.
func (d *Desk) SealForecasts(ctx context.Context, all []store.KeptForecast) error {
	_, err := d.record(ctx, func(w *writer) error {
		var noted Seals
		for i := range all {
			noted.Seals = append(noted.Seals, SealNoted{all[i].ID, all[i].Seal})
		}
		n := w.addJSON(KindForecast, noted)
		for i := range all {
			all[i].Entry, all[i].Sealed = n, w.last.At
		}
		w.step.Forecasts = all
		return nil
	})
	return err
}
