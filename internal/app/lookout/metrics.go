package lookout

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Metrics is a lookout for Prometheus: the last probe of each site under the names of the blackbox exporter, and the lookout's own gauges, each
// beside its limit. Labels are the hosts of the watch list, and closed sets.
type Metrics struct{ Lookout *Lookout }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	successDesc  = desc("probe_success", "Whether the last probe of the site got its page.", "target")
	durationDesc = desc("probe_duration_seconds", "How long the last probe took in all.", "target")
	lookupDesc   = desc("probe_dns_lookup_time_seconds", "How long the last probe asked DNS; absent when it did not.", "target")
	phaseDesc    = desc("probe_http_duration_seconds",
		"How long each phase of the last probe took; a phase in which it failed has the time until then, and one it did not reach is absent.", "target", "phase")
	statusDesc   = desc("probe_http_status_code", "HTTP status of the last probe, 0 without an answer.", "target")
	familyDesc   = desc("probe_ip_protocol", "4 or 6, by the address that the last probe went to; absent when it came to none.", "target")
	redirectDesc = desc("probe_http_redirects", "How many redirects the last probe followed.", "target")
	versionDesc  = desc("probe_http_version", "HTTP version of the last probe's answer, such as 1.1; absent without one.", "target")
	sslDesc      = desc("probe_http_ssl", "Whether the last probe's answer came over TLS; absent without one.", "target")
	lengthDesc   = desc("probe_http_uncompressed_body_length", "Bytes of the body that the last probe read, after decoding; absent when it came to none.", "target")
	tlsDesc      = desc("probe_tls_version_info", "1 for the TLS version of the last probe's handshake; absent without one.", "target", "version")
	expiryDesc   = desc("probe_ssl_earliest_cert_expiry", "When the certificate of the last probe ends, in seconds since 1970; absent without one.", "target")
	failureDesc  = desc("probe_failure_info", "1 for the class of the last probe when that is not ok.", "target", "class")
	stateDesc    = desc("seawall_watch_state", "1 for the state of the site.", "target", "state")

	foundDesc    = desc("seawall_watch_probes_total", "Probes that were judged, by class.", "class")
	lateDesc     = desc("seawall_watch_late_seconds", "The most by which a turn began late since the last scrape.")
	runningDesc  = desc("seawall_watch_running", "Probes under way.")
	atOnceDesc   = desc("seawall_watch_running_limit", "The limit of seawall_watch_running.")
	skippedDesc  = desc("seawall_watch_skipped_total", "Turns left out because the one before was still under way.")
	waitingDesc  = desc("seawall_watch_waiting", "Results that wait to be judged.")
	waitLimDesc  = desc("seawall_watch_waiting_limit", "The limit of seawall_watch_waiting.")
	lostDesc     = desc("seawall_watch_lost_total", "Writes that the store did not take.")
	healthDesc   = desc("seawall_watch_vantage_health", "1 for the health of the vantage.", "vantage", "health")
	clockDesc    = desc("seawall_watch_clock_offset_seconds", "By how much this machine's clock is ahead of the sentinels'; 0 when that is not known.")
	affectedDesc = desc("seawall_watch_affected", "Sites that are disturbed, down or recovering.")
)

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		successDesc, durationDesc, lookupDesc, phaseDesc, statusDesc, familyDesc, redirectDesc, versionDesc, sslDesc, lengthDesc, expiryDesc, failureDesc, stateDesc, foundDesc, lateDesc, runningDesc, atOnceDesc,
		skippedDesc, waitingDesc, waitLimDesc, lostDesc, healthDesc, clockDesc, affectedDesc,
	} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	c := collector(ch)
	s := m.Lookout.Stats()
	for class, n := range s.Found {
		c.count(foundDesc, float64(n), class.String())
	}
	c.gauge(lateDesc, s.Schedule.Late.Seconds())
	c.gauge(runningDesc, float64(s.Schedule.Running))
	c.gauge(atOnceDesc, float64(s.Schedule.AtOnce))
	c.count(skippedDesc, float64(s.Schedule.Skipped))
	c.gauge(waitingDesc, float64(s.Waiting))
	c.gauge(waitLimDesc, float64(s.WaitingLimit))
	c.count(lostDesc, float64(s.Lost))
	c.gauge(clockDesc, s.Clock.Seconds())
	c.gauge(affectedDesc, float64(s.Affected))
	for name, health := range s.Health {
		c.gauge(healthDesc, 1, name, health.String())
	}
	for host, last := range m.Lookout.last() {
		c.site(host, last)
	}
}

// collector sends metrics.
type collector chan<- prometheus.Metric

func (c collector) gauge(d *prometheus.Desc, v float64, labels ...string) {
	c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (c collector) count(d *prometheus.Desc, v float64, labels ...string) {
	c <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
}

func (c collector) site(host string, l latest) {
	success := 0.0
	if l.result.Class == probe.OK {
		success = 1
	} else {
		c.gauge(failureDesc, 1, host, l.result.Class.String())
	}
	c.gauge(successDesc, success, host)
	c.gauge(stateDesc, 1, host, l.state.String())
	c.gauge(durationDesc, l.result.Timings.Total.Seconds(), host)
	c.gauge(statusDesc, float64(l.result.Status), host)
	c.gauge(redirectDesc, float64(len(l.result.Evidence.Redirects)), host)
	c.answer(host, &l.result)
	t := l.result.Timings
	if t.DNS != probe.NotReached {
		c.gauge(lookupDesc, t.DNS.Seconds(), host)
	}
	for _, p := range []struct {
		name string
		took time.Duration
	}{{"resolve", t.DNS}, {"connect", t.TCP}, {"tls", t.TLS}, {"processing", t.TTFB}, {"transfer", t.Body}} {
		if p.took != probe.NotReached {
			c.gauge(phaseDesc, p.took.Seconds(), host, p.name)
		}
	}
	if v := l.result.Evidence.TLS; v != "" {
		c.gauge(tlsDesc, 1, host, v)
	}
	if l.result.Evidence.Certificate != nil {
		c.gauge(expiryDesc, float64(l.result.Evidence.Certificate.NotAfter.Unix()), host)
	}
}

// answer sends what is known of a probe's answer, as far as it came.
func (c collector) answer(host string, r *probe.Result) {
	if r.Family != probe.FamilyNone {
		c.gauge(familyDesc, float64(r.Family), host)
	}
	if major, minor, ok := http.ParseHTTPVersion(r.Protocol); ok {
		c.gauge(versionDesc, float64(major)+float64(minor)/10, host)
		ssl := 0.0
		if r.Timings.TLS != probe.NotReached {
			ssl = 1
		}
		c.gauge(sslDesc, ssl, host)
	}
	if r.Timings.Body != probe.NotReached {
		c.gauge(lengthDesc, float64(r.Evidence.Bytes), host)
	}
}

// latest is the last result of a site, without its body, and what was made of it.
type latest struct {
	result probe.Result
	state  watch.State
}

// last returns the last result of each site from this place.
func (l *Lookout) last() map[string]latest {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string]latest, len(l.sites))
	for host := range l.sites {
		r, ok := l.found[sight{host, l.Vantage.Name}]
		if !ok {
			continue
		}
		st, _ := l.machine.Status(host)
		all[host] = latest{r, st.State}
	}
	return all
}
