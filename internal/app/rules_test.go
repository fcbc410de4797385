package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/intel/draft"
)

const ruledSite = "www.example.org"

// ruled is an App with one site, in whose book of peace are n requests for one page each, of which a share of searches.
func ruled(t *testing.T, orders config.Orders, n, searches int) *App {
	t.Helper()
	a := build(t, Options{Config: parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
sites: [{name: www.example.org, origin: "http://127.0.0.1:8080", tls: off, orders: %s}]
`, orders)})
	for i := range n {
		r := seawall.Request{Method: "GET", Host: ruledSite, Path: fmt.Sprintf("/news/%d", i), Client: seawall.ClientAt(netip.MustParseAddr("192.0.2.1"))}
		if i < searches {
			r.Path, r.Query = "/search", "q=harbour"
		}
		a.graph().books[0].Note(&r)
	}
	return a
}

func drafts(a *App, paths ...string) []draft.Draft {
	var templates []seawall.Template
	for _, p := range paths {
		templates = append(templates, seawall.Template{Vector: seawall.VectorHTTP, Method: "GET", Path: p, Query: []seawall.Param{{Name: "q", Class: seawall.ClassToken}}})
		if p == "/" {
			templates[len(templates)-1].Query = nil
		}
	}
	return draft.Make(ruledSite, seawall.Provenance{Feed: "orders", Listing: "1"}, a.Now(), templates)
}

func TestOfferedRules(t *testing.T) {
	for _, tt := range []struct {
		name     string
		orders   config.Orders
		n        int
		searches int
		path     string
		want     draft.Waits
	}{
		{"the owner said so", config.OrdersAuto, 1000, 10, "/search", draft.WaitsNot},
		{"more than one in a hundred", config.OrdersAuto, 1000, 11, "/search", draft.WaitsTraffic},
		{"cold", config.OrdersAuto, 100, 0, "/search", draft.WaitsUnknown},
		{"the front page", config.OrdersAuto, 1000, 0, "/", draft.WaitsFront},
		{"the owner wants to be asked", config.OrdersAsk, 1000, 0, "/search", draft.WaitsOwner},
	} {
		a := ruled(t, tt.orders, tt.n, tt.searches)
		here := desk.Here(a)
		got, err := RulesOffer.Ask(t.Context(), here, RulesOffered{drafts(a, tt.path)})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Waits != tt.want {
			t.Errorf("%s: got %+v, want it to wait for %q", tt.name, got, tt.want)
		}
		if in := decided(a, tt.path); in != (tt.want == draft.WaitsNot) {
			t.Errorf("%s: in force: %v", tt.name, in)
		}
		if _, err := RulesApprove.Ask(t.Context(), here, RulesNamed{Site: ruledSite, ID: got[0].ID}); err != nil {
			t.Fatal(err)
		}
		if !decided(a, tt.path) {
			t.Errorf("%s: approved and not in force", tt.name)
		}
		if _, err := RulesDrop.Ask(t.Context(), here, RulesNamed{Site: ruledSite}); err != nil || decided(a, tt.path) {
			t.Errorf("%s: dropped and in force, or %v", tt.name, err)
		}
	}
}

// decided reports whether the edge knows a rule for the path.
func decided(a *App, path string) bool {
	r := &seawall.Request{Method: "GET", Host: ruledSite, Path: path, Client: seawall.ClientAt(netip.MustParseAddr("192.0.2.1"))}
	if path != "/" {
		r.Query = "q=x"
	}
	return a.graph().edge.Decide(a.Now(), r).Rule != nil
}

func TestOffersRefused(t *testing.T) {
	a := ruled(t, config.OrdersAuto, 1000, 0)
	off := ruled(t, config.OrdersOff, 1000, 0)
	elsewhere := drafts(a, "/search")
	elsewhere[0].Set.Site = "other.example"
	bad := drafts(a, "/search")
	bad[0].Set.Rules[0].Path = "search"
	for why, tt := range map[string]struct {
		a  *App
		in []draft.Draft
	}{"another's site": {a, elsewhere}, "a bad set": {a, bad}, "orders: off": {off, drafts(off, "/search")}} {
		if _, err := RulesOffer.Ask(t.Context(), desk.Here(tt.a), RulesOffered{tt.in}); !errors.Is(err, control.ErrRefused) {
			t.Errorf("%s: got %v", why, err)
		}
	}
	future := drafts(a, "/search")
	future[0].Set.Since = a.Now().Add(time.Hour)
	if _, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{future}); !errors.Is(err, control.ErrRefused) {
		t.Errorf("a set that has not begun: got %v", err)
	}
	var many []draft.Draft
	for i := range 9 {
		d := drafts(a, fmt.Sprintf("/f%d", i))
		d[0].Set.Source.Feed = fmt.Sprint("feed", i)
		many = append(many, d...)
	}
	if _, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{many}); !errors.Is(err, control.ErrRefused) {
		t.Errorf("nine sets of a site: got %v", err)
	}
	if got, err := RulesList.Ask(t.Context(), desk.Here(a), RulesNamed{}); err != nil || len(got) != 0 {
		t.Errorf("left after refusals: %v, %v", got, err)
	}
}

// TestRulesOutliveReloads and end by the clock, not by a reload; a site that wants none has none.
func TestRulesOutliveReloads(t *testing.T) {
	now := time.Now()
	a := ruled(t, config.OrdersAuto, 1000, 0)
	a.Now = func() time.Time { return now }
	if _, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{drafts(a, "/search")}); err != nil {
		t.Fatal(err)
	}
	orders := config.OrdersAuto
	a.Load = func() (*config.Config, error) {
		return parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
sites: [{name: www.example.org, origin: "http://127.0.0.1:8081", tls: off, orders: %s}]
`, orders), nil
	}
	reload := func() {
		t.Helper()
		if _, err := a.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if reload(); !decided(a, "/search") {
		t.Error("gone after a reload")
	}
	if st := a.status().Sites[0]; st.Rules.Used != 1 || st.Waiting != 0 {
		t.Errorf("status: %+v", st)
	}
	now = now.Add(seawall.RuleSetLife)
	if got, _ := RulesList.Ask(t.Context(), desk.Here(a), RulesNamed{}); len(got) != 0 || decided(a, "/search") {
		t.Errorf("after its life: %v", got)
	}
	if _, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{drafts(a, "/search")}); err != nil || !decided(a, "/search") {
		t.Fatal("offered again and not in force", err)
	}
	orders = config.OrdersOff
	if reload(); decided(a, "/search") {
		t.Error("in force where the owner wants none")
	}
	if got, err := RulesList.Ask(t.Context(), desk.Here(a), RulesNamed{}); err != nil || len(got) != 0 {
		t.Errorf("kept where the owner wants none: %v, %v", got, err)
	}
}

func TestRulesCount(t *testing.T) {
	a := ruled(t, config.OrdersAuto, 1000, 0)
	set, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{drafts(a, "/search")})
	if err != nil {
		t.Fatal(err)
	}
	name := set[0].ID + "/1"
	a.rules.observe(&seawall.Outcome{Site: ruledSite, Rule: name})
	a.rules.observe(&seawall.Outcome{Site: ruledSite, Rule: name, Effect: seawall.Effect{Weight: seawall.WeightLater}})
	a.rules.observe(&seawall.Outcome{Site: ruledSite, Rule: "other/1"})
	a.rules.observe(&seawall.Outcome{Site: ruledSite})
	got, err := RulesList.Ask(t.Context(), desk.Here(a), RulesNamed{Site: ruledSite})
	if err != nil || len(got) != 1 || got[0].Matched["1"] != 2 || got[0].Felt != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestRulesBySocket asks for all four operations through the socket of a running Seawall.
func TestRulesBySocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	a := start(t, withControl(t, path))
	there := desk.There[App](&control.Client{Path: path})
	ctx := context.WithoutCancel(t.Context())
	got, err := RulesOffer.Ask(ctx, there, RulesOffered{drafts(a.App, "/search")})
	if err != nil || len(got) != 1 || got[0].Waits != draft.WaitsUnknown {
		t.Fatalf("offer: %+v, %v", got, err)
	}
	if got, err = RulesApprove.Ask(ctx, there, RulesNamed{Site: ruledSite, ID: got[0].ID}); err != nil || got[0].Waits != "" {
		t.Errorf("approve: %+v, %v", got, err)
	}
	if got, err = RulesList.Ask(ctx, there, RulesNamed{}); err != nil || len(got) != 1 {
		t.Errorf("list: %+v, %v", got, err)
	}
	if got, err = RulesDrop.Ask(ctx, there, RulesNamed{Site: ruledSite}); err != nil || len(got) != 1 || decided(a.App, "/search") {
		t.Errorf("drop: %+v, %v", got, err)
	}
	if _, err = RulesDrop.Ask(ctx, there, RulesNamed{Site: ruledSite}); err == nil {
		t.Error("dropped twice")
	}
}

// TestHostileLists: who writes a list does not decide whether its victim has a defence.
func TestHostileLists(t *testing.T) {
	offer := func(a *App, d ...draft.Draft) []RuleSetShown {
		t.Helper()
		got, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{d})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("more shapes than there is room for", func(t *testing.T) {
		a := ruled(t, config.OrdersAuto, 1000, 0)
		paths := []string{"/search"}
		for i := range 40 {
			path := ""
			for bit := range seawall.MaxRuleSegments {
				path += []string{"/news", "/{number}"}[i>>bit&1]
			}
			paths = append(paths, path)
		}
		got := offer(a, drafts(a, paths...)...)
		if len(got) != 1 || got[0].Left == 0 || len(got[0].Rules)+got[0].Left != 41 || !decided(a, "/search") {
			t.Errorf("got %d rules, %d left, search known: %v", len(got[0].Rules), got[0].Left, decided(a, "/search"))
		}
	})
	t.Run("one that changes with every look", func(t *testing.T) {
		now := time.Now()
		a := ruled(t, config.OrdersAuto, 1000, 0)
		a.Options.Now = func() time.Time { return now }
		for i := range 20 {
			now = now.Add(time.Minute)
			offer(a, drafts(a, "/search", fmt.Sprintf("/f%d", i))...)
		}
		got, err := RulesList.Ask(t.Context(), desk.Here(a), RulesNamed{})
		if err != nil || len(got) != 1 || !decided(a, "/search") || !decided(a, "/f19") || decided(a, "/f3") {
			t.Errorf("%d sets, %v", len(got), err)
		}
	})
	t.Run("one busy page among others", func(t *testing.T) {
		a := ruled(t, config.OrdersAuto, 1000, 100)
		got := offer(a, drafts(a, "/search", "/wp-login", "/x")...)
		if len(got) != 2 || got[0].Waits != draft.WaitsNot || got[1].Waits != draft.WaitsTraffic || !decided(a, "/x") || decided(a, "/search") {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("another under the name of one in force", func(t *testing.T) {
		a := ruled(t, config.OrdersAuto, 1000, 100)
		first := drafts(a, "/x")
		offer(a, first...)
		a.rules.observe(&seawall.Outcome{Site: ruledSite, Rule: first[0].Set.ID + "/1"})
		if got := offer(a, first...); got[0].Matched["1"] != 1 {
			t.Errorf("the same again forgets what matched: %+v", got)
		}
		other := drafts(a, "/search")
		other[0].Set.ID = first[0].Set.ID
		if got := offer(a, other...); got[0].Rules[0].Path != "/x" || decided(a, "/search") || !decided(a, "/x") {
			t.Errorf("in force unjudged, or in place of what was: %+v", got)
		}
	})
	t.Run("one that somebody dropped", func(t *testing.T) {
		a := ruled(t, config.OrdersAuto, 1000, 0)
		offer(a, drafts(a, "/x")...)
		if _, err := RulesDrop.Ask(t.Context(), desk.Here(a), RulesNamed{Site: ruledSite}); err != nil {
			t.Fatal(err)
		}
		if got := offer(a, drafts(a, "/x")...); got[0].Waits != draft.WaitsOwner || decided(a, "/x") {
			t.Errorf("back by itself: %+v", got)
		}
	})
	t.Run("a little of each of many feeds", func(t *testing.T) {
		a := ruled(t, config.OrdersAuto, 1000, 8)
		for range 8 {
			r := seawall.Request{Method: "GET", Host: ruledSite, Path: "/tickets", Query: "q=1"}
			a.graph().books[0].Note(&r)
		}
		one, two := drafts(a, "/search"), drafts(a, "/tickets")
		two[0].Set.Source.Feed = "another"
		if got := offer(a, one...); got[0].Waits != draft.WaitsNot {
			t.Fatalf("got %+v", got)
		}
		if got := offer(a, two...); got[0].Waits != draft.WaitsTraffic {
			t.Errorf("together they are more than one in a hundred: %+v", got)
		}
	})
}

// TestRulesOutliveTheProcess: what was approved is in force again after a restart, what was dropped stays dropped, and nothing that is wrong in the file
// keeps an edge from serving.
func TestRulesOutliveTheProcess(t *testing.T) {
	state, now := t.TempDir(), time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	begin := func() *App {
		t.Helper()
		return build(t, Options{State: state, Now: func() time.Time { return now }, Config: parse(t, `
version: 1
listen: 127.0.0.1:0
admin: off
sites: [{name: www.example.org, origin: "http://127.0.0.1:8080", tls: off}]
`)})
	}
	list := func(a *App) []RuleSetShown {
		t.Helper()
		all, err := RulesList.Ask(t.Context(), desk.Here(a), RulesNamed{})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	a := begin()
	for _, path := range []string{"/search", "/archive"} {
		d := drafts(a, path)
		d[0].Set.Source.Feed = path
		if _, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{d}); err != nil {
			t.Fatal(err)
		}
	}
	kept, gone := list(a)[0].ID, list(a)[1].ID
	if _, err := RulesApprove.Ask(t.Context(), desk.Here(a), RulesNamed{Site: ruledSite, ID: kept}); err != nil {
		t.Fatal(err)
	}
	if _, err := RulesDrop.Ask(t.Context(), desk.Here(a), RulesNamed{Site: ruledSite, ID: gone}); err != nil {
		t.Fatal(err)
	}

	a.saveRules()
	now = now.Add(time.Hour)
	b := begin()
	if got := list(b); len(got) != 1 || got[0].ID != kept || got[0].Waits != draft.WaitsNot {
		t.Errorf("after a restart: %+v", got)
	}
	if s := b.status().Sites[0]; s.Rules.Used != 1 || s.Waiting != 0 {
		t.Errorf("status says %+v", s)
	}
	b.rules.mu.Lock()
	if len(b.rules.dropped) != 1 {
		t.Errorf("dropped: %v", b.rules.dropped)
	}
	b.rules.mu.Unlock()
	now = now.Add(seawall.RuleSetLife)
	if got := list(begin()); len(got) != 0 {
		t.Errorf("after its end: %+v", got)
	}

	for _, text := range []string{`{"sets": [{"set": {"id": "x", "site": "www.example.org", "rules": []}}]}`, `{"sets": 1}`, "nothing"} {
		if err := os.WriteFile(filepath.Join(state, rulesFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := list(begin()); len(got) != 0 {
			t.Errorf("of %s: %+v", text, got)
		}
	}
}

// TestJudgedAgain: a set that waits because nothing was known of a site's traffic comes into force by itself once enough is, where its owner said so.
func TestJudgedAgain(t *testing.T) {
	a := ruled(t, config.OrdersAuto, 0, 0)
	if _, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{drafts(a, "/search")}); err != nil {
		t.Fatal(err)
	}
	waits := func() draft.Waits {
		t.Helper()
		a.judgeNow()
		all, err := RulesList.Ask(t.Context(), desk.Here(a), RulesNamed{})
		if err != nil || len(all) != 1 {
			t.Fatalf("got %+v, %v", all, err)
		}
		return all[0].Waits
	}
	if got := waits(); got != draft.WaitsUnknown {
		t.Errorf("with an empty book: %q", got)
	}
	for i := range draft.MinTraffic {
		a.graph().books[0].Note(&seawall.Request{Method: "GET", Host: ruledSite, Path: fmt.Sprintf("/news/%d", i)})
	}
	if got := waits(); got != draft.WaitsNot {
		t.Errorf("with enough in it: %q", got)
	}
}

// offer offers drafts of a feed and fails the test when they are refused.
func offer(t *testing.T, a *App, feed string, paths ...string) []RuleSetShown {
	t.Helper()
	d := drafts(a, paths...)
	for i := range d {
		d[i].Set.Source.Feed = feed
	}
	got, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{d})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestNextSightingTakesNothingAway: what was approved stays in force when the list goes on, whatever readers have come to ask for meanwhile.
func TestNextSightingTakesNothingAway(t *testing.T) {
	a := ruled(t, config.OrdersAsk, 100, 0)
	set := offer(t, a, "tracker", "/search", "/login", "/find")[0]
	if _, err := RulesApprove.Ask(t.Context(), desk.Here(a), RulesNamed{Site: ruledSite, ID: set.ID}); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		r := seawall.Request{Method: "GET", Host: ruledSite, Path: fmt.Sprintf("/news/%d", i)}
		if i%20 == 0 {
			r.Path, r.Query = "/search", "q=harbour"
		}
		a.graph().books[0].Note(&r)
	}
	for range 2 {
		got := offer(t, a, "tracker", "/search", "/login", "/find")
		if len(got) != 1 || got[0].ID != set.ID || got[0].Waits != draft.WaitsNot || len(got[0].Rules) != 3 {
			t.Fatalf("the next sighting made of it %+v", got)
		}
	}
}

// TestDropLasts: a rule that a person dropped comes into force by that person's word alone, as long as lists go on to name it.
func TestDropLasts(t *testing.T) {
	a := ruled(t, config.OrdersAuto, 1000, 0)
	now := a.Now()
	a.Now = func() time.Time { return now }
	set := offer(t, a, "tracker", "/search")[0]
	if set.Waits != draft.WaitsNot {
		t.Fatalf("waits: %+v", set)
	}
	if _, err := RulesDrop.Ask(t.Context(), desk.Here(a), RulesNamed{Site: ruledSite, ID: set.ID}); err != nil {
		t.Fatal(err)
	}
	if got := offer(t, a, "tracker", "/search", "/find"); got[0].Waits != draft.WaitsOwner {
		t.Errorf("beside another path it waits for %q", got[0].Waits)
	}
	for range 40 { // 80 hours
		now = now.Add(2 * time.Hour)
		if got := offer(t, a, "tracker", "/search"); got[0].Waits != draft.WaitsOwner {
			t.Fatalf("at %v it waits for %q", now, got[0].Waits)
		}
	}
	if got := offer(t, a, "other", "/find"); got[0].Waits != draft.WaitsNot {
		t.Errorf("what nobody dropped waits for %q", got[0].Waits)
	}
	id := offer(t, a, "tracker", "/search")[0].ID
	if _, err := RulesApprove.Ask(t.Context(), desk.Here(a), RulesNamed{Site: ruledSite, ID: id}); err != nil {
		t.Fatal(err)
	}
	if got := offer(t, a, "third", "/search", "/found"); got[0].Waits != draft.WaitsNot {
		t.Errorf("what was approved after all waits for %q", got[0].Waits)
	}
	now = now.Add(100 * time.Hour)
	if got := offer(t, a, "tracker", "/search"); got[0].Waits != draft.WaitsNot {
		t.Errorf("long after nobody named it, it waits for %q", got[0].Waits)
	}
}

// TestOneFeedLeavesRoom: however many sets a feed has waiting, another finds its place.
func TestOneFeedLeavesRoom(t *testing.T) {
	a := ruled(t, config.OrdersAsk, 1000, 0)
	at := a.Now()
	a.Now = func() time.Time { return at }
	for i := range 20 {
		d := drafts(a, fmt.Sprintf("/page%d", i))
		d[0].Set.Source.Feed = "hostile"
		if _, err := RulesOffer.Ask(t.Context(), desk.Here(a), RulesOffered{d}); err != nil && i < 8 {
			t.Fatal(err)
		}
	}
	for _, feed := range []string{"one", "two", "three"} {
		offer(t, a, feed, "/search-"+feed)
	}
	all, err := RulesList.Ask(t.Context(), desk.Here(a), RulesNamed{})
	count := map[string]int{}
	for _, s := range all {
		count[s.Source.Feed]++
	}
	if err != nil || len(all) != 8 || count["one"] != 1 || count["two"] != 1 || count["three"] != 1 {
		t.Errorf("got %v, %v", count, err)
	}
}
