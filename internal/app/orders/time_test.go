package orders

import (
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/pile"
)

// TestTimeOfWhatWasFetched: a list behind a URL is of now; one in an archive behind a URL is of when its name says, if it does.
func TestTimeOfWhatWasFetched(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	named := now.AddDate(-1, 0, 0)
	m := importing{desk: &Desk{Now: func() time.Time { return now }}, at: now}
	for name, c := range map[string]struct {
		file ddosia.File
		want time.Time
	}{
		"alone":             {ddosia.File{Place: pile.Place{Path: "feed-1"}, Named: named, At: named}, now},
		"in an archive":     {ddosia.File{Place: pile.Place{Path: "feed-1", Member: "a/b.json"}, Named: named, At: named}, named},
		"unnamed in one":    {ddosia.File{Place: pile.Place{Path: "feed-1", Member: "a/b.json"}}, now},
		"orders of the day": {ddosia.File{Place: pile.Place{Path: "feed-1", Member: "a/b.json"}, Named: named, At: now.AddDate(1, 0, 0)}, named},
	} {
		if got, err := m.timeOf(&c.file); err != nil || !got.Equal(c.want) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, c.want)
		}
	}
}
