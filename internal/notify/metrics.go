package notify

import "github.com/prometheus/client_golang/prometheus"

// Metrics are what a [Dispatcher] and a [Pulse] count, for Prometheus. Labels come from closed sets: kinds of channels and outcomes. Either may be
// nil.
type Metrics struct {
	Dispatcher *Dispatcher
	Pulse      *Pulse
}

var (
	triesDesc = prometheus.NewDesc("seawall_notify_tries_total",
		"Tries to deliver a message, by kind of channel and what came of it.", []string{"channel", "outcome"}, nil)
	untoldDesc = prometheus.NewDesc("seawall_notify_untold_total",
		"Messages that were not sent, by reason; unsaved are those sent from memory because the outbox took nothing.", []string{"reason"}, nil)
	waitingDesc  = prometheus.NewDesc("seawall_notify_waiting", "Messages that wait to be delivered.", nil, nil)
	limitDesc    = prometheus.NewDesc("seawall_notify_waiting_limit", "The limit of seawall_notify_waiting.", nil, nil)
	failingDesc  = prometheus.NewDesc("seawall_notify_failing", "Channels whose last try failed.", nil, nil)
	headlessDesc = prometheus.NewDesc("seawall_notify_without_head_total",
		"Tries that went without the head of the ledger of evidence, because it could not be read.", nil, nil)
	beatsDesc = prometheus.NewDesc("seawall_notify_heartbeats_total",
		"Heartbeats, by what came of them; skipped are those that were not sent because the lookout made no rounds.", []string{"outcome"}, nil)
	beatDesc = prometheus.NewDesc("seawall_notify_heartbeat_seconds", "When a heartbeat was last taken, in seconds since 1970; 0 for never.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{triesDesc, untoldDesc, waitingDesc, limitDesc, failingDesc, headlessDesc, beatsDesc, beatDesc} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	if d := m.Dispatcher; d != nil {
		d.Tries(func(kind, outcome string, n int) { send(triesDesc, prometheus.CounterValue, float64(n), kind, outcome) })
		d.Untold(func(reason string, n int) { send(untoldDesc, prometheus.CounterValue, float64(n), reason) })
		n, limit := d.Waiting()
		send(waitingDesc, prometheus.GaugeValue, float64(n))
		send(limitDesc, prometheus.GaugeValue, float64(limit))
		failing := 0
		d.Failing(func(string, string, int) { failing++ })
		send(failingDesc, prometheus.GaugeValue, float64(failing))
		send(headlessDesc, prometheus.CounterValue, float64(d.Headless()))
	}
	if m.Pulse == nil {
		return
	}
	s := m.Pulse.State()
	for outcome, n := range map[string]int{"sent": s.Sent, "failed": s.Failed, "skipped": s.Skipped} {
		send(beatsDesc, prometheus.CounterValue, float64(n), outcome)
	}
	last := 0.0
	if !s.Last.IsZero() {
		last = float64(s.Last.Unix())
	}
	send(beatDesc, prometheus.GaugeValue, last)
}
