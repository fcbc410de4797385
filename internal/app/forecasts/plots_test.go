package forecasts_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/forecast"
)

func TestWritePlots(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "plots")
	r := forecast.Result{
		Model: "scales", N: 10, Bins: []forecast.Bin{{N: 10, MeanP: 0.25, Share: 0.3, Low: 0.2, High: 0.4}},
		Countries: []forecast.CountryResult{{Country: "aa", N: 100, Events: 20, Brier: 0.1, BrierReference: 0.2}},
	}
	for range 2 { // the second time they are replaced
		if err := forecasts.WritePlots(dir, &r); err != nil {
			t.Fatal(err)
		}
	}
	for name, shows := range map[string]string{"calibration.svg": `<circle cx="160" cy="320"`, "skill.svg": `>0.50</text>`} {
		svg, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(svg, []byte(shows)) {
			t.Errorf("%s: error %v, want %s in\n%s", name, err, shows, svg)
		}
	}
}
