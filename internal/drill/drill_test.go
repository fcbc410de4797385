package drill

import (
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/testkit/memnet"
	"github.com/seawall-project/seawall/internal/testkit/require"
	"github.com/seawall-project/seawall/internal/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestActs plays the rehearsal in memory, on a clock that stands still while anything runs: shares depend on what Seawall does and
// not on how fast this machine is.
func TestActs(t *testing.T) {
	length := DefaultLength
	if testing.Short() {
		length /= 2
	}
	synctest.Test(t, func(t *testing.T) {
		r, err := Prepare(Options{Seed: 1, Length: length, Network: memnet.New()})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		report, err := r.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range report.Acts {
			t.Logf("%+v", a)
		}
		if verdict, sentence := report.Verdict(); verdict != Held {
			t.Error(sentence)
		}
		for _, a := range report.Acts {
			checkLookout(t, a)
		}
		if asked := report.Acts[0].Readers.Asked; asked != report.Acts[1].Readers.Asked || asked != report.Acts[2].Readers.Asked {
			t.Error("the acts had different readers")
		}
		if report.Acts[1].Flood.Sent != report.Acts[2].Flood.Sent {
			t.Errorf("the floods differ: %d and %d requests", report.Acts[1].Flood.Sent, report.Acts[2].Flood.Sent)
		}
		if took, most := time.Since(begun), 3*(length+5*time.Second); took > most {
			t.Errorf("took %v of the bubble's time, want at most %v", took, most)
		}
	})
}

// checkLookout holds that what was seen from outside agrees with what readers lived through.
func checkLookout(t *testing.T, a Act) {
	t.Helper()
	l := a.Lookout
	t.Logf("%s: %s", a.Name, l.sentence())
	share := float64(l.Failing) / float64(max(1, l.Probes))
	failed := slices.ContainsFunc(l.Minutes, func(s watch.State) bool { return s == watch.Disrupted || s == watch.Down })
	switch {
	case l.Probes < 10 || len(l.Minutes) < 5:
		t.Errorf("%s: %d probes in %d minutes", a.Name, l.Probes, len(l.Minutes))
	case a.Name == Bare && (!failed || share < 0.5):
		t.Errorf("readers got %.2f of the bare site; %.2f of the probes failed, and the lookout saw %v", a.Readers.Share, share, l.Minutes)
	case a.Name != Bare && (failed || share > 0.1):
		t.Errorf("%s: readers got %.2f; %.2f of the probes failed, and the lookout saw %v", a.Name, a.Readers.Share, share, l.Minutes)
	}
}

// TestActsOnRealOrders plays published attack orders of three years and of three Danish episodes, with readers' habits from a real
// access log. Nothing of the lists is printed but counts.
func TestActsOnRealOrders(t *testing.T) {
	data := require.Data(t)
	if testing.Short() {
		t.Skip("takes a minute; left out with -short")
	}
	for _, member := range []string{
		"2023-09-06_11-45-06", "2024-07-17_11-15-13", "2025-05-19_22-15-05", // three years
		"2024-02-26_14-00-03", "2024-12-09_07-20-02", "2025-03-18_11-30-18", // Danish episodes
	} {
		t.Run(member, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, err := Prepare(Options{
					Network: memnet.New(), Length: 6 * time.Second,
					Orders:  filepath.Join(data, "ddosia", "lists-2023-06--2025-05.tar.xz") + ":" + member,
					Readers: filepath.Join(data, "logs", "apache_access.log"),
				})
				if err != nil {
					t.Fatal(err)
				}
				report, err := r.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				verdict, sentence := report.Verdict()
				t.Logf("%s\n%s", r.Plan(), sentence)
				if verdict != Held {
					t.Errorf("%+v", report.Acts)
				}
			})
		})
	}
}
