package seawall

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ruleSet(change ...func(*RuleSet)) *RuleSet {
	since := time.Date(2025, 11, 17, 6, 0, 0, 0, time.UTC)
	s := &RuleSet{
		ID: "orders-1", Site: "www.example.org", Since: since, Until: since.Add(RuleSetLife),
		Source: Provenance{Feed: "orders", Listing: "1", Seen: since},
		Rules: []Rule{
			{ID: "1", Method: "GET", Path: "/search", Query: []string{"q"}, Effect: Effect{Weight: WeightLast, Share: ShareHalf}},
			{ID: "2", Method: "POST", Path: "/user/{number}/edit", Effect: Effect{Weight: WeightLater}},
		},
	}
	for _, f := range change {
		f(s)
	}
	return s
}

func TestRuleSetCheck(t *testing.T) {
	if err := ruleSet().Check(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for wrong, change := range map[string]func(*RuleSet){
		"its ID is none":                func(s *RuleSet) { s.ID = "a b" },
		`set "": its ID is none`:        func(s *RuleSet) { s.ID = "" },
		"names no site":                 func(s *RuleSet) { s.Site = "" },
		"has 0 rules":                   func(s *RuleSet) { s.Rules = nil },
		"has 65 rules":                  func(s *RuleSet) { s.Rules = make([]Rule, MaxRules+1) },
		"does not say how long":         func(s *RuleSet) { s.Until = s.Since },
		"is in force for longer":        func(s *RuleSet) { s.Until = s.Until.Add(1) },
		`rule "/": its ID is none`:      func(s *RuleSet) { s.Rules[0].ID = "/" },
		`two rules are called "2"`:      func(s *RuleSet) { s.Rules[0].ID = "2" },
		`"get" is no method`:            func(s *RuleSet) { s.Rules[0].Method = "get" },
		`"" is no method`:               func(s *RuleSet) { s.Rules[0].Method = "" },
		"its path is none":              func(s *RuleSet) { s.Rules[0].Path = "search" },
		`rule "2": its path is none`:    func(s *RuleSet) { s.Rules[1].Path = "/a?b" },
		`rule "1": its path is none`:    func(s *RuleSet) { s.Rules[0].Path = "/" + strings.Repeat("a", MaxRulePath) },
		"more than 8 segments":          func(s *RuleSet) { s.Rules[0].Path = strings.Repeat("/a", MaxRuleSegments+1) },
		"more than 16 parameters":       func(s *RuleSet) { s.Rules[0].Query = make([]string, MaxRuleQuery+1) },
		"a parameter without a name":    func(s *RuleSet) { s.Rules[0].Query = []string{""} },
		"its effect does not exist":     func(s *RuleSet) { s.Rules[0].Effect.Weight = weights },
		`rule "2": its effect does not`: func(s *RuleSet) { s.Rules[1].Effect.Copy = copies },
	} {
		if err := ruleSet(change).Check(); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("got %v, want %q", err, wrong)
		}
	}
}

// TestRuleSetJSON pins docs/formats/ruleset.md.
func TestRuleSetJSON(t *testing.T) {
	text, err := json.Marshal(ruleSet())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"orders-1","site":"www.example.org","source":{"feed":"orders","listing":"1","seen":"2025-11-17T06:00:00Z"},` +
		`"since":"2025-11-17T06:00:00Z","until":"2025-11-19T06:00:00Z","rules":[` +
		`{"id":"1","method":"GET","path":"/search","query":["q"],"effect":{"weight":"last","share":"half"}},` +
		`{"id":"2","method":"POST","path":"/user/{number}/edit","effect":{"weight":"later"}}]}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var back RuleSet
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*ruleSet(), back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	for _, bad := range []string{`{"weight":"refuse"}`, `{"share":"none"}`, `{"copy":"always"}`} {
		if err := json.Unmarshal([]byte(bad), &Effect{}); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// TestEffectsOnlyDelay holds what an effect can say: whoever adds one that turns a reader away has to change this, and the safety of what
// strangers write in orders with it.
func TestEffectsOnlyDelay(t *testing.T) {
	var kinds []string
	for f := range reflect.TypeFor[Effect]().Fields() {
		kinds = append(kinds, f.Name)
	}
	if diff := cmp.Diff([]string{"Weight", "Share", "Copy"}, kinds); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	for w := range weights + 3 {
		if n := w.Later(); n < 0 || n > 300*time.Millisecond {
			t.Errorf("%v: %v later", w, n)
		}
	}
	for s := range shares + 3 {
		for limit := range 600 {
			if n := s.Of(limit); n < 1 || n < limit/4 {
				t.Errorf("%v of %d: %d", s, limit, n)
			}
		}
	}
}

func TestEffectNames(t *testing.T) {
	for what, tt := range map[string]struct{ got, want []string }{
		"weights": {names[Weight](weights), []string{"usual", "later", "last"}},
		"shares":  {names[Share](shares), []string{"whole", "half", "quarter"}},
		"copies":  {names[Copy](copies), []string{"usual", "at_once"}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	for _, v := range []fmt.Stringer{weights, shares, copies} {
		if got := v.String(); got != "unknown" {
			t.Errorf("%T beyond the end: %q", v, got)
		}
	}
}
