package forecasts_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

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
	o := forecast.Options{Horizon: 7, Model: "plain", Seed: 1}
	for text, day := range map[string]*forecast.Day{"2024-05-31": &o.TrainUntil, "2024-06-01": &o.From, "2025-05-20": &o.To} {
		if *day, err = forecast.ParseDay(text); err != nil {
			t.Fatal(err)
		}
	}
	r, err := forecast.Backtest(h, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.N != 16302 || r.Events != 1602 || len(r.Countries) != 49 || r.Onset.N != 13731 || r.Onset.Events != 719 || r.DarkDays != 2 {
		t.Errorf("got %d rows, %d events, %d countries, %d onset rows with %d events", r.N, r.Events, len(r.Countries), r.Onset.N, r.Onset.Events)
	}
	for _, c := range []struct {
		name            string
		got, want, near float64
	}{
		{"brier of the reference", r.BrierReference, 0.08135, 5e-6},
		{"brier of persistence", r.BrierPersistence, 0.10091, 5e-6},
		{"brier of the rival", r.Brier, 0.06257, 5e-6},
		{"skill of the rival", r.Skill, 0.231, 5e-4},
		{"the same beside a model", r.Plain.Skill, 0.231, 5e-4},
		{"share of events", r.EventShare, 0.09827, 5e-6},
		{"gain of the rival over itself", r.GainOverPlain, 0, 1e-12},
		{"low end of the rival's skill", r.SkillInterval[0], 0.16, 0.01},
		{"high end of the rival's skill", r.SkillInterval[1], 0.31, 0.01},
		{"log score of the rival", r.LogScore.Model, 0.231, 1e-3}, // 0.2315 here
		{"calibration error of the rival", r.CalibrationError, 0.041, 5e-4},
		{"onset skill of the rival", r.Onset.Skill, 0.158, 5e-4},
	} {
		if math.Abs(c.got-c.want) > c.near {
			t.Errorf("%s: got %.5f, want %.5f", c.name, c.got, c.want)
		}
	}
}

// The day of a list is the date in its name, though the orders in it, which strangers write, say that it was made later.
func TestDayIsTheNames(t *testing.T) {
	folder := t.TempDir()
	made := time.Date(2024, 6, 1, 23, 0, 0, 0, time.UTC) // by Luxembourg's clock 2 June, 01:00
	list := fmt.Sprintf(`{"targets":[{"request_id":"%08x0000000000000000","host":"www.example.dk","type":"http","method":"GET","path":"/"}],"randoms":[]}`, made.Unix())
	if err := os.WriteFile(filepath.Join(folder, "2024-06-01_23-30-00.json"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	h, passed, err := forecasts.Read(t.Context(), []string{folder})
	if err != nil || passed != 0 || h.First.String() != "2024-06-01" || h.Last != h.First {
		t.Errorf("got days %v to %v, %d passed, error %v", h.First, h.Last, passed, err)
	}
}

// The model is better than the rival by more than chance, and within its bars, on lists that it did not learn from.
func TestModelHoldsItsBars(t *testing.T) {
	r, err := forecasts.Backtest(t.Context(), forecasts.Question{
		Lists: []string{filepath.Join(require.Data(t), "ddosia")}, TrainUntil: "2024-05-31", From: "2024-06-01", To: "2025-05-20", Horizon: 7, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Skill < 0.27 || r.GainInterval[0] <= 0 || r.Onset.Skill < 0.18 || r.CalibrationError > 0.02 {
		t.Errorf("skill %.3f, gain from %.5f, onset skill %.3f, calibration error %.3f", r.Skill, r.GainInterval[0], r.Onset.Skill, r.CalibrationError)
	}
	m := r.Murphy
	if got := m.Reliability - m.Resolution + m.Uncertainty + m.WithinBin; math.Abs(got-r.Brier) > 1e-9 {
		t.Errorf("Murphy's terms make %v, the Brier score is %v", got, r.Brier)
	}
}
