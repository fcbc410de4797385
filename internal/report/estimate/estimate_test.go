package estimate

import (
	"testing"

	"pgregory.net/rapid"
)

// TestBoundaries: what lies on a border belongs to the upper word, a tenth of a percent below it to the lower.
func TestBoundaries(t *testing.T) {
	for _, tt := range []struct {
		scale Scale
		p     float64
		want  string
	}{
		{ICD203, 0, "below almost no chance (ICD 203: 0 to 1 %)"},
		{ICD203, 0.009, "below almost no chance (ICD 203: 0 to 1 %)"},
		{ICD203, 0.01, "almost no chance (ICD 203: 1 to 5 %)"},
		{ICD203, 0.049, "almost no chance (ICD 203: 1 to 5 %)"},
		{ICD203, 0.05, "very unlikely (ICD 203: 5 to 20 %)"},
		{ICD203, 0.199, "very unlikely (ICD 203: 5 to 20 %)"},
		{ICD203, 0.2, "unlikely (ICD 203: 20 to 45 %)"},
		{ICD203, 0.449, "unlikely (ICD 203: 20 to 45 %)"},
		{ICD203, 0.45, "roughly even chance (ICD 203: 45 to 55 %)"},
		{ICD203, 0.549, "roughly even chance (ICD 203: 45 to 55 %)"},
		{ICD203, 0.55, "likely (ICD 203: 55 to 80 %)"},
		{ICD203, 0.799, "likely (ICD 203: 55 to 80 %)"},
		{ICD203, 0.8, "very likely (ICD 203: 80 to 95 %)"},
		{ICD203, 0.949, "very likely (ICD 203: 80 to 95 %)"},
		{ICD203, 0.95, "almost certain (ICD 203: 95 to 99 %)"},
		{ICD203, 0.99, "almost certain (ICD 203: 95 to 99 %)"},
		{ICD203, 0.991, "above almost certain (ICD 203: 99 to 100 %)"},
		{ICD203, 1, "above almost certain (ICD 203: 99 to 100 %)"},

		{PHIA, 0, "remote chance (PHIA Probability Yardstick: 0 to 5 %)"},
		{PHIA, 0.05, "remote chance (PHIA Probability Yardstick: 0 to 5 %)"},
		{PHIA, 0.051, "between remote chance and highly unlikely (PHIA Probability Yardstick: 5 to 10 %)"},
		{PHIA, 0.1, "highly unlikely (PHIA Probability Yardstick: 10 to 20 %)"},
		{PHIA, 0.2, "highly unlikely (PHIA Probability Yardstick: 10 to 20 %)"},
		{PHIA, 0.249, "between highly unlikely and unlikely (PHIA Probability Yardstick: 20 to 25 %)"},
		{PHIA, 0.25, "unlikely (PHIA Probability Yardstick: 25 to 35 %)"},
		{PHIA, 0.35, "unlikely (PHIA Probability Yardstick: 25 to 35 %)"},
		{PHIA, 0.399, "between unlikely and realistic possibility (PHIA Probability Yardstick: 35 to 40 %)"},
		{PHIA, 0.4, "realistic possibility (PHIA Probability Yardstick: 40 to 50 %)"},
		{PHIA, 0.5, "realistic possibility (PHIA Probability Yardstick: 40 to 50 %)"},
		{PHIA, 0.549, "between realistic possibility and likely (PHIA Probability Yardstick: 50 to 55 %)"},
		{PHIA, 0.55, "likely (PHIA Probability Yardstick: 55 to 75 %)"},
		{PHIA, 0.75, "likely (PHIA Probability Yardstick: 55 to 75 %)"},
		{PHIA, 0.799, "between likely and highly likely (PHIA Probability Yardstick: 75 to 80 %)"},
		{PHIA, 0.8, "highly likely (PHIA Probability Yardstick: 80 to 90 %)"},
		{PHIA, 0.9, "highly likely (PHIA Probability Yardstick: 80 to 90 %)"},
		{PHIA, 0.949, "between highly likely and almost certain (PHIA Probability Yardstick: 90 to 95 %)"},
		{PHIA, 0.95, "almost certain (PHIA Probability Yardstick: 95 to 100 %)"},
		{PHIA, 1, "almost certain (PHIA Probability Yardstick: 95 to 100 %)"},

		{Danish, 0, "usandsynligt (Seawall's own Danish scale: 0 to 10 %)"},
		{Danish, 0.099, "usandsynligt (Seawall's own Danish scale: 0 to 10 %)"},
		{Danish, 0.1, "mindre sandsynligt (Seawall's own Danish scale: 10 to 40 %)"},
		{Danish, 0.399, "mindre sandsynligt (Seawall's own Danish scale: 10 to 40 %)"},
		{Danish, 0.4, "muligt (Seawall's own Danish scale: 40 to 60 %)"},
		{Danish, 0.599, "muligt (Seawall's own Danish scale: 40 to 60 %)"},
		{Danish, 0.6, "sandsynligt (Seawall's own Danish scale: 60 to 90 %)"},
		{Danish, 0.899, "sandsynligt (Seawall's own Danish scale: 60 to 90 %)"},
		{Danish, 0.9, "meget sandsynligt (Seawall's own Danish scale: 90 to 100 %)"},
		{Danish, 1, "meget sandsynligt (Seawall's own Danish scale: 90 to 100 %)"},

		{ICD203, 0.19996, "unlikely (ICD 203: 20 to 45 %)"}, // it prints as 20.0 %
	} {
		if got := tt.scale.Of(tt.p).String(); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.p, got, tt.want)
		}
	}
}

// TestEveryProbability has a word whose range holds it, on every scale, and a greater one has no lower word.
func TestEveryProbability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		q := rapid.Float64Range(p, 1).Draw(t, "q")
		low, high := Words(p), Words(q)
		for i, w := range low {
			if w.Word == "" || 100*p < w.Low-0.05-1e-9 || 100*p > w.High+0.05+1e-9 {
				t.Errorf("%v: got %v", p, w)
			}
			if high[i].Low < w.Low {
				t.Errorf("%v is %v, and %v is %v", p, w, q, high[i])
			}
		}
	})
}
