package forecast

import (
	"bytes"
	"crypto/sha256"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var opens = time.Date(2025, time.November, 17, 23, 0, 0, 0, time.UTC)

// aForecast is the forecast that docs/formats/forecast.md shows.
func aForecast() Forecast {
	return Forecast{
		ID: "f20251118-7d-e1-country-dk", Event: Listed, Population: Population{OfCountry, "dk"}, From: opens, Until: opens.AddDate(0, 0, 7),
		Source: "attack lists of these feeds in this store: example", Deadline: opens.AddDate(0, 0, 21), Probability: 0.4212, Low: 0.31, High: 0.541,
		Reference: 0.1, By: By{Model, "scales", "1"}, Made: opens.Add(-time.Hour), Known: opens.Add(-3 * time.Hour),
	}
}

// TestSealIsWhatTheFormatSays makes the seal once more, from the description alone.
func TestSealIsWhatTheFormatSays(t *testing.T) {
	const want = `seawall-forecast-1
f20251118-7d-e1-country-dk
E1
country
dk
2025-11-17T23:00:00.000Z
2025-11-24T23:00:00.000Z
attack lists of these feeds in this store: example
2025-12-08T23:00:00.000Z
0.421200
0.310000
0.541000
0.100000
model scales 1



2025-11-17T22:00:00.000Z
2025-11-17T20:00:00.000Z
`
	f := aForecast()
	if diff := cmp.Diff(want, string(f.Bytes())); diff != "" {
		t.Fatalf("the format changed (-want +got):\n%s", diff)
	}
	salt := [SaltSize]byte{1, 2, 3}
	sum := sha256.Sum256([]byte("seawall-forecast-seal-1\n" + string(salt[:]) + want))
	if got := SealOf(salt, f.Bytes()); got != sum {
		t.Errorf("got seal %s, want %x", got, sum)
	}
	got, err := Parse(f.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, got); diff != "" {
		t.Errorf("it comes back as another (-want +got):\n%s", diff)
	}
}

func TestCheckRefuses(t *testing.T) {
	for why, change := range map[string]func(f *Forecast){
		"not one of E1":        func(f *Forecast) { f.Event = "E4" },
		"not one of country":   func(f *Forecast) { f.Population.Kind = "world" },
		"is not called":        func(f *Forecast) { f.Population.Name = "d k" },
		"is none of up to":     func(f *Forecast) { f.Until = f.From },
		"up to 28 days":        func(f *Forecast) { f.Until = f.From.AddDate(0, 0, 29) },
		"open already":         func(f *Forecast) { f.Made = f.From },
		"after it was made":    func(f *Forecast) { f.Known = f.Made.Add(time.Second) },
		"before the window":    func(f *Forecast) { f.Deadline = f.Until.Add(-time.Second) },
		"probability of NaN":   func(f *Forecast) { f.Probability = math.NaN() },
		"reference of 1.1":     func(f *Forecast) { f.Reference = 1.1 },
		"is not within 0.5":    func(f *Forecast) { f.Low = 0.5 },
		"one line":             func(f *Forecast) { f.Reason = "one\ntwo" },
		"up to 1000":           func(f *Forecast) { f.Note = strings.Repeat("x", 1001) },
		"no ID":                func(f *Forecast) { f.ID = "" },
		"neither":              func(f *Forecast) { f.By.Kind = "oracle" },
		"a model has":          func(f *Forecast) { f.Of = "f1" },
		"an analyst has":       func(f *Forecast) { f.By.Kind = Analyst },
		"high end of +Inf":     func(f *Forecast) { f.High = math.Inf(1) },
		"the source of truth ": func(f *Forecast) { f.Source = " lists" },
	} {
		f := aForecast()
		change(&f)
		if err := f.Check(); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(why)) {
			t.Errorf("got error %v, want %q", err, why)
		}
	}
}

func TestNothingIsCertain(t *testing.T) {
	for _, p := range []float64{0, 1} {
		f := aForecast()
		f.Probability, f.Low, f.High = p, 0, 1
		if f = f.Rounded(); f.Probability <= 0 || f.Probability >= 1 || f.Check() != nil {
			t.Errorf("%v is kept as %v", p, f.Probability)
		}
	}
}

func FuzzParse(f *testing.F) {
	e := aForecast()
	f.Add(e.Bytes())
	e.By, e.Of, e.Reason = By{Analyst, "duty-officer", ""}, e.ID, "an invented reason"
	f.Add(e.Bytes())
	f.Add([]byte(Format + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Parse(b)
		if err != nil {
			return
		}
		if err := got.Check(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), b) {
			t.Fatalf("%q comes back as %q", b, got.Bytes())
		}
	})
}
