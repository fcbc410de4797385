package claims_test

import (
	"slices"
	"testing"

	"github.com/seawall-project/seawall/internal/claim"
)

// TestPhasesDoNotMatter: at which second of a minute each vantage asks, and who asks first, changes no verdict on what all of them saw. What only those
// abroad saw stays theirs.
func TestPhasesDoNotMatter(t *testing.T) {
	for _, after := range []map[string]int{
		{"cph": 0, "ams": 20, "fra": 40},
		{"cph": 20, "ams": 0, "fra": 40},
		{"cph": 40, "ams": 20, "fra": 0},
		{"cph": 0, "ams": 1, "fra": 2},
		{"cph": 59, "ams": 50, "fra": 55},
		{"cph": 30, "ams": 10, "fra": 50},
	} {
		for _, night := range []struct {
			finds finds
			want  claim.Word
		}{
			{during(720, 721, "http_503"), claim.Briefly},
			{during(720, 722, "http_503"), claim.Briefly},
			{during(720, 736, "http_503"), claim.Confirmed},
			{during(720, 722, "edge_block", "ams", "fra"), claim.Protected}, // in one minute alone two votes may lie in two rounds
			{during(720, 740, "http_4xx", "ams", "fra"), claim.Protected},
			{during(720, 740, "tcp_timeout", "ams", "fra"), claim.Protected},
		} {
			v := judged(t, scene{lines: []string{posted}, after: after, finds: night.finds}.text())
			abroad := slices.Contains(v.Findings, claim.GeoFilterAbroad)
			if v.Verdict != night.want || abroad != (night.want == claim.Protected) {
				t.Errorf("%v: got %v with %v, want %v", after, v.Verdict, v.Findings, night.want)
			}
		}
	}
}

// TestHomeFailedLongBefore: that home failed before a time without measurements says nothing of a filter abroad after it.
func TestHomeFailedLongBefore(t *testing.T) {
	for before, want := range map[int]claim.Word{719: claim.Briefly, 700: claim.Protected} {
		finds := func(minute int, place, _ string) string {
			switch {
			case minute == before && place == "cph":
				return "http_503"
			case minute > before && minute < 720:
				return "" // nobody asks
			case minute >= 720 && minute < 722 && place != "cph":
				return "tcp_timeout"
			}
			return "ok"
		}
		if v := judged(t, scene{lines: []string{posted}, finds: finds}.text()); v.Verdict != want {
			t.Errorf("home failed at %d: got %v with %v, want %v", before, v.Verdict, v.Findings, want)
		}
	}
}
