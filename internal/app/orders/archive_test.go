package orders

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/pile"
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

// members writes every step-th member of the archive as a file of its own, and returns their paths.
func members(t *testing.T, archive string, step int) []string {
	t.Helper()
	folder, n := t.TempDir(), 0
	var paths []string
	err := pile.Walk(t.Context(), []string{archive}, pile.Limits{}, func(f pile.File) error {
		if n++; f.Err != nil || n%step != 0 {
			return f.Err
		}
		path := filepath.Join(folder, f.Name())
		if _, err := os.Stat(path); err == nil {
			return errors.New("two members have one name")
		}
		paths = append(paths, path)
		return os.WriteFile(path, f.Data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// The public archive makes the same store however it comes: whole, in two halves in either order, and member by member at random. Every 14th of
// its lists is taken, which are spread over all of its time.
func TestArchiveInAnyOrder(t *testing.T) {
	paths := members(t, filepath.Join(require.Data(t), "ddosia", "lists-2023-06--2025-05.tar.xz"), 14)
	if len(paths) < 190 {
		t.Fatalf("%d members", len(paths))
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d members", seed, len(paths))
	var single [][]string
	for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(paths)) {
		single = append(single, paths[i:i+1])
	}
	read := func(groups ...[]string) (kept, int) {
		d, fresh := newDesk(t), 0
		for _, g := range groups {
			got, err := Import.Ask(t.Context(), d.here(), Importing{Paths: g})
			if err != nil || len(got.Damaged) > 0 {
				t.Fatalf("got %+v, error %v", got, err)
			}
			fresh += got.New
		}
		return keptBy(t, d), fresh
	}
	want, fresh := read(paths)
	if fresh != len(want.Listings) || fresh == 0 {
		t.Errorf("%d listings are new of %d", fresh, len(want.Listings))
	}
	half := len(paths) / 2
	for name, groups := range map[string][][]string{
		"halves": {paths[:half], paths[half:]}, "other half first": {paths[half:], paths[:half]}, "one by one": single,
	} {
		got, _ := read(groups...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: another store (-want +got):\n%.2000s", name, diff)
		}
	}
}
