package claims_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/notify"
)

// TestRoom holds that the head leaves once a day, is tried again within the hour when it could not, and that texts go when their time has come.
func TestRoom(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, saidDown)
	r.now = r.now.Add(claims.KeepText - 36*time.Hour)
	var heads []notify.Message
	fails := 2
	synctest.Test(t, func(t *testing.T) {
		began, start := time.Now(), r.now
		house := lookout.House{
			Store: r.db, State: r.State, Now: func() time.Time { return start.Add(time.Since(began)) }, Logger: slog.New(slog.DiscardHandler),
			Post: func(_ context.Context, m notify.Message) error {
				if fails--; fails >= 0 {
					return errors.New("the outbox takes nothing")
				}
				heads = append(heads, m)
				return nil
			},
		}
		for range 2 { // a process that begins again sends no second one
			x, err := claims.NewRoom(claims.RoomOptions{})(house)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- x.Run(ctx) }()
			time.Sleep(27 * time.Hour)
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	if len(heads) != 3 {
		t.Fatalf("%d heads left in 54 hours, want 3", len(heads))
	}
	for i, m := range heads {
		if _, err := ledger.ParseHead(m.Head); err != nil || m.Kind != notify.LedgerHead || !m.Staff {
			t.Errorf("got %+v, error %v", m, err)
		}
		if i > 0 && m.At.Sub(heads[i-1].At) != 24*time.Hour {
			t.Errorf("head %d left %v after the one before", i+1, m.At.Sub(heads[i-1].At))
		}
	}
	given, err := r.db.GivenHeads(t.Context())
	if err != nil || len(given) != 5 || given[4].String() != heads[2].Head || given[4].Way != claims.WayDaily {
		t.Errorf("got %v, error %v", given, err)
	}
	if got := ask(t, r, claims.Show, claims.Naming{Claim: id}); got.TextForgot == nil {
		t.Error("the text is still there")
	}
}

// TestHeadWithAlerts holds that what is told takes the head along, that it is noted once, and that it moves with the ledger.
func TestHeadWithAlerts(t *testing.T) {
	r := newRoom(t)
	x, err := claims.NewRoom(claims.RoomOptions{})(lookout.House{Store: r.db, State: r.State, Now: r.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	head := func() string {
		t.Helper()
		line, err := x.(lookout.HeadKeeper).Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	if line := head(); line != "" {
		t.Errorf("an empty ledger has the head %q", line)
	}
	addOne(t, r, saidDown)
	first := head()
	if again := head(); again != first || first == "" {
		t.Errorf("got %q and %q of a ledger that stood still", first, again)
	}
	addOne(t, r, "+ other.example\nis down, they say")
	if next := head(); next == first {
		t.Error("the head stood still, and the ledger did not")
	}
	given, err := r.db.GivenHeads(t.Context())
	if err != nil || len(given) != 2 || given[0].Way != "alert" || given[0].String() != first {
		t.Errorf("got %v, error %v", given, err)
	}
}
