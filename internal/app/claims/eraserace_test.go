package claims_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
)

// meddled is a store in which something happens once, while somebody reads.
type meddled struct {
	store.Store
	results, verdicts func() // the first time that these were read, of verdicts those on www.party.example
}

func once(f *func()) {
	if do := *f; do != nil {
		*f = nil
		do()
	}
}

func (m *meddled) Results(ctx context.Context, r store.Range) ([]store.Result, error) {
	all, err := m.Store.Results(ctx, r)
	once(&m.results)
	return all, err
}

func (m *meddled) Verdicts(ctx context.Context, id, claim, target string) ([]store.KeptVerdict, error) {
	all, err := m.Store.Verdicts(ctx, id, claim, target)
	if target == "www.party.example" { // the last name that is looked for
		once(&m.verdicts)
	}
	return all, err
}

// beside is a desk on the same ledger, with another store in between.
func beside(r *room, db store.Store) *room {
	d := &claims.Desk{Store: db, State: r.State, Now: r.Now}
	return &room{Desk: d, way: desk.Here(d), db: db}
}

// TestErasedByEveryName: a site that is to go from a claim goes by all the names that the claim gives it, and is not judged anew.
func TestErasedByEveryName(t *testing.T) {
	r := newRoom(t)
	if err := os.WriteFile(filepath.Join(r.State, lookout.AliasesName), []byte("host,site\nfestival.example,party\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := addOne(t, r, "+ party.example\n+ www.party.example\n+ festival.example\n+ other.example\n+ www.other.example\n")
	runRoom(t, r, 10*time.Minute)
	if n := len(verdicts(t, r)); n != 1 {
		t.Fatalf("got %d verdicts", n)
	}
	for _, gone := range [][]string{{"party.example", "www.party.example", "festival.example"}, {"other.example", "www.other.example"}} {
		sum := ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked, Targets: gone[1:2]})
		if !slices.Equal(sum.Targets, gone) {
			t.Errorf("got %v, want %v gone", sum.Targets, gone)
		}
		for _, name := range gone {
			everything(t, r, name, 0)
		}
	}
	runRoom(t, r, 2*time.Hour)
	everything(t, r, "party.example", 0)
	if shown := ask(t, r, claims.Show, claims.Naming{Claim: id}); len(shown.Targets) != 0 {
		t.Errorf("got targets %+v", shown.Targets)
	}
}

// TestErasedMeanwhile: no verdict is kept on a target that was erased while it was made, or waited to be, and none that was made while it was erased.
func TestErasedMeanwhile(t *testing.T) {
	erase := func(r *room, id string) {
		ask(t, r, claims.Erase, claims.Erasing{Claim: id, Reason: claims.ReasonAsked, Targets: []string{"party.example"}})
	}
	t.Run("asked for", func(t *testing.T) {
		for _, of := range []string{"", "party.example"} {
			r := newRoom(t)
			id := addOne(t, r, saidDown)
			if of == "" {
				of = id
			}
			db := &meddled{Store: r.db, results: func() { erase(r, id) }}
			if got, err := claims.Decide.Ask(t.Context(), beside(r, db).way, claims.Deciding{Of: of}); !errors.Is(err, control.ErrRefused) {
				t.Errorf("%s: got %+v, error %v, want it refused", of, got, err)
			}
			everything(t, r, `"target":"party.example"`, 0)
		}
	})
	t.Run("due", func(t *testing.T) {
		r := newRoom(t)
		ids := []string{addOne(t, r, "+ party.example\n"), addOne(t, r, "+ party.example\nonce more")}
		whole := beside(r, r.db)
		r.db = &meddled{Store: r.db, results: func() {
			for _, id := range ids {
				erase(whole, id)
			}
		}}
		if log := runRoom(t, r, 3*time.Hour); log != "" {
			t.Error(log)
		}
		everything(t, r, "party.example", 0)
	})
	t.Run("made", func(t *testing.T) {
		r := newRoom(t)
		id := addOne(t, r, saidDown)
		db := &meddled{Store: r.db, verdicts: func() { ask(t, r, claims.Decide, claims.Deciding{Of: id}) }}
		erase(beside(r, db), id)
		everything(t, r, `"target":"party.example"`, 0)
	})
}
