package orders

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

// newDesk returns a desk on a new store, at a time after every list of the tests.
func newDesk(t testing.TB) *Desk {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Desk{Store: db, Now: func() time.Time { return time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC) }, Sectors: intel.BuiltinSectors()}
}

// The public archive is known in numbers, and reading it again adds nothing.
func TestImportArchive(t *testing.T) {
	path := filepath.Join(require.Data(t), "ddosia", "lists-2023-06--2025-05.tar.xz")
	d := newDesk(t)
	want := Imported{
		Files: 2721, Empty: 14, Repeats: 91, Damaged: map[string]string{}, Hosts: 5615, InvalidHosts: 2, Listings: 15514, New: 15514,
		Skipped: map[string]int{"bad_host": 362},
	}
	for _, want.New = range []int{15514, 0} {
		got, err := Import.Ask(t.Context(), d.here(), Importing{Paths: []string{path}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("import (-want +got):\n%s", diff)
		}
	}
}
