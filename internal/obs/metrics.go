package obs

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall"
)

// Metrics count outcomes for Prometheus. Labels come from closed sets and from the configuration, never from a request.
type Metrics struct {
	requests *prometheus.CounterVec
	caches   *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	wait     *prometheus.HistogramVec
	cost     *prometheus.HistogramVec
	listed   *prometheus.CounterVec
}

// NewMetrics registers the metrics with reg.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	seconds := prometheus.ExponentialBuckets(0.001, 2, 14) // 1 ms to 8 s
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seawall_outcomes_total",
			Help: "Requests, and connections turned away, by what came of them.",
		}, []string{AttrSite, AttrAction, AttrAnswer, AttrReason}),
		caches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seawall_cache_outcomes_total",
			Help: "Requests by what the cache had to do with them (RFC 9211).",
		}, []string{AttrSite, AttrCache}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seawall_sent_bytes_total",
			Help: "Body bytes sent to readers.",
		}, []string{AttrSite}),
		wait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "seawall_admission_wait_seconds", Buckets: seconds,
			Help: "Time requests queued for the origin.",
		}, []string{AttrSite, AttrLane}),
		cost: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "seawall_origin_seconds", Buckets: seconds,
			Help: "Time the origin took for requests that reached it.",
		}, []string{AttrSite, AttrLane}),
	}
	m.listed = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "seawall_listed_requests_total",
		Help: "Requests of a kind that a rule names, by what that changed: none in peace.",
	}, []string{AttrSite, AttrEffect})
	reg.MustRegister(m.requests, m.caches, m.bytes, m.wait, m.cost, m.listed)
	return m
}

// Observe counts one outcome.
func (m *Metrics) Observe(o *seawall.Outcome) {
	m.requests.WithLabelValues(o.Site, o.Action.String(), o.Answer.String(), o.Reason.String()).Inc()
	if o.ID == 0 {
		return // a connection that was turned away
	}
	m.caches.WithLabelValues(o.Site, o.Cache.String()).Inc()
	m.bytes.WithLabelValues(o.Site).Add(float64(o.Bytes))
	if o.Rule != "" {
		m.rule(o)
	}
	if o.Lane == seawall.LaneNone {
		return
	}
	m.wait.WithLabelValues(o.Site, o.Lane.String()).Observe(o.Wait.Seconds())
	if o.Cost > 0 {
		m.cost.WithLabelValues(o.Site, o.Lane.String()).Observe(o.Cost.Seconds())
	}
}

// The values of [AttrEffect].
const (
	EffectNone   = "none"
	EffectWeight = "weight"
	EffectShare  = "share"
	EffectCopy   = "copy"
)

// rule counts a request under each effect that it felt.
func (m *Metrics) rule(o *seawall.Outcome) {
	count := func(effect string, felt bool) {
		if felt {
			m.listed.WithLabelValues(o.Site, effect).Inc()
		}
	}
	count(EffectNone, o.Effect == seawall.Effect{})
	count(EffectWeight, o.Effect.Weight != seawall.WeightUsual)
	count(EffectShare, o.Effect.Share != seawall.ShareWhole)
	count(EffectCopy, o.Effect.Copy != seawall.CopyUsual)
}

// Gauge is a value that is read when somebody looks, with the limit it is bounded by.
type Gauge struct {
	Name   string // without the "seawall_" before it; the limit is called Name + "_limit"
	Help   string
	Labels prometheus.Labels // constant, from the configuration
	Value  func() float64
	Limit  func() float64 // nil for a value that has none
}

// Counter is a total that is read when somebody looks.
type Counter struct {
	Name   string // without the "seawall_" before it and the "_total" behind
	Help   string
	Labels prometheus.Labels
	Value  func() float64 // never falls
}

// RegisterCounters registers counters with reg.
func RegisterCounters(reg prometheus.Registerer, counters ...Counter) {
	for _, c := range counters {
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "seawall_" + c.Name + "_total", Help: c.Help, ConstLabels: c.Labels,
		}, c.Value))
	}
}

// Register registers gauges with reg, each beside its limit.
func Register(reg prometheus.Registerer, gauges ...Gauge) {
	for _, g := range gauges {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "seawall_" + g.Name, Help: g.Help, ConstLabels: g.Labels,
		}, g.Value))
		if g.Limit != nil {
			reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "seawall_" + g.Name + "_limit", Help: "The limit of seawall_" + g.Name + ".", ConstLabels: g.Labels,
			}, g.Limit))
		}
	}
}
