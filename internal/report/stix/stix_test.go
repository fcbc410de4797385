package stix

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

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

func objects(t testing.TB, data []byte) []map[string]any {
	t.Helper()
	var b struct{ Objects []map[string]any }
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	return b.Objects
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

// schemaBase is what the published schemas call themselves.
const schemaBase = "http://raw.githubusercontent.com/oasis-open/cti-stix2-json-schemas/stix2.1/schemas/"

// compile reads every schema that OASIS publishes, and returns each by the type of object that it is for.
func compile(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	root := os.DirFS(filepath.Join(require.Data(t), "stix", "schemas"))
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	names := map[string]string{}
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := root.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			return err
		}
		names[strings.TrimSuffix(filepath.Base(path), ".json")] = schemaBase + path
		return c.AddResource(schemaBase+path, doc)
	})
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]*jsonschema.Schema{}
	for name, url := range names {
		if schemas[name], err = c.Compile(url); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return schemas
}

// notInBundleSchema are types that the published schema of bundles leaves out of its list and then takes for two kinds of object at once, so that it
// refuses every bundle that holds one. They are held against their own schemas alone.
var notInBundleSchema = map[string]bool{"note": true, "opinion": true, "grouping": true, "extension-definition": true}

func TestWhatIsWrittenFitsThePublishedSchemas(t *testing.T) {
	schemas := compile(t)
	for _, statements := range [][]report.Statement{{reporttest.Statement(nil)}, reporttest.Statements(), nil} {
		data := encode(t, reporttest.Release(t, statements...))
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		bundle := doc.(map[string]any)
		var listed []any
		all, _ := bundle["objects"].([]any)
		for _, one := range all {
			kind := one.(map[string]any)["type"].(string)
			if schemas[kind] == nil {
				t.Errorf("no schema for %s", kind)
				continue
			}
			if err := schemas[kind].Validate(one); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			if !notInBundleSchema[kind] {
				listed = append(listed, one)
			}
		}
		if len(all) > 0 {
			bundle["objects"] = listed
		}
		if err := schemas["bundle"].Validate(bundle); err != nil {
			t.Errorf("bundle: %v", err)
		}
	}
}

// The validation above would prove nothing if the schemas let anything pass.
func TestThePublishedSchemasRefuse(t *testing.T) {
	schemas := compile(t)
	for _, o := range objects(t, encode(t, reporttest.Release(t, reporttest.Statement(nil)))) {
		kind := o["type"].(string)
		if schemas[kind].Validate(o) != nil {
			t.Errorf("%s is refused as it is", kind)
		}
		o["id"] = "x--1"
		if schemas[kind].Validate(o) == nil {
			t.Errorf("%s passes with a broken identifier", kind)
		}
	}
}

func TestReferencesAreThereAndIdentifiersOnce(t *testing.T) {
	seen := map[string]bool{}
	all := objects(t, encode(t, reporttest.Release(t, reporttest.Statements()...)))
	for _, o := range all {
		id := o["id"].(string)
		if seen[id] {
			t.Errorf("%s is there twice", id)
		}
		seen[id] = true
	}
	for _, o := range all {
		for key, value := range o {
			for _, ref := range refs(key, value) {
				if !seen[ref] {
					t.Errorf("%s: %s names %s, which is not there", o["id"], key, ref)
				}
			}
		}
	}
}

func refs(key string, value any) []string {
	if s, ok := value.(string); ok && strings.HasSuffix(key, "_ref") {
		return []string{s}
	}
	list, _ := value.([]any)
	var all []string
	for _, v := range list {
		if s, ok := v.(string); ok && strings.HasSuffix(key, "_refs") {
			all = append(all, s)
		}
	}
	return all
}

func TestScale(t *testing.T) {
	tests := []struct {
		verdict  report.Verdict
		networks int
		want     string
		count    any
	}{
		{report.Confirmed, 1, "strongly-agree", 1.0},
		{report.BrieflyAffected, 3, "agree", 1.0},
		{report.Degraded, 3, "agree", 1.0},
		{report.Protected, 5, "disagree", 0.0},
		{report.NoEffect, 2, "disagree", 0.0},
		{report.NoEffect, 3, "strongly-disagree", 0.0},
		{report.Unknown, 3, "neutral", nil},
	}
	for _, tt := range tests {
		s := reporttest.Statement(func(s *report.Statement) { s.Verdict, s.Networks = tt.verdict, tt.networks })
		var opinion, count any
		for _, o := range objects(t, encode(t, reporttest.Release(t, s))) {
			switch o["type"] {
			case "opinion":
				opinion = o["opinion"]
			case "sighting":
				count = o["count"]
			}
		}
		if opinion != tt.want || count != tt.count {
			t.Errorf("%s from %d: %v, count %v; want %s, %v", tt.verdict, tt.networks, opinion, count, tt.want, tt.count)
		}
	}
}

func TestVictimsAreNoIndicators(t *testing.T) {
	for _, o := range objects(t, encode(t, reporttest.Release(t, reporttest.Statements()...))) {
		switch o["type"] {
		case "indicator", "malware", "infrastructure", "threat-actor", "attack-pattern", "relationship":
			t.Errorf("there is a %s", o["type"])
		}
		if o["pattern"] != nil {
			t.Errorf("%s has a pattern", o["id"])
		}
	}
}

func TestEverythingButNamesIsMarked(t *testing.T) {
	s := reporttest.Statement(func(s *report.Statement) { s.Label, s.Received = tlp.Clear, []tlp.Label{tlp.Green} })
	for _, o := range objects(t, encode(t, reporttest.Release(t, s))) {
		switch o["type"] {
		case "marking-definition", "domain-name", "identity", "intrusion-set", "extension-definition":
			continue
		}
		if diff := cmp.Diff([]any{"marking-definition--" + markings[tlp.Green]}, o["object_marking_refs"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", o["type"], diff)
		}
	}
}

func TestAVersionKeepsItsIdentifiers(t *testing.T) {
	first := objects(t, encode(t, reporttest.Release(t, reporttest.Statement(nil))))
	next := objects(t, encode(t, reporttest.Release(t, reporttest.Statement(func(s *report.Statement) {
		s.Version, s.Made, s.Verdict = 3, s.Made.Add(1e9), report.Degraded
	}))))
	if len(first) != len(next) {
		t.Fatalf("%d and %d objects", len(first), len(next))
	}
	for i := range first {
		if first[i]["id"] != next[i]["id"] || first[i]["created"] != next[i]["created"] {
			t.Errorf("%s became %s", first[i]["id"], next[i]["id"])
		}
		if o := next[i]; o["type"] == "opinion" && o["modified"] == first[i]["modified"] {
			t.Error("the opinion changed and says it did not")
		}
	}
}

func TestNothingInPublic(t *testing.T) {
	r, _, err := report.For(report.Way{Route: tlp.Public}, reporttest.Now, reporttest.Statements())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(encode(t, &r)); strings.Contains(got, "example") || strings.Contains(got, "objects") {
		t.Errorf("in public: %s", got)
	}
}
