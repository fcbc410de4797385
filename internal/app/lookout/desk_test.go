package lookout

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// newDesk returns a desk on a store of its own, where nothing runs.
func newDesk(t *testing.T) *Desk {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Desk{Store: db, Now: time.Now}
}

func TestAdd(t *testing.T) {
	d := newDesk(t)
	d.Allowed = func(host string) bool { return host == "house.example" }
	if _, err := d.Store.PutSite(t.Context(), store.Site{Name: "yaml", URL: "https://yaml.example/", Host: "yaml.example", Source: store.SourceYAML}); err != nil {
		t.Fatal(err)
	}
	if _, err := OptOut.Ask(t.Context(), Here(d), OptingOut{Host: "Private.Example."}); err != nil {
		t.Fatal(err)
	}
	sum, err := Add.Ask(t.Context(), Here(d), []Spec{
		{URL: "www.example.org", Name: "The Example", Country: "dk", Groups: []string{"parties"}, Line: 2},
		{URL: "https://WWW.example.org./", Owner: "Somebody", Groups: []string{"national"}, Line: 3},
		{URL: "https://smørrebrød.example/om-os", Line: 4},
		{URL: "ftp://files.example/", Line: 5},
		{URL: "https://user:secret@www.example.net/", Line: 6},
		{URL: "https://www.example.net/?q=1", Line: 7},
		{URL: "", Line: 8},
		{URL: "https://private.example/", Line: 9},
		{URL: "https://yaml.example/", Line: 10},
		{URL: "https://other.example/", Name: "The Example", Line: 11},
		{URL: "https://land.example/", Country: "Denmark", Line: 12},
		{URL: "https://www.private.example/", Line: 13},
		{URL: "https://odd.example:8443/", Line: 14},
		{URL: "http://10.0.0.7/", Line: 15},
		{URL: "http://[fd00::7]/", Line: 16},
		{URL: "https://long.example/" + strings.Repeat("a", probe.MaxURL), Line: 17},
		{URL: "https://house.example:8443/", Line: 18},
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines, refused []int
	for _, x := range sum.Wrong {
		lines = append(lines, x.Line)
		if x.Refused {
			refused = append(refused, x.Line)
		}
		if x.Why == "" || strings.Contains(x.Why+x.URL, "secret") || len(x.URL) > probe.MaxURL {
			t.Errorf("line %d: why is %q", x.Line, x.Why)
		}
	}
	if sum.Added != 3 || sum.Merged != 1 || !slices.Equal(lines, []int{5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}) {
		t.Errorf("got %+v", sum)
	}
	if want := []int{6, 7, 9, 13, 14, 15, 16}; !slices.Equal(refused, want) {
		t.Errorf("refused for safety: %v, want %v", refused, want)
	}
	all, err := List.Ask(t.Context(), Here(d), struct{}{})
	if err != nil || len(all) != 4 {
		t.Fatalf("list: %v, %v", all, err)
	}
	i := slices.IndexFunc(all, func(l Listed) bool { return l.Host == "www.example.org" })
	want := Spec{URL: "https://www.example.org/", Name: "The Example", Owner: "Somebody", Country: "DK", Groups: []string{"parties", "national"}}
	if diff := cmp.Diff(want, all[i].Spec); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	i = slices.IndexFunc(all, func(l Listed) bool { return l.Host == "xn--smrrebrd-64af.example" })
	if i < 0 || all[i].Page != "/om-os" || all[i].URL != "https://xn--smrrebrd-64af.example/" {
		t.Errorf("an international name became %+v", all)
	}
}

func TestConfigurationIsNotChanged(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Store.PutSite(t.Context(), store.Site{Name: "yaml", URL: "https://yaml.example/", Host: "yaml.example", Source: store.SourceYAML}); err != nil {
		t.Fatal(err)
	}
	_, pause := Pause.Ask(t.Context(), Here(d), Pausing{Site: "yaml"})
	_, remove := Remove.Ask(t.Context(), Here(d), Named{"yaml.example"})
	_, nobody := Remove.Ask(t.Context(), Here(d), Named{"nobody"})
	for _, err := range []error{pause, remove, nobody} {
		if !errors.Is(err, control.ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
}

func TestMaintenanceIsBounded(t *testing.T) {
	d := newDesk(t)
	now := time.Now()
	for _, w := range []Window{{From: now, Until: now}, {From: now, Until: now.Add(longestWindow + 1)}, {Site: "nobody", From: now, Until: now.Add(1)}} {
		if _, err := Maintain.Ask(t.Context(), Here(d), w); !errors.Is(err, control.ErrRefused) {
			t.Errorf("%+v: got %v, want a refusal", w, err)
		}
	}
}

// TestThereIsLikeHere asks the same on the socket of a desk as at the desk itself.
func TestThereIsLikeHere(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(t.TempDir(), "s")
	ln, err := control.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: d.Ops().Handler(), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	there := There(&control.Client{Path: path})

	sum, err := Add.Ask(t.Context(), there, []Spec{{URL: "https://www.example.org/"}, {URL: "nonsense://x"}})
	if err != nil || sum.Added != 1 || len(sum.Wrong) != 1 {
		t.Fatalf("add: %+v, %v", sum, err)
	}
	for name, ask := range map[string]func(w Way) (any, error){
		"list": func(w Way) (any, error) { return List.Ask(t.Context(), w, struct{}{}) },
		"history": func(w Way) (any, error) {
			return History.Ask(t.Context(), w, Span{Site: "www.example.org", To: time.Unix(9, 0)})
		},
		"incidents": func(w Way) (any, error) { return Incidents.Ask(t.Context(), w, IncidentFilter{}) },
		"pause":     func(w Way) (any, error) { return Pause.Ask(t.Context(), w, Pausing{Site: "www.example.org"}) },
	} {
		here, errHere := ask(Here(d))
		got, errThere := ask(there)
		if diff := cmp.Diff(here, got); diff != "" || errHere != nil || errThere != nil {
			t.Errorf("%s: here and there differ (%v, %v):\n%s", name, errHere, errThere, diff)
		}
	}
	_, err = Acknowledge.Ask(t.Context(), there, Person{ID: "7"})
	if refused, ok := errors.AsType[*control.RefusedError](err); !ok || !strings.Contains(refused.Text, "7") {
		t.Errorf("got %v, want a refusal that names the incident", err)
	}
}

// TestDeskReachesTheLookout changes the list of a running lookout.
func TestDeskReachesTheLookout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home}, Spec{URL: "https://two.example.net/"})
		time.Sleep(5 * time.Minute)
		stopped := map[string]func() error{
			home: func() error {
				_, err := Pause.Ask(t.Context(), Here(s.desk), Pausing{Site: "www.example.org"})
				return err
			},
			"https://two.example.net/": func() error {
				_, err := OptOut.Ask(t.Context(), Here(s.desk), OptingOut{Host: "two.example.net", By: "its owner"})
				return err
			},
		}
		for url, stop := range stopped {
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			before := len(s.world.times(url))
			if before < 4 {
				t.Errorf("%s was asked %d times in five minutes", url, before)
			}
			time.Sleep(5 * time.Minute)
			if after := len(s.world.times(url)); after != before {
				t.Errorf("%s was asked %d times more", url, after-before)
			}
		}
		if got := s.world.rules.OptOut; !slices.Equal(got, []string{"two.example.net"}) {
			t.Errorf("the prober's rules name %v", got)
		}
		for site, want := range map[string]NotAsked{"two.example.net": OptedOut, "www.example.org": Paused} {
			found, err := Measure.Ask(t.Context(), Here(s.desk), Named{site})
			if err != nil || !slices.Equal(found, []Sighting{{Vantage: "office", NotAsked: want}}) {
				t.Errorf("%s: %+v, %v, want %s", site, found, err, want)
			}
		}
		if found, err := s.l.MeasureNow(t.Context(), "two.example.net"); found == nil || len(found) != 0 || err != nil {
			t.Errorf("of a host that is not watched: %#v, %v, want an empty list", found, err)
		}
		if _, err := Pause.Ask(t.Context(), Here(s.desk), Pausing{Site: "www.example.org", Off: true}); err != nil {
			t.Fatal(err)
		}
		found, err := Measure.Ask(t.Context(), Here(s.desk), Named{"www.example.org"})
		if err != nil || len(found) != 1 {
			t.Errorf("measured now: %v, %v", found, err)
		}
	})
}

// TestAcknowledge notes who sees to an incident, once.
func TestAcknowledge(t *testing.T) {
	d := newDesk(t)
	add, err := Add.Ask(t.Context(), Here(d), []Spec{{URL: home}})
	if err != nil || add.Added != 1 {
		t.Fatal(add, err)
	}
	sites, _ := d.Store.Sites(t.Context())
	step := store.Step{Incidents: []store.Incident{{ID: "1", Opened: time.Now(), Sites: []store.SiteID{sites[0].ID}, Doc: []byte("{}")}}}
	if err := d.Store.Apply(context.Background(), step); err != nil {
		t.Fatal(err)
	}
	if i, err := Acknowledge.Ask(t.Context(), Here(d), Person{ID: "1", By: "anna"}); err != nil || i.AckedBy != "anna" {
		t.Errorf("%+v, %v", i, err)
	}
	i, err := Note.Ask(t.Context(), Here(d), Person{ID: "1", By: "bo", Text: "called the hoster"})
	if err != nil || len(i.Notes) != 1 || i.AckedBy != "anna" {
		t.Errorf("%+v, %v", i, err)
	}
	if _, err := Note.Ask(t.Context(), Here(d), Person{ID: "1"}); !errors.Is(err, control.ErrRefused) {
		t.Errorf("a note without text: %v", err)
	}
}

// TestSpendTellsWhatIsForbidden: who asks beside the lookout is told what the lookout would not ask, or is granted nothing.
func TestSpendTellsWhatIsForbidden(t *testing.T) {
	d := newDesk(t)
	if _, err := OptOut.Ask(t.Context(), Here(d), OptingOut{Host: "two.example"}); err != nil {
		t.Fatal(err)
	}
	var failed error
	d.Listed = func(_ context.Context, _ Store, host string) (map[string]probe.Listed, error) {
		return map[string]probe.Listed{host: {Paths: []string{"/of/" + host}}}, failed
	}
	in := Spending{Site: "www.example.org", Host: "www.example.org", GETs: 1}
	g, err := Spend.Ask(t.Context(), Here(d), in)
	if rules := g.Rules(); err != nil || !slices.Equal(rules.OptOut, []string{"two.example"}) ||
		!slices.Equal(rules.Listed[in.Host].Paths, []string{"/of/www.example.org"}) {
		t.Errorf("got %+v, %v", g, err)
	}
	quiet := Spending{Site: "two.example", Host: "www.two.example", GETs: 3}
	if g, err := Spend.Ask(t.Context(), Here(d), quiet); err != nil || g.GETs != 0 || len(g.OptOut) != 1 {
		t.Errorf("of who has opted out: %+v, %v", g, err)
	}
	if rows, err := d.Store.Budgets(t.Context(), time.Time{}); err != nil || slices.ContainsFunc(rows, func(b store.Budget) bool { return b.Host == "two.example" }) {
		t.Errorf("what was not sent was taken from the budget: %+v, %v", rows, err)
	}
	failed = errors.New("cannot be read")
	if g, err := Spend.Ask(t.Context(), Here(d), in); err == nil || g.GETs != 0 {
		t.Errorf("got %+v, %v, want nothing granted", g, err)
	}
}

// TestSpendBesideAgents: where no lookout runs, a command leaves the parts of a site's budget that vantages elsewhere have, which may still ask.
func TestSpendBesideAgents(t *testing.T) {
	now := time.Date(2025, 11, 17, 18, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		v    store.Vantage
		want int
	}{
		{"the lookout's own", store.Vantage{}, 6},
		{"an agent", store.Vantage{PublicKey: "key"}, 2},
		{"an agent that was removed just now", store.Vantage{PublicKey: "key", Removed: now.Add(-asksOn + time.Second)}, 2},
		{"an agent that was removed before", store.Vantage{PublicKey: "key", Removed: now.Add(-asksOn)}, 6},
	} {
		d := newDesk(t)
		d.Now = func() time.Time { return now }
		tt.v.Name, tt.v.Network, tt.v.Country = "cph-1", "AS64500", "DK"
		if err := d.Store.PutVantage(t.Context(), tt.v); err != nil {
			t.Fatal(err)
		}
		if g, err := Spend.Ask(t.Context(), Here(d), Spending{Site: "www.example.org", GETs: 6}); err != nil || g.GETs != tt.want {
			t.Errorf("%s: granted %d, %v, want %d", tt.name, g.GETs, err, tt.want)
		}
	}
}

// TestSpend: whoever asks beside the lookout spends the same budget, whether a lookout runs or not.
func TestSpend(t *testing.T) {
	for _, runs := range []bool{false, true} {
		d := newDesk(t)
		if runs {
			var err error
			if d.Budget, err = probe.NewBudget(1); err != nil {
				t.Fatal(err)
			}
		}
		now := time.Date(2025, 11, 17, 18, 0, 0, 0, time.UTC)
		d.Now = func() time.Time { return now }
		var got []int
		for range 4 {
			g, err := Spend.Ask(t.Context(), Here(d), Spending{Site: "www.example.org", GETs: 2})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, g.GETs)
			now = now.Add(time.Second)
		}
		if want := []int{2, 2, 2, 0}; !slices.Equal(got, want) { // six a minute in doubt
			t.Errorf("running %t: granted %v, want %v", runs, got, want)
		}
		now = now.Add(5 * time.Minute)
		for range 3 {
			_, _ = Spend.Ask(t.Context(), Here(d), Spending{Site: "www.example.org", GETs: 2})
		}
		if g, err := Spend.Ask(t.Context(), Here(d), Spending{Site: "www.example.org", GETs: 1}); err != nil || g.GETs != 0 {
			t.Errorf("running %t: granted %d more than three a minute, soon after a doubt (%v)", runs, g.GETs, err)
		}
		if _, err := Spend.Ask(t.Context(), Here(d), Spending{Site: "www.example.org", GETs: 99}); !errors.Is(err, control.ErrRefused) {
			t.Errorf("asking for 99: %v", err)
		}
	}
}
