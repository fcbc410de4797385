package message

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

var noon = time.Date(2025, time.November, 17, 12, 1, 2, 3e6, time.UTC)

func written(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestResult(t *testing.T) {
	want := Result{"www.example.org", probe.Result{
		URL: "https://www.example.org/", FinalURL: "https://www.example.org/", Class: probe.OK, Phase: probe.PhaseDone, Status: 200, At: noon, Vantage: "cph-1",
		Evidence: probe.Evidence{Headers: map[string]string{}},
	}}
	got, err := ReadResult("cph-1", written(t, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Site, got.Site) + cmp.Diff(want.Probe.URL, got.Probe.URL); diff != "" || got.Probe.Class != probe.OK || !got.Probe.At.Equal(noon) {
		t.Errorf("%+v became %+v", want, got)
	}
	if _, err := ReadResult("arh-1", written(t, want)); err == nil {
		t.Error("cph-1's result is taken for arh-1's")
	}
	for name, change := range map[string]func(*Result){
		"no site":   func(r *Result) { r.Site = "" },
		"long site": func(r *Result) { r.Site = strings.Repeat("a", 254) },
		"no time":   func(r *Result) { r.Probe.At = time.Time{} },
		"long TLS":  func(r *Result) { r.Probe.Evidence.TLS = strings.Repeat("a", 17) },
	} {
		r := want
		change(&r)
		if _, err := ReadResult("cph-1", written(t, r)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestHealth(t *testing.T) {
	want := Health{
		At: noon, Resolver: true, Sentinels: []watch.Sentinel{
			{Name: "https://one.example/", Network: "AS64500", OK: true, Address: netip.MustParseAddr("2001:db8::1"), CNAME: "edge.cdn.example"},
		}, OffsetMS: Milliseconds(-1500 * time.Millisecond),
		Held: "abc", Waiting: 3, Dropped: 1,
	}
	got, err := ReadHealth(written(t, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r := got.Report("cph-1")
	if r.Vantage != "cph-1" || r.Offset != -1500*time.Millisecond || len(r.Sentinels) != 1 || !r.Resolver {
		t.Errorf("report %+v", r)
	}
	for name, change := range map[string]func(*Health){
		"no time":        func(h *Health) { h.At = time.Time{} },
		"many sentinels": func(h *Health) { h.Sentinels = make([]watch.Sentinel, maxSentinels+1) },
		"long alias":     func(h *Health) { h.Sentinels = []watch.Sentinel{{CNAME: strings.Repeat("a", maxName+1)}} },
		"zone":           func(h *Health) { h.Sentinels = []watch.Sentinel{{Address: netip.MustParseAddr("fe80::1%eth0")}} },
		"long sentinel":  func(h *Health) { h.Sentinels = []watch.Sentinel{{Name: strings.Repeat("a", maxURL+1)}} },
		"long ID":        func(h *Health) { h.Held = strings.Repeat("a", maxID+1) },
		"offset":         func(h *Health) { h.OffsetMS = Milliseconds(maxOffset + time.Hour) },
	} {
		h := want
		change(&h)
		if _, err := ReadHealth(written(t, h)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAssignment(t *testing.T) {
	want := Assignment{
		ID: "abc", HoldSeconds: 600, AskSelf: true, Clock: &Clock{noon, noon.Add(time.Second), noon.Add(2 * time.Second)},
		Sites: []Site{{Name: "www.example.org", URL: "https://www.example.org/", Page: "/about", Hosts: []string{"example.net"}, EverySeconds: 60, DoubtSeconds: 12}},
	}
	got, err := ReadAssignment(written(t, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, change := range map[string]func(*Assignment){
		"no ID":      func(a *Assignment) { a.ID = "" },
		"no hold":    func(a *Assignment) { a.HoldSeconds = 0 },
		"for ever":   func(a *Assignment) { a.HoldSeconds = 3601 },
		"many sites": func(a *Assignment) { a.Sites = make([]Site, MaxSites+1) },
		"no name":    func(a *Assignment) { a.Sites = []Site{{}} },
		"long URL":   func(a *Assignment) { a.Sites = []Site{{Name: "a", URL: strings.Repeat("a", maxURL+1)}} },
		"many hosts": func(a *Assignment) { a.Sites = []Site{{Name: "a", Hosts: make([]string, maxHosts+1)}} },
		"long host":  func(a *Assignment) { a.Sites = []Site{{Name: "a", Hosts: []string{strings.Repeat("a", maxName+1)}}} },
	} {
		a := want
		change(&a)
		if _, err := ReadAssignment(written(t, a)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzRead holds that nothing that is read is beyond the limits, and that nothing panics.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"id":"a","hold_seconds":600,"sites":[{"site":"a","url":"https://a.example/","every_seconds":60}]}`))
	f.Add([]byte(`{"id":"a","hold_seconds":600,"sites":null,"now":["a","b"]}`))
	f.Add([]byte(`{"site":"a","result":{"url":"https://a.example/","class":"ok","phase":"done","at":"2025-11-17T12:00:00Z","vantage":"cph-1"}}`))
	f.Add([]byte(`{"id":"a","hold_seconds":600,"sites":[],"listed":[{"host":"a.example"}],"home_only":["a.example",""],"opt_outs":["b.example"]}`))
	f.Add([]byte(`{"at":"2025-11-17T12:00:00Z","addresses":["192.0.2.7","2001:db8::7","fe80::1%eth0",""]}`))
	f.Add([]byte(`{"at":"2025-11-17T12:00:00Z","sentinels":[{"name":"a","network":"b","ok":true}],"offset_ms":1e300}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ReadResult("cph-1", b); err == nil && r.Probe.Vantage != "cph-1" {
			t.Errorf("a result of %q", r.Probe.Vantage)
		}
		if h, err := ReadHealth(b); err == nil {
			_ = h.Report("cph-1")
		}
		if a, err := ReadAssignment(b); err == nil {
			if len(a.Sites) > MaxSites || time.Duration(a.HoldSeconds)*time.Second > MaxHold {
				t.Errorf("%d sites for %d s", len(a.Sites), a.HoldSeconds)
			}
		}
	})
}
