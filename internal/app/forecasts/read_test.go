package forecasts_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

// The definition E1-country-v1 has a known answer on the archive, and so has the plain rival.
func TestKnownAnswer(t *testing.T) {
	h, _, err := forecasts.Read(t.Context(), []string{filepath.Join(require.Data(t), "ddosia")})
	if err != nil {
		t.Fatal(err)
	}
	o := forecast.Options{Horizon: 7}
	for text, day := range map[string]*forecast.Day{"2024-05-31": &o.TrainUntil, "2024-06-01": &o.From, "2025-05-20": &o.To} {
		if *day, err = forecast.ParseDay(text); err != nil {
			t.Fatal(err)
		}
	}
	r, err := forecast.Backtest(h, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.N != 16302 || r.Events != 1602 || r.Countries != 49 || r.OnsetN != 13731 || r.OnsetEvents != 719 {
		t.Errorf("got %d rows, %d events, %d countries, %d onset rows with %d events", r.N, r.Events, r.Countries, r.OnsetN, r.OnsetEvents)
	}
	for _, c := range []struct {
		name            string
		got, want, near float64
	}{
		{"brier of the reference", r.BrierReference, 0.08135, 5e-6},
		{"brier of persistence", r.BrierPersistence, 0.10091, 5e-6},
		{"brier of the rival", r.Brier, 0.06257, 5e-6},
		{"skill of the rival", r.Skill, 0.231, 5e-4},
		{"log score of the rival", r.LogScore, 0.231, 1e-3}, // 0.2315 here
		{"calibration error of the rival", r.Calibration.Error, 0.041, 5e-4},
		{"onset skill of the rival", r.OnsetSkill, 0.158, 5e-4},
	} {
		if math.Abs(c.got-c.want) > c.near {
			t.Errorf("%s: got %.5f, want %.5f", c.name, c.got, c.want)
		}
	}
}
