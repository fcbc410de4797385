package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
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
	var many []draft.Draft
	for i := range 9 {
		many = append(many, drafts(a, fmt.Sprintf("/f%d", i))...)
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
