package edge_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

var now = time.Date(2025, 11, 17, 18, 0, 0, 0, time.UTC)

type house struct {
	*edge.Edge
	admit *admit.Controller
	cache *cache.Cache
	site  *seawall.Site
}

func newHouse(tb testing.TB, change ...func(*seawall.Site)) *house {
	tb.Helper()
	h := &house{site: &seawall.Site{Name: "www.example.org", Aliases: []string{"example.org"}, MaxStale: 24 * time.Hour}}
	for _, f := range change {
		f(h.site)
	}
	sites := []*seawall.Site{h.site}
	var err error
	if h.cache, err = cache.New(cache.Options{MemoryBytes: 8 << 20}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(h.cache.Close)
	book, err := answer.New(sites)
	if err != nil {
		tb.Fatal(err)
	}
	control, err := admit.New(admit.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	h.admit = control
	if h.Edge, err = edge.New(edge.Options{Sites: sites, Cache: h.cache, Answers: book, Admit: []*admit.Controller{control}}); err != nil {
		tb.Fatal(err)
	}
	return h
}

func get(target string) *seawall.Request {
	return &seawall.Request{
		Method: "GET", Host: "www.example.org", Path: target, Received: now,
		Client: seawall.ClientAt(netip.MustParseAddr("192.0.2.7")),
		Fields: seawall.Fields{
			{Name: "Accept", Value: "text/html"},
			{Name: "Accept-Language", Value: "da,en;q=0.5"},
			{Name: "User-Agent", Value: "Example/1.0"},
			{Name: "Accept-Encoding", Value: "gzip"},
		},
	}
}

// store puts an answer to r into the cache, made age ago.
func (h *house) store(tb testing.TB, r *seawall.Request, age time.Duration, control string) {
	tb.Helper()
	rec := h.cache.Begin(h.site, r, cache.Response{
		Status: 200, RequestTime: now.Add(-age), ResponseTime: now.Add(-age),
		Fields: seawall.Fields{{Name: "Cache-Control", Value: control}, {Name: "Content-Type", Value: "text/html"}, {Name: "ETag", Value: `"1"`}},
	})
	_, _ = rec.Write([]byte("<p>hello"))
	if rec.Commit() == nil {
		tb.Fatalf("%s: answer was not stored", r.Path)
	}
}

func TestDecide(t *testing.T) {
	h := newHouse(t)
	h.store(t, get("/fresh"), 0, "max-age=60")
	h.store(t, get("/stale"), time.Hour, "max-age=60")
	h.store(t, get("/strict"), time.Hour, "max-age=60, must-revalidate")
	change := func(r *seawall.Request, f func(*seawall.Request)) *seawall.Request { f(r); return r }
	for _, tt := range []struct {
		name   string
		r      *seawall.Request
		kind   seawall.ActionKind
		reason seawall.Reason
		status int
		wait   time.Duration
	}{
		{"unknown host", change(get("/"), func(r *seawall.Request) { r.Host = "other.example" }), seawall.ActionRefuse, seawall.ReasonUnknownHost, 421, 0},
		{"no host", change(get("/"), func(r *seawall.Request) { r.Host = "" }), seawall.ActionRefuse, seawall.ReasonUnknownHost, 421, 0},
		{"no path", get("*"), seawall.ActionRefuse, seawall.ReasonBadRequest, 400, 0},
		{"trace", change(get("/"), func(r *seawall.Request) { r.Method = "TRACE" }), seawall.ActionRefuse, seawall.ReasonMethod, 501, 0},
		{"large body", change(get("/"), func(r *seawall.Request) { r.Method, r.BodySize = "POST", edge.DefaultMaxBody+1 }), seawall.ActionRefuse, seawall.ReasonBodyTooLarge, 413, 0},
		{"largest body", change(get("/"), func(r *seawall.Request) { r.Method, r.BodySize = "POST", edge.DefaultMaxBody }), seawall.ActionForward, seawall.ReasonUncachable, 0, edge.DefaultPatience},
		{"fresh", get("/fresh"), seawall.ActionServe, seawall.ReasonFresh, 0, 0},
		{"alias", change(get("/fresh"), func(r *seawall.Request) { r.Host = "example.org" }), seawall.ActionServe, seawall.ReasonElsewhere, 308, 0},
		{"stale", get("/stale"), seawall.ActionForward, seawall.ReasonRevalidate, 0, edge.DefaultStalePatience},
		{"stale but strict", get("/strict"), seawall.ActionForward, seawall.ReasonRevalidate, 0, edge.DefaultPatience},
		{"miss", get("/new"), seawall.ActionForward, seawall.ReasonMiss, 0, edge.DefaultPatience},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := h.Decide(now, tt.r)
			if got.Kind != tt.kind || got.Reason != tt.reason || got.Status != tt.status || got.Wait != tt.wait {
				t.Errorf("got %v %v %d %v, want %v %v %d %v", got.Kind, got.Reason, got.Status, got.Wait, tt.kind, tt.reason, tt.status, tt.wait)
			}
			if again := h.Decide(now, tt.r); again != got {
				t.Errorf("the same question got %+v, then %+v", got, again)
			}
		})
	}
}

func TestFallback(t *testing.T) {
	h := newHouse(t)
	h.store(t, get("/stale"), time.Hour, "max-age=60")
	h.store(t, get("/strict"), time.Hour, "max-age=60, must-revalidate")
	h.store(t, get("/old"), 48*time.Hour, "max-age=60")
	for _, tt := range []struct {
		path   string
		why    seawall.Reason
		kind   seawall.ActionKind
		answer seawall.Answer
		status int
	}{
		{"/stale", seawall.ReasonShed, seawall.ActionServe, seawall.AnswerStale, 0},
		{"/strict", seawall.ReasonShed, seawall.ActionServe, seawall.AnswerNote, 503},
		{"/old", seawall.ReasonOriginDown, seawall.ActionServe, seawall.AnswerNote, 503},
		{"/none", seawall.ReasonOriginTimeout, seawall.ActionServe, seawall.AnswerNote, 504},
		{"/none", seawall.ReasonOriginError, seawall.ActionServe, seawall.AnswerNote, 503},
		{"/none", seawall.ReasonBodyTooLarge, seawall.ActionRefuse, seawall.AnswerNone, 413},
	} {
		got := h.Fallback(now, get(tt.path), edge.Failure{Reason: tt.why})
		status := got.Status
		if got.Note != nil {
			status = got.Note.Status
		}
		if got.Kind != tt.kind || got.Answer != tt.answer || status != tt.status || got.Reason != tt.why {
			t.Errorf("%s after %v: got %v %v %d %v, want %v %v %d", tt.path, tt.why, got.Kind, got.Answer, status, got.Reason, tt.kind, tt.answer, tt.status)
		}
	}
}

// TestFallbackAlwaysAnswers asks for every failure there is: whatever goes wrong, the reader gets an answer, and never a 502.
func TestFallbackAlwaysAnswers(t *testing.T) {
	h := newHouse(t)
	for _, why := range seawall.Reasons() {
		got := h.Fallback(now, get("/none"), edge.Failure{Reason: why})
		if got.Note == nil && got.Status == 0 {
			t.Errorf("after %v: no answer", why)
		}
		if got.Note != nil && got.Note.Status == 502 || got.Status == 502 {
			t.Errorf("after %v: a 502", why)
		}
	}
}

func TestGreet(t *testing.T) {
	h := newHouse(t)
	for _, tt := range []struct {
		hello edge.Hello
		want  seawall.ActionKind
	}{
		{edge.Hello{Conns: 10, ConnLimit: 10}, seawall.ActionForward},
		{edge.Hello{Conns: 11, ConnLimit: 10}, seawall.ActionDrop},
		{edge.Hello{TLS: true, ConnLimit: 10, Handshakes: 5, HandLimit: 4}, seawall.ActionDrop},
		{edge.Hello{ConnLimit: 10, Handshakes: 5, HandLimit: 4}, seawall.ActionForward},
		{edge.Hello{Conns: 300, ConnLimit: 1000, Network: 350}, seawall.ActionForward},
		{edge.Hello{Conns: 300, ConnLimit: 1000, Network: 351}, seawall.ActionDrop},
		{edge.Hello{Conns: 1000, ConnLimit: 1000, Network: 16}, seawall.ActionForward},
		{edge.Hello{Conns: 1000, ConnLimit: 1000, Network: 17}, seawall.ActionDrop},
		{edge.Hello{Conns: 1001, ConnLimit: 1000, Network: 1}, seawall.ActionDrop},
	} {
		if got := h.Greet(now, &tt.hello).Kind; got != tt.want {
			t.Errorf("%+v: got %v, want %v", tt.hello, got, tt.want)
		}
	}
}

// TestGreetLeavesRoom has ten networks take all that they are given, one after another, and a reader come after each.
func TestGreetLeavesRoom(t *testing.T) {
	h := newHouse(t)
	const limit = 8192
	conns := 0
	for i := range 10 {
		held := 0
		for h.Greet(now, &edge.Hello{Conns: conns + 1, ConnLimit: limit, Network: held + 1}).Kind == seawall.ActionForward {
			conns++
			held++
		}
		if i == 0 && (held < limit/4 || held > limit/3) {
			t.Errorf("the first holds %d of %d, want at most a third and not much less", held, limit)
		}
		reader := edge.Hello{Conns: conns + 1, ConnLimit: limit, Network: 1}
		if h.Greet(now, &reader).Kind != seawall.ActionForward {
			t.Errorf("a reader is turned away after network %d, at %d connections", i+1, conns)
		}
	}
}

func TestDecideDoesNotAllocate(t *testing.T) {
	h := newHouse(t)
	h.store(t, get("/fresh"), 0, "max-age=60")
	h.store(t, get("/stale"), time.Hour, "max-age=60")
	search := get("/search")
	search.Query = "q=harbour&page=2"
	for name, r := range map[string]*seawall.Request{"fresh": get("/fresh"), "stale": get("/stale"), "miss": get("/a/b/c"), "search": search} {
		if n := testing.AllocsPerRun(100, func() { h.Decide(now, r) }); n != 0 {
			t.Errorf("Decide, %s: %v allocations", name, n)
		}
		if n := testing.AllocsPerRun(100, func() { h.Fallback(now, r, edge.Failure{Reason: seawall.ReasonShed}) }); n != 0 {
			t.Errorf("Fallback, %s: %v allocations", name, n)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	h := newHouse(b)
	h.store(b, get("/fresh"), 0, "max-age=60")
	h.store(b, get("/stale"), time.Hour, "max-age=60")
	search := get("/search")
	search.Query = "q=harbour&page=2"
	form := get("/contact")
	form.Method, form.BodySize = "POST", 200
	foreign := get("/")
	foreign.Host = "other.example"
	for _, bm := range []struct {
		name string
		r    *seawall.Request
	}{{"hit", get("/fresh")}, {"stale", get("/stale")}, {"miss", get("/news/2025/11/a-long-title-of-an-article")}, {"search", search}, {"form", form}, {"refuse", foreign}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Decide(now, bm.r)
			}
		})
	}
	b.Run("fallback", func(b *testing.B) {
		b.ReportAllocs()
		r := get("/none")
		for b.Loop() {
			h.Fallback(now, r, edge.Failure{Reason: seawall.ReasonShed})
		}
	})
}
