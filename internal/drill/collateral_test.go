package drill

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
	"github.com/seawall-project/seawall/internal/intel/draft"
	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

// act plays one act in a bubble, with or without the orders arriving as a listing of templates first; nil for the built-in ones.
func act(t *testing.T, plan actPlan, seed uint64, warned bool, listed []seawall.Template) (got Act) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r, err := Prepare(Options{Seed: seed, Length: 6 * time.Second, Network: memnet.New()})
		if err != nil {
			t.Fatal(err)
		}
		r.unwarned = !warned
		if listed != nil {
			r.plan.Listed = listed
		}
		if got, err = r.play(t.Context(), plan, &lateness{}); err != nil {
			t.Fatal(err)
		}
	})
	return got
}

// everyPage is a list that names every page of the paper, its searches and forms.
func everyPage() []seawall.Template {
	p := paper.New()
	var all []seawall.Template
	add := func(method, path string, query ...string) {
		t := seawall.Template{Vector: seawall.VectorHTTP, Method: method, Path: path}
		for _, q := range query {
			t.Query = append(t.Query, seawall.Param{Name: q, Class: seawall.ClassToken})
		}
		all = append(all, t)
	}
	add("GET", paper.FrontPath)
	add("GET", paper.FeedPath)
	add("GET", paper.SearchPath, "q")
	add("GET", paper.ArchivePath, "page")
	for _, path := range p.ArticlePaths() {
		add("GET", path)
	}
	for _, path := range p.FormPaths() {
		add("GET", path)
		add("POST", path)
	}
	return all
}

// tenThousand is as many lists as there are sites, of which one is ours: nothing is prepared for the others.
func tenThousand(t *testing.T) []seawall.Template {
	t.Helper()
	for i := range 10_000 {
		name := fmt.Sprintf("s%d.example.org", i)
		d := draft.Make(name, seawall.Provenance{Feed: "new"}, time.Unix(1, 0), []seawall.Template{{Vector: seawall.VectorHTTP, Method: "GET", Path: "/search"}})
		if len(d) != 1 || d[0].Set.Site != name || len(d[0].Set.Rules) != 1 {
			t.Fatalf("%s: %+v", name, d)
		}
	}
	return []seawall.Template{{Vector: seawall.VectorHTTP, Method: "GET", Path: paper.SearchPath, Query: []seawall.Param{{Name: "q"}}}}
}

// TestCollateralInPeace has readers read, search, log in and send forms while everything they ask for is named and approved: each gets, byte
// for byte, what the paper prints, as without rules, and no request gives way.
func TestCollateralInPeace(t *testing.T) {
	if partly {
		t.Skip("the flood's acts play the same code")
	}
	plan := actPlan{name: Seawall, seawall: true}
	without := act(t, plan, 1, false, nil)
	for name, listed := range map[string][]seawall.Template{
		"the built-in orders": nil, "every page": everyPage(), "10,000 sites": tenThousand(t),
		"a new feed": {{Vector: seawall.VectorHTTP2, Method: "POST", Path: "/login"}, {Vector: seawall.VectorHTTP2, Method: "POST", Path: "/contact"}},
	} {
		with := act(t, plan, 1, true, listed)
		if with.Prepared == nil || with.Prepared.Rules == 0 || with.Prepared.Matched == 0 || with.Prepared.Felt != 0 {
			t.Errorf("%s: prepared %+v", name, with.Prepared)
		}
		if diff := cmp.Diff(without.Readers.ByKind, with.Readers.ByKind); diff != "" || with.Readers.Share != 1 {
			t.Errorf("%s: readers got %.3f; without rules and with (-+):\n%s", name, with.Readers.Share, diff)
		}
		if diff := cmp.Diff(without.Actions, with.Actions); diff != "" {
			t.Errorf("%s: actions without rules and with (-+):\n%s", name, diff)
		}
	}
}

// chance is what two plays of one act differ by, as a share of what is asked of the kinds that are named: admission hashes requests anew in each
// run, and a view or two fare otherwise; two are allowed in any case.
const chance = 0.01

// seeds are those that are played. In the last two readers' searches are lost when they have but half the places at the origin.
var seeds = []uint64{1, 2, 3, 4, 28, 30}

// TestCollateralInTheFlood compares act three with and without what was prepared: plain pages are served, and what is named no less.
func TestCollateralInTheFlood(t *testing.T) {
	plan := acts[2]
	played := seeds
	if testing.Short() || partly {
		played = seeds[:1]
	}
	sum := map[bool]map[string]Kind{false: {}, true: {}}
	for _, seed := range played {
		for _, warned := range []bool{false, true} {
			a := act(t, plan, seed, warned, nil)
			for kind, k := range a.Readers.ByKind {
				s := sum[warned][kind]
				sum[warned][kind] = Kind{s.Asked + k.Asked, s.Served + k.Served}
			}
			if warned && (a.Prepared.Felt == 0 || a.Prepared.Rules < 5) {
				t.Errorf("seed %d: prepared %+v", seed, a.Prepared)
			}
		}
	}
	t.Logf("without %v, with %v", sum[false], sum[true])
	page := sum[true][work.Page.String()]
	if share := float64(page.Served) / float64(page.Asked); share < 0.97 {
		t.Errorf("plain pages: %.3f served, want at least 0.97", share)
	}
	named := map[bool]Kind{}
	for warned, kinds := range sum {
		for _, k := range []work.Kind{work.Search, work.Form} {
			named[warned] = Kind{named[warned].Asked + kinds[k.String()].Asked, named[warned].Served + kinds[k.String()].Served}
		}
	}
	if with, without := named[true], named[false]; float64(with.Served) < float64(without.Served)-max(2, chance*float64(with.Asked)) {
		t.Errorf("what is named: %d of %d served, and %d without what was prepared", with.Served, with.Asked, without.Served)
	}
}
