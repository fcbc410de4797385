package claims_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// runRoom runs the room of claims for a while, on the desk's clock, and returns what it logged beside news.
func runRoom(t *testing.T, r *room, d time.Duration) string {
	t.Helper()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		began, start := time.Now(), r.now
		house := lookout.House{
			Store: r.db, State: r.State, Now: func() time.Time { return start.Add(time.Since(began)) },
			Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		}
		x, err := claims.NewRoom(claims.RoomOptions{})(house)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- x.Run(ctx) }()
		time.Sleep(d)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	r.now = r.now.Add(d)
	return log.String()
}

// verdicts returns what is kept, without what was said.
func verdicts(t *testing.T, r *room) []store.KeptVerdict {
	t.Helper()
	all, err := r.db.Verdicts(t.Context(), "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].Doc = nil
	}
	return all
}

// TestJudgedByItself holds that what is claimed of a watched site is judged once, an hour after the window closed, and what is said of others is not.
func TestJudgedByItself(t *testing.T) {
	noon := midnight.Add(12 * time.Hour)
	for name, tt := range map[string]struct {
		said func(t *testing.T, r *room)
		due  time.Time // when an hour after the window has passed
		id   string
	}{
		"claim":   {func(t *testing.T, r *room) { addOne(t, r, saidDown) }, noon.Add(7 * time.Hour), "/party.example"},
		"www":     {func(t *testing.T, r *room) { addOne(t, r, "+ www.party.example\n") }, noon.Add(7 * time.Hour), "/party.example"},
		"listing": {func(t *testing.T, r *room) { listAt(t, r, noon, "party.example", "other.example") }, noon.Add(90 * time.Minute), "20251117T120000Z/party.example"},
		"both": {func(t *testing.T, r *room) {
			addOne(t, r, saidDown)
			listAt(t, r, noon, "party.example")
		}, noon.Add(7 * time.Hour), "/party.example"},
	} {
		r := newRoom(t)
		r.now = noon.Add(30 * time.Minute)
		tt.said(t, r)
		log := runRoom(t, r, tt.due.Sub(r.now)-time.Second)
		if n := len(verdicts(t, r)); n != 0 {
			t.Errorf("%s: %d verdicts before the time", name, n)
		}
		log += runRoom(t, r, 6*time.Minute)
		log += runRoom(t, r, 30*time.Hour) // another process, too
		all := verdicts(t, r)
		if len(all) != 1 || !strings.HasSuffix(all[0].ID, tt.id) || log != "" {
			t.Fatalf("%s: got %+v, log %q", name, all, log)
		}
		again := ask(t, r, claims.Decide, claims.Deciding{Of: "party.example"})
		if v := again.Verdicts[0]; v.Verdict.Verdict != claim.Confirmed || v.Verdict.NotYet || name == "listing" && v.New {
			t.Errorf("%s: got %+v", name, v)
		}
		if _, err := r.db.LedgerContent(t.Context(), all[0].Entry); err != nil {
			t.Errorf("%s: it is not in the ledger: %v", name, err)
		}
	}
}

// TestJudgedAgain: a verdict that somebody asked for while the window was open is made anew when it has closed, and so is one on a listing when the list
// names the site again.
func TestJudgedAgain(t *testing.T) {
	noon := midnight.Add(12 * time.Hour)
	r := newRoom(t)
	r.now = noon.Add(30 * time.Minute)
	id := addOne(t, r, "+ party.example\n")
	if v := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]; !v.Verdict.NotYet {
		t.Fatalf("got %+v", v)
	}
	runRoom(t, r, 12*time.Hour)
	if all := verdicts(t, r); len(all) != 2 || all[1].Version != 2 {
		t.Errorf("got %+v", all)
	}

	r = newRoom(t)
	r.now = noon.Add(30 * time.Minute)
	listAt(t, r, noon, "party.example")
	runRoom(t, r, 3*time.Hour)
	listAt(t, r, noon.Add(3*time.Hour), "party.example")
	runRoom(t, r, 8*time.Hour)
	if all := verdicts(t, r); len(all) != 2 || all[1].Version != 2 || all[0].ID != all[1].ID {
		t.Errorf("got %+v", all)
	}
}

// TestJudgedInTurn holds that no step judges more than ten, that the others come next, and that what is over for a week waits for somebody to ask.
func TestJudgedInTurn(t *testing.T) {
	r := newRoom(t)
	for i := range 25 {
		addOne(t, r, fmt.Sprintf("+ party.example\nfor the %d. time", i))
	}
	for i, want := range []int{10, 20, 25, 25} {
		runRoom(t, r, 6*time.Minute)
		if got := len(verdicts(t, r)); got != want {
			t.Errorf("step %d: got %d verdicts, want %d", i+1, got, want)
		}
	}
	r = newRoom(t)
	for i := range 26 {
		addOne(t, r, fmt.Sprintf("+ party.example\nfor the %d. time", i))
	}
	runRoom(t, r, 23*time.Hour)
	if got := len(verdicts(t, r)); got != 24 {
		t.Errorf("got %d verdicts in a day", got)
	}
	runRoom(t, r, 6*time.Minute)
	if got := len(verdicts(t, r)); got != 26 {
		t.Errorf("got %d verdicts later", got)
	}
	r = newRoom(t)
	addOne(t, r, saidDown)
	r.now = r.now.Add(7*24*time.Hour + time.Minute)
	runRoom(t, r, time.Hour)
	if got := len(verdicts(t, r)); got != 0 {
		t.Errorf("got %d verdicts on what came in a week ago", got)
	}
}

// TestJudgedBesideOthers: however much is claimed of others, or of a site that lists name, what is claimed and what is listed has its turn.
func TestJudgedBesideOthers(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, saidDown)
	step := store.ClaimStep{At: r.now}
	for i := range 1100 {
		step.Claims = append(step.Claims, store.KeptClaim{Claim: seawall.Claim{
			ID: fmt.Sprintf("claim-%d", i), Kind: seawall.ClaimPost, Posted: midnight, Precision: seawall.PreciseMinute, Received: r.now.Add(time.Second),
			Targets: []seawall.ClaimTarget{{Host: "other.example", Via: seawall.NotWatched}},
		}})
	}
	if err := r.db.RecordClaims(t.Context(), func(ledger.Entry) (store.ClaimStep, error) { return step, nil }); err != nil {
		t.Fatal(err)
	}
	runRoom(t, r, 6*time.Minute)
	if all := verdicts(t, r); len(all) != 1 || all[0].Claim != id {
		t.Errorf("got %+v", all)
	}

	r = newRoom(t)
	for i := range 25 {
		addOne(t, r, fmt.Sprintf("+ party.example\nfor the %d. time", i))
	}
	listAt(t, r, midnight.Add(-4*time.Hour), "party.example")
	runRoom(t, r, 6*time.Minute)
	if all := verdicts(t, r); len(all) != 10 || !slices.ContainsFunc(all, func(v store.KeptVerdict) bool { return v.Claim == "" }) {
		t.Errorf("got %+v", all)
	}
}

// TestJudgedForGood: what was judged before agents had an hour for the last of what they saw is judged again, and what was preliminary as long as lists go
// on, however long ago the claim came in.
func TestJudgedForGood(t *testing.T) {
	noon := midnight.Add(12 * time.Hour)
	r := newRoom(t)
	r.now = noon.Add(6*time.Hour + 30*time.Minute)
	id := addOne(t, r, "+ party.example\n")
	if v := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]; v.Verdict.NotYet {
		t.Fatalf("got %+v", v)
	}
	ask(t, r, claims.Mark, claims.Marking{Target: "party.example", Seen: "deploy", From: noon, Until: noon.Add(time.Hour)})
	runRoom(t, r, 25*time.Minute)
	if all := verdicts(t, r); len(all) != 1 {
		t.Errorf("got %+v before the hour was over", all)
	}
	runRoom(t, r, 20*time.Minute)
	if all := verdicts(t, r); len(all) != 2 || all[1].ID != all[0].ID {
		t.Errorf("got %+v", all)
	}

	r = newRoom(t)
	r.now = noon.Add(10 * time.Minute)
	id = addOne(t, r, "+ party.example\n")
	const days = 8
	for day := range days + 1 {
		listAt(t, r, noon.AddDate(0, 0, day), "party.example")
	}
	r.now = noon.AddDate(0, 0, days).Add(10 * time.Minute)
	if v := ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0]; !v.Verdict.NotYet {
		t.Fatalf("got %+v", v)
	}
	runRoom(t, r, 3*time.Hour)
	of := slices.DeleteFunc(verdicts(t, r), func(v store.KeptVerdict) bool { return v.Claim != id })
	if len(of) != 2 || of[1].Version != 2 {
		t.Errorf("got %+v", of)
	}
}

// TestLongListing: a list that goes on for weeks is one attack, judged under one name.
func TestLongListing(t *testing.T) {
	noon := midnight.Add(12 * time.Hour)
	r := newRoom(t)
	for day := range 20 {
		listAt(t, r, noon.AddDate(0, 0, day), "party.example")
		r.now = noon.AddDate(0, 0, day).Add(80 * time.Minute)
		runRoom(t, r, 30*time.Minute)
	}
	id := "20251117T120000Z/party.example"
	for _, v := range verdicts(t, r) {
		if v.ID != id {
			t.Errorf("got verdict %s, version %d", v.ID, v.Version)
		}
	}
	got := ask(t, r, claims.Decide, claims.Deciding{Of: "party.example"}).Verdicts
	if len(got) != 1 || got[0].ID != id || !got[0].Verdict.Sources[0].First.Equal(noon) {
		t.Errorf("got %+v", got)
	}
}
