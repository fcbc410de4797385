package claims_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
	"github.com/seawall-project/seawall/internal/watch/replay"
)

// keep opens a store and puts a night of one site into it, as the lookout would.
func keep(t *testing.T, s scene) *sqlite.Store {
	t.Helper()
	now := func() time.Time { return midnight.AddDate(0, 0, 1) }
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	id, err := db.PutSite(t.Context(), store.Site{Name: "party", URL: "https://party.example/", Host: "party.example", Country: "DK", Source: store.SourceCLI, Added: midnight})
	if err != nil {
		t.Fatal(err)
	}
	var healths []store.Health
	for _, p := range []place{cph, ams, fra} {
		if err := db.PutVantage(t.Context(), store.Vantage{Name: p.name, Network: p.network, Country: p.country, Added: midnight}); err != nil {
			t.Fatal(err)
		}
	}
	var rows []store.Result
	for _, p := range []place{cph, ams, fra} {
		healths = append(healths, store.Health{Vantage: p.name, At: midnight.Add(-time.Hour), Health: watch.Healthy.String(), Doc: []byte(`{}`)})
		for minute := range 1440 {
			var class probe.Class
			if err := class.UnmarshalText([]byte(s.finds(minute, p.name, "party.example"))); err != nil {
				t.Fatal(err)
			}
			r := store.Result{Key: store.Key{Vantage: p.name, Run: "r", Sequence: int64(minute + 1)}, Site: id, At: midnight.Add(time.Duration(minute) * time.Minute), Class: class}
			r.Timings.TTFB, r.Inside = 80*time.Millisecond, p.name == s.inside
			rows = append(rows, r)
		}
	}
	if err := db.Apply(t.Context(), store.Step{Health: healths}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestVerdictOf holds that stored results and a written night give the same verdict.
func TestVerdictOf(t *testing.T) {
	s := scene{lines: []string{posted, listed}, finds: during(730, 760, "http_502")}
	db := keep(t, s)
	judge := claims.Judge{
		Store: db, Now: func() time.Time { return midnight.AddDate(0, 0, 1) },
	}
	noon := midnight.Add(12 * time.Hour)
	asked := claims.Asked{
		Target:   "https://www.party.example/front",
		Listings: []seawall.Listing{{Host: "party.example", Previous: noon.Add(-20 * time.Minute), First: noon, Last: noon, Sightings: 1}},
		Claims:   []claims.Told{{At: noon, Claim: replay.Claim{PostedAt: noon, Precision: "minute", Kind: "post"}}},
	}
	got, err := judge.VerdictOf(t.Context(), asked)
	if err != nil || len(got.Verdicts) != 1 {
		t.Fatalf("got %+v, error %v", got, err)
	}
	want := judged(t, s.text())
	if diff := cmp.Diff(want, got.Verdicts[0]); diff != "" {
		t.Errorf("a written night and a stored one differ: %s", diff)
	}

	// While the window is open, what has passed of it counts, and the verdict may change.
	judge.Now = func() time.Time { return noon.Add(20 * time.Minute) }
	asked.Listings = nil
	got, err = judge.VerdictOf(t.Context(), asked)
	if err != nil || len(got.Verdicts) != 1 {
		t.Fatalf("got %+v, error %v", got, err)
	}
	if v := got.Verdicts[0]; v.Verdict != claim.Briefly || !v.NotYet || v.Coverage < 0.99 {
		t.Errorf("got %+v, want a preliminary verdict of briefly affected", v)
	}

	asked.Target = "nobody.example"
	got, err = judge.VerdictOf(t.Context(), asked)
	if err != nil || len(got.Verdicts) != 1 || got.Verdicts[0].Verdict != claim.Unknown || got.Verdicts[0].Watched {
		t.Errorf("got %+v, error %v, want unknown: it is not watched", got, err)
	}
}

// TestInsideHasNoVote holds that what a vantage in the site's own network saw is no reader's view: abroad nobody was served, and that such a place at
// home was served makes no filter of it. So it is for a command on the store and for a desk that runs, for a night and for what is kept of it.
func TestInsideHasNoVote(t *testing.T) {
	for inside, want := range map[string]claim.Word{"cph": claim.Confirmed, "": claim.Protected} {
		s := scene{inside: inside, lines: []string{posted}, finds: during(730, 760, "tcp_timeout", "ams", "fra")}
		r := newRoomOf(t, s)
		id := ask(t, r, claims.Add, post("+ party.example")).Claims[0].ID
		x, err := claims.NewRoom(claims.RoomOptions{})(lookout.House{Store: r.db, State: r.State, Now: r.Now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ops := make(control.Ops)
		x.Serve(ops)
		raw, err := ops[claims.Decide.Name](t.Context(), []byte(`{"of":"`+id+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		running, ok := raw.(claims.Decided)
		if !ok || len(running.Verdicts) != 1 {
			t.Fatalf("got %+v", raw)
		}
		replayed := judged(t, s.text())
		for name, got := range map[string]claims.Verdict{
			"running": running.Verdicts[0].Verdict, "command": ask(t, r, claims.Decide, claims.Deciding{Of: id}).Verdicts[0].Verdict, "replayed": replayed,
		} {
			if got.Verdict != want || slices.Contains(got.Findings, claim.GeoFilterAbroad) == (inside != "") {
				t.Errorf("%s, inside %q: got %v %v, want %v", name, inside, got.Verdict, got.Findings, want)
			}
			if got.Coverage != replayed.Coverage || got.Bad != replayed.Bad || got.Confidence != replayed.Confidence || !slices.Equal(got.Against, replayed.Against) {
				t.Errorf("%s, inside %q: got %+v, and of the written night %+v", name, inside, got, replayed)
			}
		}
	}
}

// announced is a store in which every failure shows the mark of a maintenance page.
type announced struct{ claims.Reader }

func (a announced) Results(ctx context.Context, r store.Range) ([]store.Result, error) {
	all, err := a.Reader.Results(ctx, r)
	for i := range all {
		if all[i].Class.Vote() == probe.Down {
			all[i].Assessed = probe.Together(probe.Maintenance)
		}
	}
	return all, err
}

// TestMaintenancePageIsNoOutage holds that what the lookout said beside the class counts in a verdict too.
func TestMaintenancePageIsNoOutage(t *testing.T) {
	db := keep(t, scene{lines: []string{posted}, finds: during(730, 760, "http_503")})
	noon := midnight.Add(12 * time.Hour)
	for want, reader := range map[claim.Word]claims.Reader{claim.Confirmed: db, claim.NoEffect: announced{db}} {
		judge := claims.Judge{
			Store: reader, Now: func() time.Time { return midnight.AddDate(0, 0, 1) },
		}
		got, err := judge.VerdictOf(t.Context(), claims.Asked{
			Target: "party.example", Claims: []claims.Told{{At: noon, Claim: replay.Claim{PostedAt: noon, Precision: "minute", Kind: "post"}}},
		})
		if err != nil || len(got.Verdicts) != 1 || got.Verdicts[0].Verdict != want {
			t.Errorf("got %+v, error %v, want %v", got.Verdicts, err, want)
		}
	}
}

// steady is a store that was measured into every minute of a year, from three places; sites fail in some minutes.
type steady struct {
	claims.Reader
	fails func(t time.Time) bool
	read  int // results in all
}

func (s *steady) Results(_ context.Context, r store.Range) ([]store.Result, error) {
	var all []store.Result
	for t := r.From.Truncate(time.Minute); !t.After(r.To); t = t.Add(time.Minute) {
		if t.Before(r.From) {
			continue
		}
		for _, p := range []place{cph, ams, fra} {
			x := store.Result{Key: store.Key{Vantage: p.name, Run: "r", Sequence: t.Unix()}, Site: r.Site, At: t, Class: probe.OK}
			if s.fails(t) {
				x.Class = probe.HTTP502
			}
			x.Timings.TTFB = 80 * time.Millisecond
			if all = append(all, x); r.Limit > 0 && len(all) >= r.Limit {
				return all, nil
			}
		}
	}
	s.read += len(all)
	return all, nil
}

// TestVerdictsFarApart holds that claims months apart are judged each by what lies around it, however much lies between them.
func TestVerdictsFarApart(t *testing.T) {
	const apart = 62
	noon := midnight.Add(12 * time.Hour)
	later := noon.AddDate(0, 0, apart)
	s := &steady{Reader: keep(t, scene{finds: during(0, 0, "http_502")}), fails: func(t time.Time) bool {
		return !t.Before(later) && t.Before(later.Add(30*time.Minute))
	}}
	judge := claims.Judge{
		Store: s, Now: func() time.Time { return later.AddDate(0, 0, 3) },
	}
	told := func(at time.Time) claims.Told {
		return claims.Told{At: at, Claim: replay.Claim{PostedAt: at, Precision: "minute", Kind: "post"}}
	}
	got, err := judge.VerdictOf(t.Context(), claims.Asked{Target: "party.example", Claims: []claims.Told{told(later), told(noon)}})
	if err != nil || len(got.Verdicts) != 2 {
		t.Fatalf("got %+v, error %v", got, err)
	}
	for i, want := range []claim.Word{claim.NoEffect, claim.Confirmed} {
		if v := got.Verdicts[i]; v.Verdict != want || v.Coverage < 0.99 {
			t.Errorf("got %v with coverage %v for claim %d, want %v", v.Verdict, v.Coverage, i+1, want)
		}
	}
	if all := 3 * 1440 * (apart + 17); s.read > all*2/3 {
		t.Errorf("%d results were read of %d, want only those around the claims", s.read, all)
	}
}
