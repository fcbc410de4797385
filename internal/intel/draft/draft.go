// Package draft prepares a site's defence from attack orders that name it: few rules that cover what the orders would send ([Make]), and
// whether a person has to look at them first ([Draft.Judge]).
//
// Orders are written by strangers who may know that they are read. So drafts are bounded whatever a list holds, say nothing that
// a [seawall.Rule] cannot say, and wait for a person when they name much of what readers ask for, or "/". Nothing here does I/O.
package draft

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// MaxTemplates is the most templates that are looked at; the first in the order given count.
const MaxTemplates = 20_000

// WideFrom is from how many literal names in one folder on, asked for alike, a rule stands for all of them.
const WideFrom = 12

// Draft is a prepared defence that is not in force yet.
type Draft struct {
	Set    seawall.RuleSet `json:"set"`
	Covers int             `json:"covers"` // templates that its rules cover
	Left   int             `json:"left"`   // templates of requests that it does not, for want of room or because no rule can say them
	Waits  Waits           `json:"waits,omitempty"`
}

// Waits is why a draft needs a person's word; "" when it does not.
type Waits string

// The reasons to wait.
const (
	WaitsNot     Waits = ""
	WaitsFront   Waits = "front_page" // it names "/"
	WaitsTraffic Waits = "traffic"    // it names more than one in a hundred of what readers ask for in peace
	WaitsUnknown Waits = "unknown"    // too little is known of what readers ask for
	WaitsOwner   Waits = "owner"      // the owner wants to be asked
)

// Traffic is how many of a sample of a site's requests in peace fit a draft's rules, by the edge's own book.
type Traffic struct{ Fit, Of int }

// Wide reports whether it is more than one in a hundred of what readers ask for in peace, as far as so small a sample can tell.
func (t Traffic) Wide() bool { return t.Of >= MinTraffic && 100*t.Fit > t.Of }

// MinTraffic is the smallest sample, in requests, that says anything of one in a hundred: where none of so many fits, less than that do with 95 %
// certainty.
const MinTraffic = 300

// Judge says whether the draft waits for a person.
func (d *Draft) Judge(t Traffic, auto bool) Waits {
	for i := range d.Set.Rules {
		if r := &d.Set.Rules[i]; front(r.Path) && len(r.Query) == 0 {
			return WaitsFront
		}
	}
	switch {
	case t.Of < MinTraffic:
		return WaitsUnknown
	case t.Wide():
		return WaitsTraffic
	case !auto:
		return WaitsOwner
	}
	return WaitsNot
}

// front reports whether a path is, or may be, that of the front page.
func front(path string) bool { return strings.Trim(path, "/") == "" }

// Make returns what is prepared for a site against templates: one draft, and beside it one for "/" alone where that is named, so that a list
// cannot hold up the whole by naming it. None without a template that is a whole request. since is when it is made; equal templates make equal
// drafts, whatever their order.
func Make(site string, from seawall.Provenance, since time.Time, templates []seawall.Template) []Draft {
	var all, fronts []seawall.Rule
	left := 0
	asked := make(map[string]int) // templates by rule
	for i := range templates[:min(len(templates), MaxTemplates)] {
		t := &templates[i]
		if !t.Vector.Requests() {
			continue
		}
		r, ok := ruleOf(t)
		switch {
		case !ok:
			left++
			continue
		case front(r.Path) && len(r.Query) == 0:
			fronts = append(fronts, r)
		default:
			all = append(all, r)
		}
		asked[keyOf(&r)]++
	}
	left += max(0, len(templates)-MaxTemplates)
	var drafts []Draft
	for i, rules := range [][]seawall.Rule{few(all, asked), few(fronts, asked)} {
		if len(rules) == 0 {
			continue
		}
		kept := rules[:min(len(rules), seawall.MaxRules)]
		d := Draft{Set: seawall.RuleSet{Site: site, Source: from, Since: since, Until: since.Add(seawall.RuleSetLife), Rules: kept}}
		for j := range kept {
			d.Covers += asked[keyOf(&kept[j])]
			kept[j].ID = fmt.Sprint(j + 1)
		}
		for j := range rules[len(kept):] {
			d.Left += asked[keyOf(&rules[len(kept)+j])]
		}
		if i == 0 {
			d.Left += left
		}
		d.Set.ID = idOf(&d.Set)
		drafts = append(drafts, d)
	}
	return drafts
}

// few returns rules each once, those that most templates ask for first, with folders named name by name made one; asked is kept in step.
func few(rules []seawall.Rule, asked map[string]int) []seawall.Rule {
	rules = unique(rules)
	folders := make(map[string][]int)
	for i := range rules {
		folder, name := split(rules[i].Path)
		if name == "" || strings.Contains(name, "{") {
			continue
		}
		key := keyOf(&seawall.Rule{Method: rules[i].Method, Path: folder + "{token}", Query: rules[i].Query})
		folders[key] = append(folders[key], i)
	}
	for wide, of := range folders {
		if len(of) < WideFrom {
			continue
		}
		for _, i := range of {
			asked[wide] += asked[keyOf(&rules[i])]
			folder, _ := split(rules[i].Path)
			rules[i].Path = folder + "{token}"
		}
	}
	rules = unique(rules)
	slices.SortFunc(rules, func(a, b seawall.Rule) int {
		ka, kb := keyOf(&a), keyOf(&b)
		return cmp.Or(cmp.Compare(asked[kb], asked[ka]), strings.Compare(ka, kb))
	})
	return rules
}

func split(path string) (folder, name string) {
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i], path[i:]
}

func unique(rules []seawall.Rule) []seawall.Rule {
	seen := make(map[string]bool, len(rules))
	return slices.DeleteFunc(slices.Clone(rules), func(r seawall.Rule) bool {
		k := keyOf(&r)
		twice := seen[k]
		seen[k] = true
		return twice
	})
}

// ruleOf returns the rule that covers a template; false when none can.
func ruleOf(t *seawall.Template) (seawall.Rule, bool) {
	r := seawall.Rule{Method: t.Method, Path: t.Path, Effect: effect}
	if r.Method == "HEAD" || r.Method == "" {
		r.Method = "GET"
	}
	for _, p := range t.Query {
		if strings.Contains(p.Name, "{") {
			return r, false // a name was left out, and a rule matches names
		}
		r.Query = append(r.Query, p.Name)
	}
	slices.Sort(r.Query)
	set := seawall.RuleSet{ID: "x", Site: "x", Since: time.Unix(0, 0), Until: time.Unix(1, 0), Rules: []seawall.Rule{r}}
	set.Rules[0].ID = "1"
	return r, set.Check() == nil
}

// effect is what requests that a list names count for. It is the same for all, so that among themselves their order stays fair by what they
// cost; a reader's form must not wait for a bot's searches because of a rule. The weight is less than what a network can have saved up, so that a
// reader who asked for little comes before bots with all that these ask for, and no share is kept from them: what is named is what readers want, too.
var effect = seawall.Effect{Weight: seawall.WeightLater, Copy: seawall.CopyAtOnce}

// keyOf names what a rule matches.
func keyOf(r *seawall.Rule) string { return r.Method + " " + r.Path + "?" + strings.Join(r.Query, "&") }

// idOf names a set by what it holds and where that is from, so that the same orders are the same draft.
func idOf(s *seawall.RuleSet) string {
	h := fnv.New64a()
	for i := range s.Rules {
		_, _ = h.Write([]byte(keyOf(&s.Rules[i]) + "\n"))
	}
	_, _ = h.Write([]byte(s.Source.Feed + "\n" + s.Site))
	return fmt.Sprintf("orders-%016x", h.Sum64())
}
