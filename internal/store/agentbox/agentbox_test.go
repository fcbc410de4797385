package agentbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch/agent"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string, limit int64) *Box {
	t.Helper()
	b, err := Open(t.Context(), path, limit)
	check(t, err)
	t.Cleanup(func() { check(t, b.Close()) })
	return b
}

func item(n int64, size int) agent.Item {
	return agent.Item{Kind: bus.Result, Run: "r1", Sequence: n, Payload: []byte(strings.Repeat("x", size))}
}

func newest(t *testing.T, b *Box, n int) []agent.Item {
	t.Helper()
	all, err := b.Newest(t.Context(), n)
	check(t, err)
	return all
}

func sequences(items []agent.Item) (all []int64) {
	for _, it := range items {
		all = append(all, it.Sequence)
	}
	return all
}

func TestNewestFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", FileName)
	b := open(t, path, 0)
	check(t, b.Put(t.Context(), []agent.Item{item(1, 10), item(2, 10)}))
	health := agent.Item{Kind: bus.Health, Run: "r1", Sequence: 3, Payload: []byte(`{"at":"x"}`)}
	check(t, b.Put(t.Context(), []agent.Item{health}))
	check(t, b.Close())
	b = open(t, path, 0) // all is there after a restart
	all := newest(t, b, 2)
	health.Number = all[0].Number
	if diff := cmp.Diff(health, all[0]); diff != "" || all[1].Sequence != 2 {
		t.Errorf("%v\n%s", sequences(all), diff)
	}
	check(t, b.Remove(t.Context(), []int64{all[0].Number, all[1].Number, 77}))
	if got := sequences(newest(t, b, 10)); !cmp.Equal(got, []int64{1}) {
		t.Errorf("left are %v", got)
	}
	if waiting, dropped := b.Size(); waiting != 1 || dropped != 0 {
		t.Errorf("%d wait, %d dropped", waiting, dropped)
	}
	info, err := os.Stat(path)
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

// TestFull: the oldest go, and are counted, also over a restart; numbers are never given twice.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	const limit = 10 * (900 + perItem)
	b := open(t, path, limit)
	for n := range int64(15) {
		check(t, b.Put(t.Context(), []agent.Item{item(n+1, 900)}))
	}
	if got := sequences(newest(t, b, 100)); len(got) != 10 || got[0] != 15 || got[9] != 6 {
		t.Errorf("left are %v, want 15 to 6", got)
	}
	check(t, b.Close())
	b = open(t, path, limit)
	if waiting, dropped := b.Size(); waiting != 10 || dropped != 5 {
		t.Errorf("%d wait, %d dropped, want 10 and 5", waiting, dropped)
	}
	check(t, b.Put(t.Context(), []agent.Item{item(16, 1900)})) // as large as two
	if got := sequences(newest(t, b, 100)); len(got) != 9 || got[0] != 16 || got[8] != 8 {
		t.Errorf("left are %v, want 16 to 8", got)
	}
	var numbers []int64
	for _, it := range newest(t, b, 100) {
		numbers = append(numbers, it.Number)
	}
	check(t, b.Remove(t.Context(), numbers))
	check(t, b.Put(t.Context(), []agent.Item{item(17, 1)}))
	if got := newest(t, b, 1)[0].Number; got <= numbers[0] {
		t.Errorf("number %d was given twice", got)
	}
	check(t, b.Put(t.Context(), []agent.Item{item(18, limit)})) // more than there is room for
	if waiting, dropped := b.Size(); waiting != 0 || dropped != 7+2 {
		t.Errorf("%d wait, %d dropped, want none and 9", waiting, dropped)
	}
}

func TestBudget(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	b := open(t, path, 0)
	state, ended, err := b.Budget(t.Context())
	if err != nil || !ended || len(state) != 0 {
		t.Errorf("new: %v, %v, %v", state, ended, err)
	}
	now := time.Date(2025, time.November, 17, 12, 1, 2, 3, time.UTC)
	want := probe.BudgetState{"example.org": {Sent: []time.Time{now}, DoubtUntil: now.Add(time.Minute)}}
	for _, ends := range []bool{false, true} {
		check(t, b.KeepBudget(t.Context(), want, ends))
		state, ended, err = b.Budget(t.Context())
		if diff := cmp.Diff(want, state); err != nil || ended != ends || diff != "" {
			t.Errorf("ended %v, %v\n%s", ended, err, diff)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), FileName), 0)
	var work sync.WaitGroup
	for part := range int64(4) {
		work.Go(func() {
			for n := range int64(20) {
				if err := b.Put(t.Context(), []agent.Item{item(part*20+n+1, 10)}); err != nil {
					t.Error(err)
				}
				if n%4 == 0 {
					all, err := b.Newest(t.Context(), 1)
					if err != nil || len(all) == 1 && b.Remove(t.Context(), []int64{all[0].Number}) != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	work.Wait()
	waiting, _ := b.Size()
	if got := int64(len(newest(t, b, 1000))); got != waiting || got < 60 {
		t.Errorf("%d there, %d counted", got, waiting)
	}
}

func TestRefuses(t *testing.T) {
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), FileName), -1); err == nil {
		t.Error("a limit below zero")
	}
	path := filepath.Join(t.TempDir(), FileName)
	check(t, os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600))
	if _, err := Open(t.Context(), path, 0); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("a damaged file: %v", err)
	}
	path = filepath.Join(t.TempDir(), FileName)
	db, err := sqlite.OpenFile(t.Context(), path)
	check(t, err)
	_, err = db.ExecContext(t.Context(), `PRAGMA user_version = 2`)
	check(t, errors.Join(err, db.Close()))
	if _, err := Open(t.Context(), path, 0); !errors.Is(err, store.ErrNewer) {
		t.Errorf("a newer file: %v", err)
	}
}
