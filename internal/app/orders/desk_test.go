package orders

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
)

func (d *Desk) here() Way { return desk.Here(d) }

// writeLists writes n lists, some hours apart, that name some of few hosts, and returns their paths.
func writeLists(t *testing.T, rng *rand.Rand, n int) []string {
	t.Helper()
	dir, at := t.TempDir(), time.Date(2025, 1, 1, 8, 0, 0, 0, time.UTC)
	var paths []string
	for range n {
		at = at.Add(time.Duration(1+rng.IntN(60)) * time.Hour)
		var rows []string
		for h := range 6 {
			if rng.IntN(3) == 0 {
				rows = append(rows, fmt.Sprintf(`{"host":"h%d.example","ip":"192.0.2.%d","type":"http","method":"GET","port":443,"path":"/p%c?q=$_1"}`, h, h, 'a'+rng.IntN(3)))
			}
		}
		path := filepath.Join(dir, at.Format("2006-01-02_15-04-05")+".json")
		if err := os.WriteFile(path, []byte(`{"targets":[`+strings.Join(rows, ",")+`]}`), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// kept is everything that a store says of lists.
type kept struct {
	Lists    []store.OrderList
	Rows     []store.OrderSighting
	Listings []seawall.Listing
}

func keptBy(t *testing.T, d *Desk) (k kept) {
	t.Helper()
	lists, err := d.Store.OrderLists(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	listings, err := Load(t.Context(), d.Store, store.SightingFilter{}, WithTemplates)
	if err != nil {
		t.Fatal(err)
	}
	k.Lists, k.Listings = lists, listings
	err = d.Store.Sightings(t.Context(), store.SightingFilter{}, func(s store.OrderSighting) error { k.Rows = append(k.Rows, s); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The same lists make the same store: at once, in two halves in either order, and one by one at random.
func TestImportInAnyOrder(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	paths := writeLists(t, rng, 40)
	read := func(groups ...[]string) (kept, int) {
		d, listed := newDesk(t), 0
		for _, g := range groups {
			got, err := Import.Ask(t.Context(), d.here(), Importing{Paths: g})
			if err != nil || len(got.Damaged) > 0 || got.Files != len(g) {
				t.Fatalf("got %+v, error %v", got, err)
			}
			listed += got.New
		}
		return keptBy(t, d), listed
	}
	want, listed := read(paths)
	if listed != len(want.Listings) || listed == 0 {
		t.Errorf("%d listings are new of %d", listed, len(want.Listings))
	}
	var single [][]string
	for _, i := range rng.Perm(len(paths)) {
		single = append(single, paths[i:i+1])
	}
	for name, groups := range map[string][][]string{
		"halves": {paths[:20], paths[20:]}, "other half first": {paths[20:], paths[:20]}, "one by one": single, "twice": {paths, paths},
	} {
		got, _ := read(groups...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What a list aims at comes back with its listing: once, with the age of the oldest order.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, id string) string {
		path := filepath.Join(dir, name)
		text := `{"targets":[{"request_id":"` + id + `a1b2c3d4e5f60719","host":"www.example.org","type":"http","method":"GET","port":443,"use_ssl":true,"path":"/s?q=x"}]}`
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	d := newDesk(t)
	in := Importing{Paths: []string{write("2025-01-03_08-00-00.json", "655d1f00"), write("2025-01-04_08-00-00.json", "655d0000")}, Feed: "f"}
	if _, err := Import.Ask(t.Context(), d.here(), in); err != nil {
		t.Fatal(err)
	}
	want := []seawall.Listing{{
		Feed: "f", Host: "www.example.org", First: time.Date(2025, 1, 3, 7, 0, 0, 0, time.UTC), Last: time.Date(2025, 1, 4, 7, 0, 0, 0, time.UTC), Sightings: 2,
		Templates: []seawall.Template{{
			Vector: seawall.VectorHTTP, Method: "GET", Port: 443, TLS: true, Path: "/s", Query: []seawall.Param{{Name: "q", Class: seawall.ClassWord}},
			Created: time.Unix(0x655d0000, 0).UTC(),
		}},
	}}
	if diff := cmp.Diff(want, keptBy(t, d).Listings); diff != "" {
		t.Errorf("listings (-want +got):\n%s", diff)
	}
}

func TestImportRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"last.json", "2031-01-01_00-00-00.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(`{"targets":[{"host":"a.example.org","type":"http"}]}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := newDesk(t)
	got, err := Import.Ask(t.Context(), d.here(), Importing{Paths: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	want := Imported{Files: 2, Damaged: map[string]string{"last.json": errNoTime.Error(), "2031-01-01_00-00-00.json": errFuture.Error()}, Skipped: map[string]int{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("import (-want +got):\n%s", diff)
	}
	for _, in := range []Importing{{}, {Paths: []string{filepath.Join(dir, "none")}}} {
		if _, err := Import.Ask(t.Context(), d.here(), in); !errors.Is(err, control.ErrRefused) {
			t.Errorf("%+v: got error %v, want %v", in, err, control.ErrRefused)
		}
	}
}
