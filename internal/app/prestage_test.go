package app

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/rules"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/draft"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

// returnAfter is how long a host was not listed when it counts as returning.
const returnAfter = 7 * 24 * time.Hour

// history is what earlier lists aimed at one host.
type history struct {
	last      time.Time
	known     map[string]bool
	templates []seawall.Template
}

// TestPrestaging makes, for every host of the archive that is listed again after a week or more, drafts from earlier lists alone, and holds
// that they cover what the returning list aims at it.
func TestPrestaging(t *testing.T) {
	data := require.Data(t)
	if testing.Short() {
		t.Skip("reads an archive of two years; left out with -short")
	}
	type sighting struct {
		at    time.Time
		hosts map[string][]seawall.Template
	}
	var lists []sighting
	archive := filepath.Join(data, "ddosia", "lists-2023-06--2025-05.tar.xz")
	err := ddosia.Walk(t.Context(), []string{archive}, ddosia.Limits{}, func(f ddosia.File) error {
		if f.Err != nil {
			return nil //nolint:nilerr // what is no list is passed over, as on import
		}
		s := sighting{f.At, map[string][]seawall.Template{}}
		for o := range intel.DDoSiaOrders(f.List) {
			if !o.Vector.Requests() {
				continue
			}
			m := intel.Mask(o)
			for _, host := range o.Hosts {
				s.hosts[host] = append(s.hosts[host], m)
			}
		}
		lists = append(lists, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(lists, func(a, b sighting) int { return cmp.Compare(a.at.Unix(), b.at.Unix()) })
	hosts := map[string]*history{}
	returns, sum, front, most := 0, 0.0, 0, 0
	for _, l := range lists {
		for host, templates := range l.hosts {
			h := hosts[host]
			if h == nil {
				h = &history{known: map[string]bool{}}
				hosts[host] = h
			}
			if !h.last.IsZero() && l.at.Sub(h.last) >= returnAfter {
				drafts := draft.Make("www.example.org", seawall.Provenance{Feed: "archive"}, l.at, h.templates)
				sum += covered(t, drafts, templates, &front)
				returns++
				for i := range drafts {
					most = max(most, len(drafts[i].Set.Rules))
				}
			}
			h.last = l.at
			for i := range templates {
				if id := intel.TemplateID(&templates[i]); !h.known[id] {
					h.known[id] = true
					h.templates = append(h.templates, templates[i])
				}
			}
		}
	}
	mean := sum / float64(max(1, returns))
	t.Logf("%d returns, %.4f of the returning lists' HTTP templates covered on average, at most %d rules of a draft; %d templates are front pages", returns, mean, most, front)
	if returns < 6000 || mean < 0.95 {
		t.Errorf("%d returns, %.4f covered, want about 6,400 and at least 0.95", returns, mean)
	}
}

// covered returns which share of templates the drafts cover, each once, and holds that the edge's matcher agrees.
func covered(t *testing.T, drafts []draft.Draft, templates []seawall.Template, front *int) float64 {
	t.Helper()
	var all []seawall.Rule
	var sets []seawall.RuleSet
	for i := range drafts {
		all = append(all, drafts[i].Set.Rules...)
		sets = append(sets, drafts[i].Set)
	}
	m, err := rules.Compile(sets)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	of, hit := 0, 0
	for i := range templates {
		tp := &templates[i]
		id := intel.TemplateID(tp)
		if seen[id] {
			continue
		}
		seen[id] = true
		of++
		if !draft.Covered(all, tp) {
			continue
		}
		hit++
		if len(sets) > 0 && m.Match(sets[0].Since, filled(tp)) == nil {
			t.Fatalf("a template of %d parameters counts as covered, and the edge does not match it", len(tp.Query))
		}
		if tp.Path == "/" && len(tp.Query) == 0 {
			*front++
		}
	}
	if of == 0 {
		return 1
	}
	return float64(hit) / float64(of)
}

// filled returns a request of a template.
func filled(tp *seawall.Template) *seawall.Request {
	r := &seawall.Request{Method: cmp.Or(tp.Method, "GET")}
	r.Path = strings.NewReplacer("{word}", "hello", "{number}", "12", "{email}", "a@example.org", "{token}", "x7k2p9q").Replace(tp.Path)
	var query []string
	for _, p := range tp.Query {
		query = append(query, p.Name+"=x")
	}
	r.Query = strings.Join(query, "&")
	return r
}
