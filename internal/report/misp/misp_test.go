package misp

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/reporttest"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

func encode(t testing.TB, r *report.Release) []byte {
	t.Helper()
	data, err := Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func events(t testing.TB, statements ...report.Statement) []event {
	t.Helper()
	var doc struct{ Response []struct{ Event event } }
	if err := json.Unmarshal(encode(t, reporttest.Release(t, statements...)), &doc); err != nil {
		t.Fatal(err)
	}
	var all []event
	for _, w := range doc.Response {
		all = append(all, w.Event)
	}
	return all
}

func TestGolden(t *testing.T) {
	for name, statements := range map[string][]report.Statement{"one": {reporttest.Statement(nil)}, "many": reporttest.Statements()} {
		got := encode(t, reporttest.Release(t, statements...))
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got; -update rewrites):\n%s", name, diff)
		}
	}
}

// definition is one of MISP's object definitions.
type definition struct {
	Name, UUID, Description string
	Meta                    string `json:"meta-category"`
	Version                 int
	Required                []string
	RequiredOneOf           []string
	Attributes              map[string]struct {
		Type       string   `json:"misp-attribute"`
		Multiple   bool     `json:"multiple"`
		Values     []string `json:"values_list"`
		Defaults   []string `json:"sane_default"`
		Categories []string `json:"categories"`
	}
}

func TestObjectsFitMISPsDefinitions(t *testing.T) {
	dir := filepath.Join(require.Data(t), "misp")
	seen := map[string]bool{}
	for _, e := range events(t, append(reporttest.Statements(), reporttest.Statement(nil))...) {
		for _, o := range e.Object {
			seen[o.Name] = true
			data, err := os.ReadFile(filepath.Join(dir, o.Name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var d definition
			if err := json.Unmarshal(data, &d); err != nil {
				t.Fatal(err)
			}
			fits(t, &d, &o)
		}
	}
	for _, name := range []string{"ddos-claim", "report", "victim", "ddos"} {
		if !seen[name] {
			t.Errorf("no %s was written", name)
		}
	}
}

func fits(t *testing.T, d *definition, o *object) {
	t.Helper()
	got := []string{o.Name, o.TemplateUUID, o.Description, o.MetaCategory, o.TemplateVersion}
	if diff := cmp.Diff([]string{d.Name, d.UUID, d.Description, d.Meta, strconv.Itoa(d.Version)}, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", o.Name, diff)
	}
	count := map[string]int{}
	for _, a := range o.Attribute {
		count[a.Relation]++
		want, ok := d.Attributes[a.Relation]
		switch {
		case !ok:
			t.Errorf("%s has no %s", o.Name, a.Relation)
		case a.Type != want.Type:
			t.Errorf("%s of %s is %s, not %s", a.Relation, o.Name, want.Type, a.Type)
		case count[a.Relation] > 1 && !want.Multiple:
			t.Errorf("%s is there once in %s", a.Relation, o.Name)
		case len(want.Values) > 0 && !slices.Contains(want.Values, a.Value):
			t.Errorf("%s of %s is not %q", a.Relation, o.Name, a.Value)
		case len(want.Categories) > 0 && !slices.Contains(want.Categories, a.Category):
			t.Errorf("%s of %s is not in %s", a.Relation, o.Name, a.Category)
		}
		if closed := a.Relation == "claim-validity" || a.Relation == "capture-origin" || o.Name == "report" && a.Relation == "type"; closed &&
			!slices.Contains(want.Defaults, a.Value) {
			t.Errorf("%s of %s is %q, none of %q", a.Relation, o.Name, a.Value, want.Defaults)
		}
	}
	oneOf := slices.ContainsFunc(d.RequiredOneOf, func(r string) bool { return count[r] > 0 })
	if len(d.RequiredOneOf) > 0 && !oneOf || slices.ContainsFunc(d.Required, func(r string) bool { return count[r] == 0 }) {
		t.Errorf("%s lacks what it needs: %v", o.Name, count)
	}
}

func TestVictimsAreNoIndicators(t *testing.T) {
	uuids := map[string]bool{}
	once := func(id string) {
		if uuids[id] {
			t.Errorf("%s is there twice", id)
		}
		uuids[id] = true
	}
	for _, e := range events(t, reporttest.Statements()...) {
		once(e.UUID)
		all := slices.Clone(e.Attribute)
		for _, o := range e.Object {
			once(o.UUID)
			all = append(all, o.Attribute...)
		}
		for _, a := range all {
			once(a.UUID)
			if a.ToIDs || !a.Quiet {
				t.Errorf("%s %s: to_ids %v, disable_correlation %v", a.Relation, a.Value, a.ToIDs, a.Quiet)
			}
		}
	}
	if got := string(encode(t, reporttest.Release(t, reporttest.Statements()...))); strings.Contains(got, `"to_ids": true`) {
		t.Error("something is an indicator")
	}
}

// No verdict says whether there was an attack: a site that stands may be under one.
func TestValidityIsOfTheActivity(t *testing.T) {
	night := reporttest.Night
	seen := report.Activity{By: report.Edge, Seen: true, From: night.Add(time.Hour), To: night.Add(2 * time.Hour)}
	none := func(by report.Observer, from, to time.Duration) report.Activity {
		return report.Activity{By: by, From: night.Add(from), To: night.Add(to)}
	}
	tests := []struct {
		name string
		all  []report.Activity
		want string
	}{
		{"nobody inside looked", nil, "Unknown"},
		{"the edge saw it", []report.Activity{seen}, "Valid"},
		{"the edge saw it before the window", []report.Activity{{By: report.Edge, Seen: true, From: night.Add(-2 * time.Hour), To: night.Add(-time.Hour)}}, "Unknown"},
		{"the edge saw nothing", []report.Activity{none(report.Edge, -time.Hour, 12*time.Hour)}, "Unknown"},
		{"the provider saw nothing", []report.Activity{none(report.Provider, 0, 9*time.Hour)}, "Invalid"},
		{"the provider looked too short", []report.Activity{none(report.Provider, 0, 9*time.Hour-1)}, "Unknown"},
		{"the provider saw nothing, the edge something", []report.Activity{none(report.Provider, 0, 9*time.Hour), seen}, "Valid"},
	}
	for _, tt := range tests {
		for _, v := range report.Verdicts() {
			e := events(t, reporttest.Statement(func(s *report.Statement) { s.Verdict, s.Activity = v, tt.all }))[0]
			var got string
			for _, a := range e.Object[0].Attribute {
				if a.Relation == "claim-validity" {
					got = a.Value
				}
			}
			attacked := slices.Contains(e.Tag, tag{`rsit:availability="ddos"`})
			if got != tt.want || attacked != (tt.want == "Valid") {
				t.Errorf("%s, %s: %q, tagged as attack %v; want %q", tt.name, v, got, attacked, tt.want)
			}
		}
	}
}

func TestLabels(t *testing.T) {
	tests := []struct {
		label        tlp.Label
		received     []tlp.Label
		tag          string
		distribution string
	}{
		{tlp.Clear, nil, "tlp:clear", "3"},
		{tlp.Green, nil, "tlp:green", "1"},
		{tlp.Amber, nil, "tlp:amber", "0"},
		{tlp.AmberStrict, nil, "tlp:amber+strict", "0"},
		{tlp.Clear, []tlp.Label{tlp.Green}, "tlp:green", "1"},
	}
	for _, tt := range tests {
		e := events(t, reporttest.Statement(func(s *report.Statement) { s.Label, s.Received = tt.label, tt.received }))[0]
		if e.Tag[0].Name != tt.tag || e.Distribution != tt.distribution {
			t.Errorf("%s: %s, distribution %s", tt.label, e.Tag[0].Name, e.Distribution)
		}
	}
}
