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
