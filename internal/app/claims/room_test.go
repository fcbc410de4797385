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
)

// The head leaves once a day, whether or not it arrives, and texts go when their time has come.
func TestRoom(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, saidDown)
	r.now = r.now.Add(claims.KeepText - 36*time.Hour)
	var heads []string
	build := claims.NewRoom(claims.RoomOptions{HeadMail: func(_ context.Context, head string) error {
		heads = append(heads, head)
		return errors.New("no mail today")
	}})
	synctest.Test(t, func(t *testing.T) {
		began, start := time.Now(), r.now
		now := func() time.Time { return start.Add(time.Since(began)) }
		x, err := build(lookout.House{Store: r.db, State: r.State, Now: now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- x.Run(ctx) }()
		time.Sleep(49 * time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if len(heads) != 3 {
		t.Fatalf("%d heads left in two days, want 3", len(heads))
	}
	for _, line := range heads {
		if _, err := ledger.ParseHead(line); err != nil {
			t.Error(err)
		}
	}
	given, err := r.db.GivenHeads(t.Context())
	if err != nil || len(given) != 3 || given[2].String() != heads[2] || given[2].Way != "mail" {
		t.Errorf("got %v, error %v", given, err)
	}
	if got := ask(t, r, claims.Show, claims.Naming{Claim: id}); got.TextForgot == nil {
		t.Error("the text is still there")
	}
}
