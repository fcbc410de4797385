package claims

import (
	"context"
	"slices"

	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// KindForecast is the kind of entries that hold seals of forecasts.
const KindForecast ledger.Kind = "forecast"

// KindResolution is the kind of entries that hold what became of forecasts.
const KindResolution ledger.Kind = "resolution"

// Resolutions is the content of such an entry, as docs/formats/forecast.md has it.
type Resolutions struct {
	Resolutions []ResolutionNoted `json:"resolutions"`
}

// ResolutionNoted is what became of one forecast.
type ResolutionNoted struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`
	Why     string `json:"why"`
}

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

// maxResolutions is how many resolutions one entry holds.
const maxResolutions = 1000

// ResolveForecasts notes in the ledger what became of forecasts, and keeps that with it, all or none. At is set, to the ledger's time. It fails when one
// of them is resolved already.
func (d *Desk) ResolveForecasts(ctx context.Context, all []store.Resolution) error {
	_, err := d.record(ctx, func(w *writer) error {
		for some := range slices.Chunk(all, maxResolutions) {
			var noted Resolutions
			for i := range some {
				noted.Resolutions = append(noted.Resolutions, ResolutionNoted{some[i].Forecast, some[i].Outcome, some[i].Why})
			}
			w.addJSON(KindResolution, noted)
			for i := range some {
				some[i].At = w.last.At
			}
		}
		w.step.Resolutions = all
		return nil
	})
	return err
}
