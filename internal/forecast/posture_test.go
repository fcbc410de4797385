package forecast

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPosture(t *testing.T) {
	now := opens
	for name, tt := range map[string]struct {
		ahead Ahead
		want  Level
	}{
		"nothing":                {Ahead{}, Calm},
		"very unlikely":          {Ahead{Probability: 0.199, Election: true}, Calm},
		"an election":            {Ahead{Probability: 0.2, Election: true}, Raised},
		"unlikely":               {Ahead{Probability: 0.499}, Calm},
		"likely":                 {Ahead{Probability: 0.5}, Raised},
		"likely, and election":   {Ahead{Probability: 0.5, Election: true}, High},
		"named a year ago":       {Ahead{Probability: 0.2, Named: now.AddDate(0, 0, -366)}, Calm},
		"named within a year":    {Ahead{Probability: 0.2, Named: now.AddDate(0, 0, -365)}, Raised},
		"named, likely":          {Ahead{Probability: 0.5, Named: now.AddDate(0, 0, -30)}, High},
		"named now":              {Ahead{Named: now.Add(-26 * time.Hour)}, High},
		"named before 26 hours":  {Ahead{Named: now.Add(-26*time.Hour - time.Second)}, Calm},
		"all of it but not now ": {Ahead{Probability: 1, Election: true, Named: now.AddDate(0, 0, -2)}, High},
	} {
		h := Posture("www.example.org", now, tt.ahead)
		if h.Level != tt.want || (len(h.Proposes) == 0) != (h.Level == Calm) {
			t.Errorf("%s: got %+v, want %s", name, h, tt.want)
		}
		drafts := slices.ContainsFunc(h.Proposes, func(s string) bool { return strings.Contains(s, "drafts") })
		if drafts != (h.Level != Calm && !tt.ahead.Named.IsZero()) {
			t.Errorf("%s: drafts are proposed for a site that no list has named, or not for one: %q", name, h.Proposes)
		}
	}
}
