package obs

import "github.com/prometheus/client_golang/prometheus"

// Family is a gauge, or a counter, with one value for each of a set of names that may change with the configuration, such as its sites. Names come from
// there and never from a request.
type Family struct {
	Name  string // as in [Gauge]
	Help  string
	Label string
	// Each calls yield for every name, with the value and, when Limited, its limit. It is called when somebody looks, from several
	// goroutines at once.
	Each    func(yield func(name string, value, limit float64))
	Limited bool
	Total   bool // whether it counts what has happened, see [Counter]; then its name ends in "_total"
}

// RegisterFamilies registers families with reg.
func RegisterFamilies(reg prometheus.Registerer, families ...Family) {
	for _, f := range families {
		c := &familyCollector{family: f, value: desc(f.Name, f.Help, f.Label), kind: prometheus.GaugeValue}
		if f.Total {
			c.value, c.kind = desc(f.Name+"_total", f.Help, f.Label), prometheus.CounterValue
		}
		if f.Limited {
			c.limit = desc(f.Name+"_limit", "The limit of seawall_"+f.Name+".", f.Label)
		}
		reg.MustRegister(c)
	}
}

func desc(name, help, label string) *prometheus.Desc {
	return prometheus.NewDesc("seawall_"+name, help, []string{label}, nil)
}

type familyCollector struct {
	family       Family
	value, limit *prometheus.Desc
	kind         prometheus.ValueType
}

// Describe implements [prometheus.Collector].
func (c *familyCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.value
	if c.limit != nil {
		ch <- c.limit
	}
}

// Collect implements [prometheus.Collector].
func (c *familyCollector) Collect(ch chan<- prometheus.Metric) {
	c.family.Each(func(name string, value, limit float64) {
		ch <- prometheus.MustNewConstMetric(c.value, c.kind, value, name)
		if c.limit != nil {
			ch <- prometheus.MustNewConstMetric(c.limit, prometheus.GaugeValue, limit, name)
		}
	})
}
