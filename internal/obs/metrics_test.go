package obs

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seawall-project/seawall"
)

// TestMetrics counts a few outcomes and reads the whole page.
func TestMetrics(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	m := NewMetrics(reg)
	for _, o := range []seawall.Outcome{
		{Action: seawall.ActionDrop, Reason: seawall.ReasonConnections},
		{
			ID: 1, Site: "www.example.org", Action: seawall.ActionForward, Reason: seawall.ReasonMiss, Cache: seawall.CacheMiss,
			Lane: seawall.LaneQuery, Wait: time.Second, Cost: 2 * time.Second, Bytes: 100,
		},
		{
			ID: 1, Site: "www.example.org", Action: seawall.ActionServe, Answer: seawall.AnswerNote, Reason: seawall.ReasonShed,
			Lane: seawall.LaneQuery, Wait: 3 * time.Second, Bytes: 11, // never came to the origin: no cost to count
		},
	} {
		m.Observe(&o)
	}
	want := `
# HELP seawall_cache_outcomes_total Requests by what the cache had to do with them (RFC 9211).
# TYPE seawall_cache_outcomes_total counter
seawall_cache_outcomes_total{cache="miss",site="www.example.org"} 1
seawall_cache_outcomes_total{cache="none",site="www.example.org"} 1
# HELP seawall_outcomes_total Requests, and connections turned away, by what came of them.
# TYPE seawall_outcomes_total counter
seawall_outcomes_total{action="drop",answer="none",reason="connections",site=""} 1
seawall_outcomes_total{action="forward",answer="none",reason="miss",site="www.example.org"} 1
seawall_outcomes_total{action="serve",answer="note",reason="shed",site="www.example.org"} 1
# HELP seawall_sent_bytes_total Body bytes sent to readers.
# TYPE seawall_sent_bytes_total counter
seawall_sent_bytes_total{site="www.example.org"} 111
`
	if diff := cmp.Diff(want[1:], page(t, reg, "seawall_outcomes", "seawall_cache", "seawall_sent")); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
	var sums []string
	for line := range strings.Lines(page(t, reg, "seawall_admission", "seawall_origin")) {
		if strings.Contains(line, "_sum{") || strings.Contains(line, "_count{") {
			sums = append(sums, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff([]string{
		`seawall_admission_wait_seconds_sum{lane="query",site="www.example.org"} 4`,
		`seawall_admission_wait_seconds_count{lane="query",site="www.example.org"} 2`,
		`seawall_origin_seconds_sum{lane="query",site="www.example.org"} 2`,
		`seawall_origin_seconds_count{lane="query",site="www.example.org"} 1`,
	}, sums); diff != "" {
		t.Errorf("histograms (-want +got):\n%s", diff)
	}
}

// page returns the lines of reg's page, comments included, about metrics whose names begin with one of prefixes.
func page(t *testing.T, reg prometheus.Gatherer, prefixes ...string) string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("metrics page: status %d: %s", w.Code, w.Body)
	}
	var b strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// closedSets are the values that each label may have: those of an enum, and "unknown" for a value that is none of them.
func closedSets() map[string][]string {
	return map[string][]string{
		AttrSite:   {"", "www.example.org"}, // from the configuration
		AttrAction: enum[seawall.ActionKind](),
		AttrAnswer: enum[seawall.Answer](),
		AttrReason: enum[seawall.Reason](),
		AttrCache:  enum[seawall.CacheState](),
		AttrLane:   enum[seawall.Lane](),
		AttrEffect: {EffectNone, EffectWeight, EffectShare, EffectCopy},
	}
}

// enum returns the names of every possible value, each once.
func enum[T interface {
	~uint8
	fmt.Stringer
}]() []string {
	var all []string
	for i := range 256 {
		if name := T(i).String(); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// TestLabelsAreClosed observes every value of every enum, values that are none included, and holds that no label has a value, or a
// name, from elsewhere.
func TestLabelsAreClosed(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	m := NewMetrics(reg)
	for i := range 256 {
		v := uint8(i)
		m.Observe(&seawall.Outcome{
			ID: seawall.RequestID(i), Time: time.Unix(int64(i), 0), Site: "www.example.org",
			Client: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, v}), 24), Proto: seawall.Proto(v),
			Action: seawall.ActionKind(v), Answer: seawall.Answer(v), Reason: seawall.Reason(v),
			Cache: seawall.CacheState(v), Lane: seawall.Lane(v), Status: i, Bytes: int64(i), Cost: time.Duration(i),
			Rule: "set/1", Effect: seawall.Effect{Weight: seawall.Weight(v), Share: seawall.Share(v), Copy: seawall.Copy(v)},
		})
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sets := closedSets()
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if set, ok := sets[l.GetName()]; !ok || !slices.Contains(set, l.GetValue()) {
					t.Errorf("%s: label %s=%q is not from a closed set", f.GetName(), l.GetName(), l.GetValue())
				}
			}
		}
	}
}

// TestOutcomeHasNoText guards the same from the other end: the only texts in an outcome are the site's configured name and a rule's
// name, made of IDs that hold no more than letters and digits (see [seawall.RuleSet.Check]) and never a label, so nothing a stranger writes
// can become a label or a word in a log.
func TestOutcomeHasNoText(t *testing.T) {
	free := func(t reflect.Type) bool {
		switch t.Kind() {
		case reflect.Uint8, reflect.Uint64, reflect.Int, reflect.Int64:
			return false
		}
		return t != reflect.TypeFor[time.Time]() && t != reflect.TypeFor[netip.Prefix]()
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[seawall.Outcome]()) {
		if free(f.Type) && f.Name != "Site" && f.Name != "Rule" && f.Type != reflect.TypeFor[seawall.Effect]() {
			t.Errorf("Outcome.%s is a %v, which can hold what a stranger wrote", f.Name, f.Type)
		}
	}
}

func TestGaugesBesideTheirLimits(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	one := func(v float64) func() float64 { return func() float64 { return v } }
	Register(
		reg,
		Gauge{Name: "things", Help: "Things.", Labels: prometheus.Labels{AttrSite: "www.example.org"}, Value: one(3), Limit: one(9)},
		Gauge{Name: "others", Help: "Others.", Value: one(4)},
	)
	RegisterCounters(reg, Counter{Name: "losses", Help: "Losses.", Value: one(5)})
	want := `
# HELP seawall_losses_total Losses.
# TYPE seawall_losses_total counter
seawall_losses_total 5
# HELP seawall_others Others.
# TYPE seawall_others gauge
seawall_others 4
# HELP seawall_things Things.
# TYPE seawall_things gauge
seawall_things{site="www.example.org"} 3
# HELP seawall_things_limit The limit of seawall_things.
# TYPE seawall_things_limit gauge
seawall_things_limit{site="www.example.org"} 9
`
	if diff := cmp.Diff(want[1:], page(t, reg, "seawall_")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
