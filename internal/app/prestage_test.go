package app

import (
	"cmp"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/drill/orders"
	"github.com/seawall-project/seawall/internal/edge/rules"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/draft"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

// returnAfter is how long a host was not listed when it counts as returning.
const returnAfter = 7 * 24 * time.Hour

// order is what a bot was told to send, and what is kept of that.
type order struct {
	method, path string
	template     seawall.Template
}

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
		hosts map[string][]order
	}
	var lists []sighting
	archive := filepath.Join(data, "ddosia", "lists-2023-06--2025-05.tar.xz")
	err := ddosia.Walk(t.Context(), []string{archive}, ddosia.Limits{}, func(f ddosia.File) error {
		if f.Err != nil {
			return nil //nolint:nilerr // what is no list is passed over, as on import
		}
		s := sighting{f.At, map[string][]order{}}
		for o := range intel.DDoSiaOrders(f.List) {
			if !o.Vector.Requests() {
				continue
			}
			sent := order{o.Method, o.Path, intel.Mask(o)}
			for _, host := range o.Hosts {
				s.hosts[host] = append(s.hosts[host], sent)
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
	returns, sum, most := 0, 0.0, 0
	for _, l := range lists {
		for host, orders := range l.hosts {
			h := hosts[host]
			if h == nil {
				h = &history{known: map[string]bool{}}
				hosts[host] = h
			}
			if !h.last.IsZero() && l.at.Sub(h.last) >= returnAfter {
				drafts := draft.Make("www.example.org", seawall.Provenance{Feed: "archive"}, l.at, h.templates)
				sum += covered(t, drafts, orders)
				returns++
				for i := range drafts {
					most = max(most, len(drafts[i].Set.Rules))
				}
			}
			h.last = l.at
			for i := range orders {
				if id := intel.TemplateID(&orders[i].template); !h.known[id] {
					h.known[id] = true
					h.templates = append(h.templates, orders[i].template)
				}
			}
		}
	}
	mean := sum / float64(max(1, returns))
	t.Logf("%d returns, %.4f of the returning lists' HTTP templates covered on average, at most %d rules of a draft", returns, mean, most)
	if returns < 6000 || mean < 0.95 {
		t.Errorf("%d returns, %.4f covered, want about 6,400 and at least 0.95", returns, mean)
	}
}

// covered returns for which share of what the orders aim at, each template once, the edge has a rule that fits the request which the order has a bot
// send.
func covered(t *testing.T, drafts []draft.Draft, orders []order) float64 {
	t.Helper()
	var sets []seawall.RuleSet
	for i := range drafts {
		sets = append(sets, drafts[i].Set)
	}
	m, _, err := rules.Compile(sets)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	hit := 0
	for i := range orders {
		id := intel.TemplateID(&orders[i].template)
		if seen[id] {
			continue
		}
		seen[id] = true
		if len(sets) > 0 && m.Match(sets[0].Since, sent(&orders[i])) != nil {
			hit++
		}
	}
	if len(seen) == 0 {
		return 1
	}
	return float64(hit) / float64(len(seen))
}

// drawn are the tokens of orders, for which bots draw letters and digits.
var drawn = regexp.MustCompile(`\$[_-][0-9]+`)

// sent returns the request that an order has a bot send.
func sent(o *order) *seawall.Request {
	target := drawn.ReplaceAllString(orders.Target(o.path), "x7k2p9q")
	r := &seawall.Request{Method: cmp.Or(strings.ToUpper(strings.TrimSpace(o.method)), "GET")}
	r.Path, r.Query, _ = strings.Cut(target, "?")
	return r
}
