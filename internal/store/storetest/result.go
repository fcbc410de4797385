package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func testResultComesBackWhole(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	nothing := probe.Timings{
		DNS: 15 * time.Second, TCP: probe.NotReached, TLS: probe.NotReached, TTFB: probe.NotReached, Body: probe.NotReached, Total: 15 * time.Second,
	}
	rs := []store.Result{
		{Key: store.Key{Vantage: "cph", Run: "a", Sequence: 1}, Site: site, At: noon, Class: probe.DNSTimeout, Phase: probe.PhaseDNS, Timings: nothing},
		{
			Key: store.Key{Vantage: "cph", Run: "a", Sequence: 2}, Site: site, At: noon.Add(time.Millisecond), Class: probe.OK, Phase: probe.PhaseDone,
			Status: 599, Protocol: "HTTP/1.1", Family: probe.IPv6, Bytes: 1 << 40, BodyHash: 1<<64 - 1, Simhash: 1 << 63, Assessed: 255, Inside: true,
			Timings: probe.Timings{DNS: 0, TCP: 1 * time.Microsecond, TLS: 2 * time.Microsecond, TTFB: 3 * time.Microsecond, Body: 4, Total: time.Minute},
		},
		{
			Key: store.Key{Vantage: "ams", Run: "b", Sequence: 1 << 40}, Site: site, At: noon.Add(time.Second), Class: probe.MeasurementFailed,
			Protocol: "gopher", Timings: nothing,
		},
	}
	must(s.Append(t.Context(), rs))(t)
	rs[1].Timings.Body = 0 // microseconds are kept
	rs[2].Protocol = ""
	same(t, "results", rs, must(s.Results(t.Context(), all(site)))(t))
}

func testAppendTwice(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	var rs []store.Result
	for i := range int64(120) {
		rs = append(rs, result(site, "cph", i+1, noon.Add(time.Duration(i)*time.Second)))
	}
	first := must(s.Append(t.Context(), rs[:70]))(t)
	same(t, "fates of the first delivery", slices.Repeat([]store.Fate{store.Stored}, 70), first)
	again := must(s.Append(t.Context(), rs))(t)
	same(t, "fates of the second", slices.Concat(slices.Repeat([]store.Fate{store.Duplicate}, 70), slices.Repeat([]store.Fate{store.Stored}, 50)), again)
	twice := must(s.Append(t.Context(), slices.Concat(rs, rs)))(t)
	same(t, "fates of the third", slices.Repeat([]store.Fate{store.Duplicate}, 240), twice)
	same(t, "results", rs, must(s.Results(t.Context(), all(site)))(t))
}

// testAppendKeyOnce: the key alone decides, also in one call, and whatever else a second result under it says.
func testAppendKeyOnce(t *testing.T, place Place) {
	s := open(t, place)
	sites := addSites(t, s, 2)
	one := result(sites[0], "cph", 7, noon)
	other := result(sites[1], "cph", 7, noon.Add(time.Hour))
	other.Class = probe.HTTP502
	same(t, "fates", []store.Fate{store.Stored, store.Duplicate}, must(s.Append(t.Context(), []store.Result{one, other}))(t))
	same(t, "fates", []store.Fate{store.Duplicate}, must(s.Append(t.Context(), []store.Result{other}))(t))
	same(t, "the other site", 0, len(must(s.Results(t.Context(), all(sites[1])))(t)))

	run, vantage := one, one // the same number of another run, and of another vantage, is another key
	run.Run, vantage.Vantage = "r2", "ams"
	same(t, "fates", []store.Fate{store.Stored, store.Stored}, must(s.Append(t.Context(), []store.Result{run, vantage}))(t))
	same(t, "results", 3, len(must(s.Results(t.Context(), all(sites[0])))(t)))
}

func testAppendLate(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	late := result(site, "ams", 1, noon.Add(-3*24*time.Hour))
	must(s.Append(t.Context(), []store.Result{result(site, "cph", 1, noon)}))(t)
	same(t, "fates", []store.Fate{store.Stored}, must(s.Append(t.Context(), []store.Result{late}))(t))
	got := must(s.Results(t.Context(), all(site)))(t)
	if len(got) != 2 || got[0].Vantage != "ams" || got[1].Vantage != "cph" {
		t.Errorf("late results do not lie in order: got %+v", got)
	}
}

func testAppendRefuses(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	change := func(f func(r *store.Result)) store.Result {
		r := result(site, "cph", 1, noon)
		f(&r)
		return r
	}
	rs := []store.Result{
		change(func(r *store.Result) { r.Site = 4711 }),
		change(func(r *store.Result) { r.Site = 0 }),
		change(func(r *store.Result) { r.Vantage = "" }),
		change(func(r *store.Result) { r.Run = "" }),
		change(func(r *store.Result) { r.Run = "\x00" }),
		change(func(r *store.Result) { r.Run = "\xff" }),
		change(func(r *store.Result) { r.Run = string(make([]byte, store.MaxName+1)) }),
		change(func(r *store.Result) { r.Sequence = 0 }),
		change(func(r *store.Result) { r.Sequence = -1 }),
		change(func(r *store.Result) { r.Sequence = 1<<63 - 1 }),
		change(func(r *store.Result) { r.At = time.Time{} }),
		change(func(r *store.Result) { r.At = noon.Add(store.MaxAhead + time.Millisecond) }),
		change(func(r *store.Result) { r.At = noon.Add(store.MaxAhead) }),
	}
	want := append(slices.Repeat([]store.Fate{store.Unknown}, 11), store.FromFuture, store.Stored)
	same(t, "fates", want, must(s.Append(t.Context(), rs))(t))
	same(t, "results", 1, len(must(s.Results(t.Context(), all(site)))(t)))
	same(t, "fates of nothing", 0, len(must(s.Append(t.Context(), nil))(t)))
}

// testAppendAgainstTwin delivers results in every order, in part twice, with gaps that are filled later, and compares with a map.
func testAppendAgainstTwin(t *testing.T, place Place) {
	s := open(t, place)
	sites := addSites(t, s, 3)
	rng := rand.New(rand.NewPCG(4, 2))
	twin := make(map[store.Key]store.Result)
	for range 40 {
		var batch []store.Result
		for range 1 + rng.IntN(60) {
			r := result(sites[rng.IntN(len(sites))], []string{"cph", "ams"}[rng.IntN(2)], 1+rng.Int64N(300), noon.Add(-time.Duration(rng.IntN(1e8))*time.Millisecond))
			r.Run = []string{"r1", "r2"}[rng.IntN(2)]
			batch = append(batch, r)
		}
		fates := must(s.Append(t.Context(), batch))(t)
		for i, r := range batch {
			_, known := twin[r.Key]
			if want := map[bool]store.Fate{true: store.Duplicate, false: store.Stored}[known]; fates[i] != want {
				t.Fatalf("%+v: got fate %d, want %d", r.Key, fates[i], want)
			}
			if !known {
				twin[r.Key] = r
			}
		}
	}
	var got []store.Result
	for _, site := range sites {
		rs := must(s.Results(t.Context(), all(site)))(t)
		if !slices.IsSortedFunc(rs, func(a, b store.Result) int { return a.At.Compare(b.At) }) {
			t.Errorf("site %d: not in order of time", site)
		}
		got = append(got, rs...)
	}
	if len(got) != len(twin) {
		t.Errorf("got %d results, want %d", len(got), len(twin))
	}
	for _, r := range got {
		same(t, "result", twin[r.Key], r)
	}
}

// testClockGoesBack: the clock of a vantage, or of the store, may be set back; history is in order all the same and nothing is lost.
func testClockGoesBack(t *testing.T, place Place) {
	now := noon
	s := place(t, func() time.Time { return now })
	defer s.Close()
	site := addSites(t, s, 1)[0]
	check(t, s.Roll(t.Context(), noon))
	for i, at := range []time.Duration{0, -time.Hour, time.Minute, -time.Hour - time.Minute} {
		now = noon.Add(at)
		same(t, "fates", []store.Fate{store.Stored}, must(s.Append(t.Context(), []store.Result{result(site, "cph", int64(i+1), now)}))(t))
		check(t, s.Roll(t.Context(), now)) // further back than it was
	}
	got := must(s.Results(t.Context(), all(site)))(t)
	var order []int64
	for _, r := range got {
		order = append(order, r.Sequence)
	}
	same(t, "order", []int64{4, 2, 1, 3}, order)
	check(t, s.Roll(t.Context(), noon.Add(time.Hour)))
	same(t, "roll-ups", 2, len(must(s.Rollups(t.Context(), all(site)))(t)))
}

func testRange(t *testing.T, place Place) {
	s := open(t, place)
	sites := addSites(t, s, 2)
	var rs []store.Result
	for i := range int64(10) {
		rs = append(rs, result(sites[0], "cph", 2*i+1, noon.Add(time.Duration(i)*time.Minute)), result(sites[1], "cph", 2*i+2, noon))
	}
	must(s.Append(t.Context(), rs))(t)
	for _, tt := range []struct {
		r    store.Range
		want []int64
	}{
		{store.Range{Site: sites[0], From: noon.Add(time.Minute), To: noon.Add(3 * time.Minute)}, []int64{3, 5}},
		{store.Range{Site: sites[0], From: noon.Add(8 * time.Minute)}, []int64{17, 19}},
		{store.Range{Site: sites[0], To: noon.Add(time.Millisecond)}, []int64{1}},
		{store.Range{Site: sites[0], Limit: 2}, []int64{1, 3}},
		{store.Range{Site: sites[0], From: noon.Add(time.Hour)}, nil},
		{store.Range{Site: 99}, nil},
	} {
		var got []int64
		for _, r := range must(s.Results(t.Context(), tt.r))(t) {
			got = append(got, r.Sequence)
		}
		same(t, "sequence numbers", tt.want, got)
	}
}

// testEvidenceIsBounded: a site that changes without end fills no disk, and costs no other site its evidence.
func testEvidenceIsBounded(t *testing.T, place Place) {
	s := open(t, place)
	sites := addSites(t, s, 2)
	at := func(site store.SiteID, n int) store.Evidence {
		return store.Evidence{
			Key: store.Key{Vantage: "cph", Run: "r", Sequence: int64(n) + int64(site)*1e6}, Site: site, At: noon.Add(time.Duration(n) * time.Second),
		}
	}
	check(t, s.PutEvidence(t.Context(), at(sites[1], 1)))
	var es []store.Evidence
	for n := range store.MaxEvidence + 10 {
		es = append(es, at(sites[0], n))
	}
	check(t, s.PutEvidence(t.Context(), es...))
	got := must(s.Evidence(t.Context(), all(sites[0])))(t)
	if len(got) != store.MaxEvidence || got[0].Key != es[10].Key {
		t.Errorf("got %d pieces from %v on", len(got), got[0].Key)
	}
	same(t, "the other site's", 1, len(must(s.Evidence(t.Context(), all(sites[1])))(t)))
}

func testEvidence(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	r := probe.Result{
		URL: "https://siteaa.example/", FinalURL: "https://siteaa.example/da", Class: probe.HTTP502, At: noon, Evidence: probe.Evidence{
			Title: "Bad\x00 Gateway \xff", BodySHA256: "00ff", Bytes: 3, Simhash: 1<<64 - 1, Headers: map[string]string{"server": "x"},
			Redirects: []string{"https://siteaa.example/da"}, Error: "none", Body: []byte{0, 255, 1},
			Certificate: &probe.Certificate{SHA256: "ab", Issuer: "i", NotBefore: noon, NotAfter: noon.Add(time.Hour), Names: []string{"siteaa.example"}},
		},
	}
	full := store.EvidenceOf(site, store.Key{Vantage: "cph", Run: "r", Sequence: 1}, &r)
	empty := store.Evidence{Key: store.Key{Vantage: "cph", Run: "r", Sequence: 2}, Site: site, At: noon.Add(time.Second), Class: probe.OK}
	other := full
	other.Title = "another page"
	for _, e := range []store.Evidence{full, empty, other} {
		check(t, s.PutEvidence(t.Context(), e))
	}
	got := must(s.Evidence(t.Context(), all(site)))(t)
	if len(got) != 2 {
		t.Fatalf("got %d, want 2: %+v", len(got), got)
	}
	full.Title = "Bad\x00 Gateway �" // JSON holds no other
	same(t, "evidence", full.Evidence, got[0].Evidence)
	same(t, "key", full.Key, got[0].Key)
	same(t, "addresses", full.URL+full.FinalURL, got[0].URL+got[0].FinalURL)
	if empty.Evidence.Error != got[1].Error || got[1].Body != nil || got[1].Certificate != nil || got[1].Class != probe.OK {
		t.Errorf("empty evidence: got %+v", got[1])
	}

	large := full
	large.Sequence, large.Body = 3, make([]byte, store.MaxBody+1)
	fine := full
	fine.Sequence = 4
	wantErr(t, s.PutEvidence(t.Context(), fine, large), store.ErrTooLarge)
	same(t, "evidence after a call that failed", 2, len(must(s.Evidence(t.Context(), all(site)))(t)))
	large.Body, large.Evidence.Error = nil, string(make([]byte, store.MaxDoc))
	wantErr(t, s.PutEvidence(t.Context(), large), store.ErrTooLarge)
}
