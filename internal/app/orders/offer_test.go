package orders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/draft"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestListReachesEdge: a list that names a protected site becomes drafts at its edge, once for each sighting, and again after a restart.
func TestListReachesEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		folder := t.TempDir()
		list := func(hosts ...string) {
			t.Helper()
			name := filepath.Join(folder, time.Now().Add(-time.Minute).In(ddosia.Zone()).Format("2006-01-02_15-04-05")+".json")
			if err := os.WriteFile(name, []byte(listOf(hosts...)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex // guards what follows
		var offers []string
		var ids []string
		away, refuses := true, false
		edge := Edge{Sites: []string{"www.one.example", "two.example"}, Offer: func(_ context.Context, drafts []draft.Draft) error {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case away:
				return errors.New("nobody answers")
			case refuses:
				offers = append(offers, "refused")
				return fmt.Errorf("%w: no room", control.ErrRefused)
			}
			for _, d := range drafts {
				if err := d.Set.Check(); err != nil || d.Set.Source.Feed != "folder" {
					t.Errorf("got %+v, %v", d, err)
				}
				offers, ids = append(offers, d.Set.Site), append(ids, d.Set.ID)
			}
			return nil
		}}
		begin := func() (end func()) {
			house := lookout.House{
				Store: db, State: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Now: time.Now, Listed: func(time.Time, string) {},
				Reread: func(context.Context) error { return nil }, Post: func(context.Context, notify.Message) error { return nil },
			}
			r := newRoom(house, []config.Feed{{Name: "folder", From: folder, Every: time.Minute}}, &Desk{Store: db, Now: time.Now}, nil)
			r.warner.edge.Edge = edge
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- r.Run(ctx) }()
			return func() {
				t.Helper()
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		}
		set := func(change func()) {
			mu.Lock()
			defer mu.Unlock()
			change()
		}
		pause := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		expect := func(when string, want ...string) {
			t.Helper()
			mu.Lock()
			defer mu.Unlock()
			slices.Sort(offers)
			if !slices.Equal(offers, want) {
				t.Errorf("%s: offered %q, want %q", when, offers, want)
			}
			offers = nil
		}

		list("one.example", "three.example")
		end := begin()
		pause(90 * time.Second)
		expect("while the edge does not answer")
		set(func() { away = false })
		pause(4 * time.Minute)
		expect("when it does", "www.one.example")
		pause(time.Hour)
		expect("without news")
		list("one.example", "two.example")
		pause(2 * time.Minute)
		expect("at the next list", "two.example", "www.one.example")
		end()
		var was []string
		set(func() { was, ids = ids, nil })
		end = begin()
		pause(2 * time.Minute)
		expect("after a restart", "two.example", "www.one.example")
		set(func() {
			if len(ids) != 2 || !slices.Contains(was, ids[0]) || !slices.Contains(was, ids[1]) {
				t.Errorf("the sets are called %q, and were %q", ids, was)
			}
		})
		set(func() { refuses = true })
		list("two.example")
		pause(3 * time.Hour)
		expect("when the edge refuses", "refused")
		end()
		end = begin()
		pause(2 * current)
		set(func() { offers = nil })
		end()
		end = begin()
		pause(time.Hour)
		expect("when the lists are old")
		end()
	})
}
