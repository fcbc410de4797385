package forecasts_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/forecast"
)

// run has the room of forecasts run on the store, from r.now on, for so long.
func (r *room) run(long time.Duration, cfg config.Intel) {
	r.t.Helper()
	state, db, start := r.t.TempDir(), r.db, r.now
	synctest.Test(r.t, func(t *testing.T) {
		began := time.Now()
		now := func() time.Time { return start.Add(time.Since(began)) }
		x, err := forecasts.NewRoom(cfg)(lookout.House{Store: db, State: state, Now: now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ops := control.Ops{}
		x.Serve(ops)
		if ops["forecast-now"] == nil || ops["forecast-score"] == nil {
			t.Error("the desk does not answer")
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- x.Run(ctx) }()
		time.Sleep(long)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	r.now = start.Add(long)
}

// TestRoomSealsEveryEvening: once a day, late, and what is due is resolved.
func TestRoomSealsEveryEvening(t *testing.T) {
	r := newRoom(t)
	r.history(100)
	r.label("TLP:CLEAR")
	for i := range 12 {
		r.list(noon.AddDate(0, 0, i+1).Add(-4*time.Hour), "www.example.aa")
	}
	dir := filepath.Join(t.TempDir(), "public")
	r.run(10*24*time.Hour+time.Minute, config.Intel{Forecasts: dir})
	all := ask(r, forecasts.Show, forecasts.Naming{All: true})
	last, days := all[0].ID, make(map[string]int)
	for _, f := range all {
		days[f.Sealed.Format("02 15:04")]++
		if !f.Sealed.Before(f.From) || f.From.Sub(*f.Sealed) > 2*time.Hour || f.By != "model base-rate 1" {
			t.Errorf("%s was sealed at %v, by %s", f.ID, f.Sealed, f.By)
		}
	}
	if len(days) != 10 || days["15 21:00"] != 3 || days["24 21:00"] != 3 {
		t.Errorf("got %v", days)
	}
	// Windows from the 16th on end on the 22nd, and are resolved 26 hours later.
	resolved := slices.DeleteFunc(all, func(f forecasts.Shown) bool { return f.Outcome == nil })
	for _, f := range resolved {
		if came := *f.Outcome == forecast.Came; came != (f.Population.Name == "aa") || f.Resolved.Sub(f.Until) < forecast.Grace {
			t.Errorf("%s: %s at %v", f.ID, *f.Outcome, f.Resolved)
		}
	}
	if len(resolved) != 6 {
		t.Errorf("%d were resolved, want those of two evenings", len(resolved))
	}
	// What everybody may know is there: what was sealed last, and what was resolved last.
	if p := published(t, dir); len(p.Forecasts) != len(all) || p.Forecasts[0].ID != last || p.Standings[0].N != len(resolved) {
		t.Errorf("published: %d forecasts, %+v", len(p.Forecasts), p.Standings)
	}
}

// TestRoomWithoutLists says nothing, and seals nothing.
func TestRoomWithoutLists(t *testing.T) {
	r := newRoom(t)
	r.run(36*time.Hour, config.Intel{})
	if all := ask(r, forecasts.Show, forecasts.Naming{All: true}); len(all) != 0 {
		t.Errorf("got %d forecasts", len(all))
	}
}
