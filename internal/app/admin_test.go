package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

// TestAdmin holds that metrics and health are served where the operator looks and never where readers come.
func TestAdmin(t *testing.T) {
	cfg := oneSite(t, serveOn(t, say("the origin's own")), "off")
	cfg.Admin = "127.0.0.1:0"
	a := start(t, Options{Config: cfg})
	admin := reader(t, "HTTP/1.1", to(a.AdminAddr()), nil)
	if got := get(t, admin, "http://admin/healthz"); got.StatusCode != 200 || got.body != "ok\n" {
		t.Errorf("health: got %d %q", got.StatusCode, got.body)
	}
	if got := get(t, admin, "http://admin/metrics"); got.StatusCode != 200 || !strings.Contains(got.body, "\nseawall_connections ") {
		t.Errorf("metrics: got %d %q", got.StatusCode, got.body)
	}
	if got := get(t, admin, "http://www.example.org/"); got.StatusCode != http.StatusNotFound {
		t.Errorf("the site on the admin listener: got %d %q, want 404", got.StatusCode, got.body)
	}

	public := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	for _, path := range []string{"/metrics", "/healthz", "/status"} {
		if got := get(t, public, "http://www.example.org"+path); got.body != "the origin's own" {
			t.Errorf("%s for readers: got %d %q, want the origin's page", path, got.StatusCode, got.body)
		}
		for _, host := range []string{a.AdminAddr().String(), a.Addrs()[0].String(), "localhost", "admin", "seawall"} {
			if got := get(t, public, "http://"+host+path); got.StatusCode != http.StatusMisdirectedRequest {
				t.Errorf("%s%s for readers: got %d %q, want 421", host, path, got.StatusCode, got.body)
			}
		}
	}
}

func TestAdminOff(t *testing.T) {
	a := build(t, Options{Config: oneSite(t, "http://127.0.0.1:1", "off")})
	if got := a.AdminAddr(); got != nil {
		t.Errorf("got %v, want none", got)
	}
}

// TestGauges holds that what strangers can make grow is shown beside its limit, and that no limit stands alone.
func TestGauges(t *testing.T) {
	got := samples(t, build(t, Options{Config: oneSite(t, "http://127.0.0.1:1", "off")}))
	const site = `{site="www.example.org"}`
	for _, name := range []string{
		"connections", "networks", "handshakes", "exchanges", "sharing", "recording_bytes", "upload_bytes", "downloads", "lasting", "cache_bytes", "outcomes_waiting", "access_log_waiting",
		"origin_requests" + site, "admission_queued" + site, "admission_networks" + site, "admission_templates" + site,
		"origin_connections" + site, "origins_left_alone" + site,
	} {
		base, labels, _ := strings.Cut("seawall_"+name, "{")
		if labels != "" {
			labels = "{" + labels
		}
		value, ok := got[base+labels]
		limit, bounded := got[base+"_limit"+labels]
		if !ok || !bounded || limit <= 0 || value > limit {
			t.Errorf("%s: got %v (%v) of %v (%v), want a value and a limit above zero", name, value, ok, limit, bounded)
		}
	}
	for name := range got {
		if base := strings.Replace(name, "_limit", "", 1); strings.HasPrefix(name, "seawall_") && base != name {
			if _, ok := got[base]; !ok {
				t.Errorf("%s limits nothing that is shown", name)
			}
		}
	}
	for _, name := range []string{
		"seawall_cache_entries", // bounded by cache_bytes
		"seawall_outcomes_dropped_total", "seawall_unproxied_total", "seawall_breaches_total", "seawall_panics_total", "seawall_lasting_evicted_total",
		"seawall_origin_failures_total" + site, "seawall_origin_ejections_total" + site, "seawall_origin_retries_total" + site,
		"seawall_origin_retries_spared_total" + site, "seawall_origin_checks_spared_total" + site,
	} {
		if v, ok := got[name]; !ok || v != 0 {
			t.Errorf("%s: got %v (%v), want 0", name, v, ok)
		}
	}
}

// samples returns the gauges and counters of an App by name and labels.
func samples(t *testing.T, a *App) map[string]float64 {
	t.Helper()
	families, err := a.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			name := f.GetName()
			if labels != nil {
				name += "{" + strings.Join(labels, ",") + "}"
			}
			all[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return all
}

// TestMetricsSayNothingOfReaders sends requests full of a mark and looks for it, and for the reader's address, among the metrics;
// however many there are, they make no more series than one does.
func TestMetricsSayNothingOfReaders(t *testing.T) {
	const mark = "zebra"
	synctest.Test(t, func(t *testing.T) {
		m := inMemory(t, say("page"))
		series := func() (names []string) {
			synctest.Wait() // until every outcome has been read
			for name := range samples(t, m.App) {
				names = append(names, name)
			}
			slices.Sort(names)
			return names
		}
		send := func(n int) {
			word := fmt.Sprintf("%s%d", mark, n)
			for _, host := range []string{"www.example.org", word + ".example.org"} {
				for _, method := range []string{"GET", strings.ToUpper(word)} {
					do(t, m.client, method, "http://www.example.org/"+word+"?"+word+"="+word, http.NoBody, "Host: "+host,
						"User-Agent: "+word, "Cookie: "+word+"="+word, "X-Forwarded-For: 192.0.2.99", word+": "+word)
				}
			}
		}
		send(0)
		before := series()
		for n := range 20 {
			send(n)
		}
		after := series()
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("more requests made more series (-before +after):\n%s", diff)
		}
		page := get(t, m.client, "http://"+adminAddr.String()+"/metrics").body
		for _, word := range []string{mark, strings.ToUpper(mark), "192.0.2.99", "192.0.2.200"} {
			if strings.Contains(page, word) {
				t.Errorf("the metrics hold %q", word)
			}
		}
		refused := fmt.Sprintf(`seawall_outcomes_total{action="refuse",answer="none",reason=%q,site=""} 42`, seawall.ReasonUnknownHost)
		if !strings.Contains(page, refused) {
			t.Errorf("the metrics lack %s", refused)
		}
	})
}
