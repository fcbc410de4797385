package lookout

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// one is a collector of one site's last result.
type one struct{ latest }

func (o one) Describe(ch chan<- *prometheus.Desc) { (&Metrics{}).Describe(ch) }

func (o one) Collect(ch chan<- prometheus.Metric) { collector(ch).site("www.example.org", o.latest) }

// TestPhases: of a probe that failed in a phase, the phases up to that one have a time, and neither the later ones nor what these would show has a value.
func TestPhases(t *testing.T) {
	const ms = float64(time.Millisecond) / float64(time.Second)
	always := map[string]float64{"probe_success": 0, "probe_duration_seconds": 20 * ms, "probe_http_redirects": 0, "probe_http_status_code": 0}
	steps := []struct {
		phase probe.Phase
		class probe.Class
		adds  map[string]float64 // to what the phases before show
	}{
		{probe.PhaseNone, probe.RefusedTarget, nil},
		{probe.PhaseDNS, probe.DNSTimeout, map[string]float64{"probe_dns_lookup_time_seconds": ms, "probe_http_duration_seconds resolve": ms}},
		{probe.PhaseTCP, probe.TCPTimeout, map[string]float64{"probe_ip_protocol": 6, "probe_http_duration_seconds connect": 2 * ms}},
		{probe.PhaseTLS, probe.TLSExpired, map[string]float64{"probe_http_duration_seconds tls": 3 * ms, "probe_tls_version_info TLS 1.3": 1, "probe_ssl_earliest_cert_expiry": 1e9}},
		{probe.PhaseTTFB, probe.HTTPTimeout, map[string]float64{"probe_http_duration_seconds processing": 4 * ms}},
		{probe.PhaseBody, probe.Truncated, map[string]float64{
			"probe_http_duration_seconds transfer": 5 * ms, "probe_http_status_code": 200, "probe_http_version": 2, "probe_http_ssl": 1,
			"probe_http_uncompressed_body_length": 77,
		}},
	}
	want := always
	for _, step := range steps {
		maps.Copy(want, step.adds)
		got := shownOf(t, resultIn(step.phase, step.class))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v: -want +got:\n%s", step.phase, diff)
		}
	}
	plain := resultIn(probe.PhaseBody, probe.Truncated)
	plain.Protocol, plain.Timings.TLS, plain.Family, plain.Evidence.Redirects = "HTTP/1.1", probe.NotReached, probe.IPv4, []string{"http://www.example.org/a", "http://www.example.org/b"}
	got := shownOf(t, plain)
	if _, tls := got["probe_http_duration_seconds tls"]; tls || got["probe_http_version"] != 1.1 || got["probe_http_ssl"] != 0 || got["probe_ip_protocol"] != 4 || got["probe_http_redirects"] != 2 {
		t.Errorf("in plain text: %v", got)
	}
	if _, there := got["probe_http_ssl"]; !there {
		t.Error("whether an answer came over TLS is not said")
	}
}

// resultIn is what a probe shows that ended in a phase.
func resultIn(phase probe.Phase, class probe.Class) probe.Result {
	r := probe.Result{Class: class, Phase: phase, Timings: probe.Timings{Total: 20 * time.Millisecond}}
	for i, t := range []*time.Duration{&r.Timings.DNS, &r.Timings.TCP, &r.Timings.TLS, &r.Timings.TTFB, &r.Timings.Body} {
		*t = probe.NotReached
		if phase >= probe.PhaseDNS+probe.Phase(i) {
			*t = time.Duration(i+1) * time.Millisecond
		}
	}
	if phase >= probe.PhaseTCP {
		r.Family = probe.IPv6
	}
	if phase >= probe.PhaseTLS {
		r.Evidence.Certificate, r.Evidence.TLS = &probe.Certificate{NotAfter: time.Unix(1e9, 0)}, "TLS 1.3"
	}
	if phase >= probe.PhaseBody {
		r.Status, r.Protocol, r.Evidence.Bytes = 200, "HTTP/2.0", 77
	}
	return r
}

// shownOf returns the gauges of a result under the exporter's names, by name and label beside the target.
func shownOf(t *testing.T, r probe.Result) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(one{latest{result: r}})
	all, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for _, family := range all {
		for _, m := range family.Metric {
			name := family.GetName()
			for _, label := range m.Label {
				if label.GetName() != "target" {
					name += " " + label.GetValue()
				}
			}
			if slices.Contains([]string{"probe_failure_info " + r.Class.String(), "seawall_watch_state unknown"}, name) {
				continue
			}
			got[name] = m.GetGauge().GetValue()
		}
	}
	return got
}
