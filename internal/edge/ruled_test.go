package edge_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// ruleSet returns a set of rules "METHOD /path?key" with every effect there is.
func ruleSet(site string, lines ...string) seawall.RuleSet {
	s := seawall.RuleSet{ID: "orders", Site: site, Since: now, Until: now.Add(seawall.RuleSetLife)}
	for i, line := range lines {
		method, target, _ := strings.Cut(line, " ")
		path, query, found := strings.Cut(target, "?")
		r := seawall.Rule{
			ID: fmt.Sprint(i + 1), Method: method, Path: path,
			Effect: seawall.Effect{Weight: seawall.WeightLast, Share: seawall.ShareQuarter, Copy: seawall.CopyAtOnce},
		}
		if found {
			r.Query = strings.Split(query, "&")
		}
		s.Rules = append(s.Rules, r)
	}
	return s
}

func (h *house) setRules(tb testing.TB, lines ...string) {
	tb.Helper()
	var sets []seawall.RuleSet
	if len(lines) > 0 {
		sets = append(sets, ruleSet(h.site.Name, lines...))
	}
	if err := h.SetRules(map[string][]seawall.RuleSet{h.site.Name: sets}); err != nil {
		tb.Fatal(err)
	}
}

// distress has a request wait for too long.
func (h *house) distress(tb testing.TB) {
	tb.Helper()
	before := now.Add(-time.Second)
	for i := range 2 * admit.DefaultMax {
		r := get(fmt.Sprintf("/%d", i))
		if tk := h.admit.Enter(before, r, h.admit.Classify(r)); tk != nil && !tk.Granted() {
			tk.Leave(now)
			break
		}
	}
	if !h.admit.Load(now).Distress {
		tb.Fatal("no distress")
	}
}

// everything names whatever the tests ask for.
var everything = []string{
	"GET /", "GET /{token}", "GET /news/{token}", "GET /a/b/c", "GET /search?q", "GET /search?q&page", "POST /contact", "POST /{token}",
}

// TestRulesChangeNothingInPeace asks random questions of two edges with the same cache and pressure, one of which has rules for everything.
func TestRulesChangeNothingInPeace(t *testing.T) {
	plain, ruled := newHouse(t), newHouse(t)
	ruled.setRules(t, everything...)
	for _, h := range []*house{plain, ruled} {
		h.store(t, get("/fresh"), 0, "max-age=60")
		h.store(t, get("/stale"), time.Hour, "max-age=60")
		h.store(t, get("/renew"), time.Minute, "max-age=50, stale-while-revalidate=600")
		h.store(t, get("/strict"), time.Hour, "max-age=60, must-revalidate")
	}
	rng := rand.New(rand.NewPCG(1, 1))
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	fits := 0
	for range 5000 {
		r := get(pick("/", "/fresh", "/stale", "/renew", "/strict", "/news/x7", "/a/b/c", "/search", "/contact", "//", "/x/y", "*"))
		r.Method = pick("GET", "GET", "HEAD", "POST", "PUT", "TRACE")
		r.Query = pick("", "", "q=a", "q=a&page=2", "x")
		if pick("", "x") != "" {
			r.Fields = r.Fields.With(pick("Cache-Control", "Cookie", "Range", "Authorization"), pick("no-cache", "max-stale", "only-if-cached", "bytes=0-1"))
		}
		want, got := plain.Decide(now, r), ruled.Decide(now, r)
		if got.Rule != nil {
			fits++
		}
		got.Rule = nil
		same(t, r, want, got)
		f := edge.Failure{Reason: seawall.Reasons()[rng.IntN(len(seawall.Reasons()))]}
		same(t, r, plain.Fallback(now, r, f), ruled.Fallback(now, r, f))
	}
	if fits < 1000 {
		t.Errorf("only %d of 5000 questions fitted a rule: the test says little", fits)
	}
}

// same compares two edges' actions: whose entry, site and class's secret hash they hold differs, what they do must not.
func same(t *testing.T, r *seawall.Request, want, got edge.Action) {
	t.Helper()
	if (want.Entry == nil) != (got.Entry == nil) || (want.Stale == nil) != (got.Stale == nil) || (want.Note == nil) != (got.Note == nil) ||
		want.Key.IsZero() != got.Key.IsZero() || want.Class.Lane != got.Class.Lane || want.Class.Cost != got.Class.Cost {
		t.Fatalf("%s %s?%s: got %+v, want %+v", r.Method, r.Path, r.Query, got, want)
	}
	for _, a := range []*edge.Action{&want, &got} {
		a.Entry, a.Stale, a.Note, a.Site, a.Key, a.Class = nil, nil, nil, nil, cache.Key{}, admit.Class{}
	}
	if want != got {
		t.Fatalf("%s %s?%s: got %+v, want %+v", r.Method, r.Path, r.Query, got, want)
	}
}

// TestRulesInDistress holds what a rule does and that it is no more: nobody who would have been answered is refused.
func TestRulesInDistress(t *testing.T) {
	h := newHouse(t)
	h.store(t, get("/fresh"), 0, "max-age=60")
	h.store(t, get("/stale"), time.Hour, "max-age=60")
	h.store(t, get("/strict"), time.Hour, "max-age=60, must-revalidate")
	h.distress(t)
	search, form := get("/search"), get("/contact")
	search.Query, form.Method, form.BodySize = "q=harbour", "POST", 10
	for _, tt := range []struct {
		r         *seawall.Request
		ruled     bool
		kind      seawall.ActionKind
		reason    seawall.Reason
		under     bool
		renew     bool
		unchanged bool
	}{
		{r: get("/fresh"), kind: seawall.ActionServe, reason: seawall.ReasonFresh, unchanged: true},
		{r: get("/stale"), kind: seawall.ActionServe, reason: seawall.ReasonListedCopy, under: true, renew: true},
		{r: get("/strict"), kind: seawall.ActionForward, reason: seawall.ReasonListed, under: true},
		{r: get("/new"), kind: seawall.ActionForward, reason: seawall.ReasonListed, under: true},
		{r: search, kind: seawall.ActionForward, reason: seawall.ReasonListed, under: true},
		{r: form, kind: seawall.ActionForward, reason: seawall.ReasonListed, under: true},
		{r: get("/x/y"), kind: seawall.ActionForward, reason: seawall.ReasonMiss, unchanged: true},
	} {
		h.setRules(t)
		before := h.Decide(now, tt.r)
		h.setRules(t, everything...)
		got := h.Decide(now, tt.r)
		if got.Kind != tt.kind || got.Reason != tt.reason || got.Renew != tt.renew || (got.Under != seawall.Effect{}) != tt.under {
			t.Errorf("%s: got %+v", tt.r.Path, got)
		}
		got.Rule = nil
		if (got == before) != tt.unchanged {
			t.Errorf("%s: got %+v, without rules %+v", tt.r.Path, got, before)
		}
		if later := now.Add(6 * time.Second); h.Decide(later, tt.r).Under != (seawall.Effect{}) {
			t.Errorf("%s: still under a rule when the distress is over", tt.r.Path)
		}
	}
}

func TestSetRulesRefuses(t *testing.T) {
	h := newHouse(t)
	h.setRules(t, "GET /a")
	for why, sets := range map[string]map[string][]seawall.RuleSet{
		"is no site":       {"other.example": {ruleSet("other.example", "GET /")}},
		"is of site":       {h.site.Name: {ruleSet("other.example", "GET /")}},
		`"example.org" is`: {"example.org": {ruleSet("example.org", "GET /")}},
		"path is none":     {h.site.Name: {ruleSet(h.site.Name, "GET a")}},
	} {
		if err := h.SetRules(sets); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("got %v, want %q", err, why)
		}
	}
	if h.Decide(now, get("/a")).Rule == nil {
		t.Error("what was in force is gone")
	}
}

// TestTenThousandSites gives each of ten thousand sites rules in one step, and finds each site's own and no other's.
func TestTenThousandSites(t *testing.T) {
	const n = 10_000
	o := edge.Options{}
	sets := make(map[string][]seawall.RuleSet, n)
	one, err := admit.New(admit.Options{Templates: 16})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprintf("s%d.example.org", i)
		o.Sites, o.Admit = append(o.Sites, &seawall.Site{Name: name}), append(o.Admit, one)
		sets[name] = []seawall.RuleSet{ruleSet(name, fmt.Sprintf("GET /%d", i), "GET /search?q")}
	}
	if o.Cache, err = cache.New(cache.Options{MemoryBytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Cache.Close)
	if o.Answers, err = answer.New(o.Sites[:1]); err != nil {
		t.Fatal(err)
	}
	e, err := edge.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SetRules(sets); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 97 {
		for _, path := range []int{i, i + 1} {
			r := get(fmt.Sprintf("/%d", path))
			r.Host = o.Sites[i].Name
			got := e.Decide(now, r)
			if got.Kind != seawall.ActionForward || got.Reason != seawall.ReasonMiss || (got.Rule != nil) != (path == i) {
				t.Fatalf("%s%s: got %+v", r.Host, r.Path, got)
			}
		}
	}
}

func TestRuledDoesNotAllocate(t *testing.T) {
	h := newHouse(t)
	h.setRules(t, everything...)
	h.store(t, get("/stale"), time.Hour, "max-age=60")
	h.distress(t)
	for _, r := range []*seawall.Request{get("/stale"), get("/new"), get("/a/b/d")} {
		if n := testing.AllocsPerRun(100, func() { h.Decide(now, r) }); n != 0 {
			t.Errorf("%s: %v allocations", r.Path, n)
		}
	}
}

func BenchmarkDecideRuled(b *testing.B) {
	h := newHouse(b)
	h.setRules(b, everything...)
	h.store(b, get("/fresh"), 0, "max-age=60")
	h.distress(b)
	search := get("/search")
	search.Query = "q=harbour&page=2"
	for name, r := range map[string]*seawall.Request{"hit": get("/fresh"), "search": search, "miss": get("/news/2025/11/a-long-title-of-an-article")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Decide(now, r)
			}
		})
	}
}
