package app

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/rules"
	"github.com/seawall-project/seawall/internal/engine/wire"
	"github.com/seawall-project/seawall/internal/obs"
)

// register makes the App's metrics: what came of requests, what went wrong, and what strangers can make grow, each beside its limit.
func (a *App) register() {
	a.metrics = obs.NewMetrics(a.registry)
	a.counters()
	a.frames()
	a.gauges()
}

// frames counts what came in HTTP/2, where floods of frames that ask for nothing show.
func (a *App) frames() {
	for i, name := range wire.FrameNames {
		obs.RegisterCounters(a.registry, obs.Counter{
			Name: "frames", Help: "Frames of HTTP/2 received, by type.", Labels: prometheus.Labels{"type": name},
			Value: func() float64 { return float64(a.engine.Stats().Frames[i]) },
		})
	}
}

func (a *App) counters() {
	obs.RegisterCounters(a.registry,
		obs.Counter{
			Name: "outcomes_dropped", Help: "Outcomes lost because their readers fell behind.",
			Value: func() float64 { return float64(a.ring.Dropped()) },
		},
		obs.Counter{
			Name: "unproxied", Help: "Connections from trusted proxies closed for a PROXY header that is not one.",
			Value: func() float64 { return float64(a.engine.Stats().Unproxied) },
		},
		obs.Counter{
			Name: "connections_evicted", Help: "Idle connections that made way for others.",
			Value: func() float64 { return float64(a.engine.Stats().Evicted) },
		},
		obs.Counter{
			Name: "breaches", Help: "Breaches of protocol that the engine dealt with by itself.",
			Value: func() float64 { return float64(a.engine.Stats().Breaches) },
		},
		obs.Counter{
			Name: "reloads", Help: "Times that a new configuration was taken up.",
			Value: func() float64 { return float64(a.reloads.done.Load()) },
		},
		obs.Counter{
			Name: "reloads_refused", Help: "Times that a new configuration was wrong, so that the one before stayed in force.",
			Value: func() float64 { return float64(a.reloads.refused.Load()) },
		},
		obs.Counter{
			Name: "lasting_evicted", Help: "Event streams and switched connections that made way for another network's.",
			Value: func() float64 { return float64(a.graph().gateway.Stats().Evicted) },
		},
		obs.Counter{
			Name: "panics", Help: "Requests whose handling panicked, which is a mistake in Seawall.",
			Value: func() float64 { return float64(a.engine.Stats().Panics) },
		},
	)
}

func (a *App) gauges() {
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	obs.Register(a.registry,
		obs.Gauge{
			Name: "configuration_seconds", Help: "When the configuration in force was taken up, in seconds since 1970.",
			Value: func() float64 { return float64(a.reloads.last.Load()) / 1e9 },
		},
		obs.Gauge{
			Name: "configurations", Help: "Configurations in use: the one in force, and those under which requests have begun that are not over.",
			Value: func() float64 { return float64(a.front.open.Load()) },
		},
		obs.Gauge{
			Name: "connections", Help: "Open connections.",
			Value: func() float64 { return float64(a.engine.Stats().Conns) },
			Limit: func() float64 { return float64(a.engine.Stats().ConnsLimit) },
		},
		obs.Gauge{
			Name: "handshakes", Help: "TLS handshakes running or waiting.",
			Value: func() float64 { return float64(a.engine.Stats().Handshakes) },
			Limit: func() float64 { return float64(a.engine.Stats().HandshakesLimit) },
		},
		obs.Gauge{
			Name: "quic_connections", Help: "Open connections of HTTP/3, counted in connections as well.",
			Value: func() float64 { return float64(a.engine.Stats().QUICConns) },
			Limit: func() float64 { return float64(a.engine.Stats().ConnsLimit) },
		},
		obs.Gauge{
			Name: "quic_handshakes", Help: "Handshakes of HTTP/3 under way.",
			Value: func() float64 { return float64(a.engine.Stats().QUICHandshakes) },
			Limit: func() float64 { return float64(a.engine.Stats().HandshakesLimit) },
		},
		obs.Gauge{
			Name: "http3", Help: "Whether HTTP/3 is served, which ends by itself while UDP is the weak side.",
			Value: func() float64 { return float64(btoi(a.engine.Stats().HTTP3)) },
			Limit: func() float64 { return 1 },
		},
		obs.Gauge{
			Name: "exchanges", Help: "Requests being answered.",
			Value: func() float64 { return float64(a.engine.Stats().Exchanges) },
			Limit: func() float64 { return float64(a.engine.Stats().ExchangesLimit) },
		},
		obs.Gauge{
			Name: "addresses", Help: "Addresses with an open connection.",
			Value: func() float64 { return float64(a.engine.Stats().Addresses) },
			Limit: func() float64 { return float64(a.engine.Stats().ConnsLimit) },
		},
		obs.Gauge{
			Name: "networks", Help: "Networks with an open connection.",
			Value: func() float64 { return float64(a.engine.Stats().Networks) },
			Limit: func() float64 { return float64(a.engine.Stats().ConnsLimit) },
		},
		obs.Gauge{
			Name: "cache_bytes", Help: "Bytes held by the cache, keys and fields included.",
			Value: func() float64 { return float64(a.graph().cache.Stats().Bytes) },
			Limit: func() float64 { return float64(a.graph().cache.Stats().BytesLimit) },
		},
		obs.Gauge{
			Name: "cache_entries", Help: "URLs that the cache holds an answer to.",
			Value: func() float64 { return float64(a.graph().cache.Stats().Entries) },
		},
		obs.Gauge{
			Name: "cache_trial_bytes", Help: "Bytes of answers on trial: to URLs with a query, and errors, that were stored for the first time.",
			Value: func() float64 { return float64(a.graph().cache.Stats().Trial) },
			Limit: func() float64 { return float64(a.graph().cache.Stats().TrialLimit) },
		},
		obs.Gauge{
			Name: "cache_variants", Help: "Answers held by the cache, at most eight to a URL.",
			Value: func() float64 { return float64(a.graph().cache.Stats().Variants) },
			Limit: func() float64 { return float64(a.graph().cache.Stats().VariantsLimit) },
		},
		obs.Gauge{
			Name: "cache_tags", Help: "Tags by which stored answers can be purged, at most 64 to an answer.",
			Value: func() float64 { return float64(a.graph().cache.Stats().Tags) },
			Limit: func() float64 { return float64(a.graph().cache.Stats().TagsLimit) },
		},
		obs.Gauge{
			Name: "purges", Help: "Purges remembered for answers that are still under way.",
			Value: func() float64 { return float64(a.graph().cache.Stats().Purges) },
			Limit: func() float64 { return float64(a.graph().cache.Stats().PurgesLimit) },
		},
		obs.Gauge{
			Name: "compressions", Help: "Stored answers being compressed.",
			Value: func() float64 { return float64(a.graph().cache.Stats().Compressions) },
			Limit: func() float64 { return float64(a.graph().cache.Stats().CompressionsLimit) },
		},
		obs.Gauge{
			Name: "renewals", Help: "Answers being renewed in the background while readers get the old ones.",
			Value: func() float64 { return float64(a.graph().gateway.Stats().Renewals) },
			Limit: func() float64 { return float64(a.graph().gateway.Stats().RenewalsLimit) },
		},
		obs.Gauge{
			Name: "recording_bytes", Help: "Bytes of answers that are being received in order to be stored.",
			Value: func() float64 { return float64(a.graph().cache.Stats().Recording) },
			Limit: func() float64 { return float64(a.graph().cache.Stats().RecordingLimit) },
		},
		obs.Gauge{
			Name: "sharing", Help: "Requests that wait for another's answer.",
			Value: func() float64 { return float64(a.graph().gateway.Stats().Sharing) },
			Limit: func() float64 { return float64(a.graph().gateway.Stats().SharingLimit) },
		},
		obs.Gauge{
			Name: "upload_bytes", Help: "Bytes of request bodies held.",
			Value: func() float64 { return float64(a.graph().gateway.Stats().Uploads) },
			Limit: func() float64 { return float64(a.graph().gateway.Stats().UploadsLimit) },
		},
		obs.Gauge{
			Name: "uploads_piped", Help: "Long request bodies being passed on as they come.",
			Value: func() float64 { return float64(a.graph().gateway.Stats().Piped) },
			Limit: func() float64 { return float64(a.graph().gateway.Stats().PipedLimit) },
		},
		obs.Gauge{
			Name: "downloads", Help: "Long answers under way.",
			Value: func() float64 { return float64(a.graph().gateway.Stats().Downloads) },
			Limit: func() float64 { return float64(a.graph().gateway.Stats().DownloadsLimit) },
		},
		obs.Gauge{
			Name: "lasting", Help: "Event streams, and connections that have switched to another protocol.",
			Value: func() float64 { return float64(a.graph().gateway.Stats().Lasting) },
			Limit: func() float64 { return float64(a.graph().gateway.Stats().LastingLimit) },
		},
		obs.Gauge{
			Name: "outcomes_waiting", Help: "Outcomes waiting to be read.",
			Value: func() float64 { return float64(a.ring.Len()) },
			Limit: func() float64 { return float64(a.ring.Cap()) },
		},
	)
	a.siteGauges()
	a.ruleGauges()
	a.originGauges()
	a.certificateGauges()
	a.logGauges()
}

// siteGauges are about the sites of the configuration in force.
func (a *App) siteGauges() {
	gauge := func(name, help string, value, limit func(admit.Stats) int) obs.Family {
		return obs.Family{Name: name, Help: help, Label: obs.AttrSite, Limited: true, Each: func(yield func(string, float64, float64)) {
			g := a.graph()
			for i, site := range g.sites {
				st := g.admit[i].Stats(a.Now())
				yield(site.Name, float64(value(st)), float64(limit(st)))
			}
		}}
	}
	obs.RegisterFamilies(a.registry,
		gauge("origin_requests", "Requests at the origin.",
			func(s admit.Stats) int { return s.InFlight }, func(s admit.Stats) int { return s.Limit }),
		gauge("admission_queued", "Requests queued for the origin.",
			func(s admit.Stats) int { return s.Queued }, func(s admit.Stats) int { return s.QueueLimit }),
		gauge("admission_networks", "Networks whose recent use is remembered.",
			func(s admit.Stats) int { return s.Networks }, func(s admit.Stats) int { return s.NetworksLimit }),
		gauge("admission_templates", "Kinds of request whose cost is known.",
			func(s admit.Stats) int { return s.Templates }, func(s admit.Stats) int { return s.TemplatesLimit }),
	)
}

// ruleGauges are about what was prepared from attack orders, and by what that is judged.
func (a *App) ruleGauges() {
	family := func(name, help string, each func(yield func(string, float64, float64))) obs.Family {
		return obs.Family{Name: name, Help: help, Label: obs.AttrSite, Limited: true, Each: each}
	}
	obs.RegisterFamilies(a.registry,
		family("rules", "Rules in force, from attack orders.", func(yield func(string, float64, float64)) {
			active, _, _ := a.rules.counts(a.Now())
			for _, s := range a.graph().sites {
				yield(s.Name, float64(active[s.Name]), float64(rules.MaxSets*seawall.MaxRules))
			}
		}),
		family("rule_sets_waiting", "Rule sets that wait for a person, or until more is known of a site's traffic.", func(yield func(string, float64, float64)) {
			_, waiting, _ := a.rules.counts(a.Now())
			for _, s := range a.graph().sites {
				yield(s.Name, float64(waiting[s.Name]), rules.MaxSets)
			}
		}),
		family("peace_samples", "Requests in the sample of what readers ask for in peace, by which rules are judged.", func(yield func(string, float64, float64)) {
			g := a.graph()
			for i, s := range g.sites {
				n, limit := g.books[i].Len()
				yield(s.Name, float64(n), float64(limit))
			}
		}),
	)
	obs.Register(a.registry, obs.Gauge{
		Name: "rule_sets_dropped", Help: "Rule sets that a person dropped, and that do not come into force by themselves.",
		Value: func() float64 { _, _, n := a.rules.counts(a.Now()); return float64(n) },
		Limit: func() float64 { return maxDropped },
	})
	obs.RegisterCounters(a.registry, obs.Counter{
		Name: "rules_unsaved", Help: "Times that rules could not be written down, so that they would not outlive a restart.",
		Value: func() float64 { return float64(a.rules.unsaved.Load()) },
	})
}

// certificateGauges are for the alarm that goes off weeks before readers see a warning.
func (a *App) certificateGauges() {
	obs.RegisterFamilies(a.registry, obs.Family{
		Name: "certificate_days", Help: "Days until the site's certificate ends, the first of its names; 0 while there is none.", Label: obs.AttrSite,
		Each: func(yield func(string, float64, float64)) {
			if a.graph().certs == nil {
				return
			}
			for site, days := range a.certs.SiteDays() {
				yield(site, days, 0)
			}
		},
	})
	obs.Register(a.registry, obs.Gauge{
		Name: "certificates_failing", Help: "Host names whose certificate could not be obtained, renewed or read the last time that was tried.",
		Value: func() float64 { return float64(a.certs.Failing()) },
	})
	obs.RegisterCounters(a.registry, obs.Counter{
		Name: "certificate_failures", Help: "Times that a certificate could not be obtained, renewed, read or stored.",
		Value: func() float64 { return float64(a.certs.Failures()) },
	})
}

func (a *App) logGauges() {
	obs.Register(a.registry,
		obs.Gauge{
			Name: "access_log_waiting", Help: "Lines that wait to be written to the access log.",
			Value: func() float64 { return float64(a.log.stats().Waiting) },
			Limit: func() float64 { return float64(a.log.stats().WaitingLimit) },
		},
		obs.Gauge{
			Name: "access_log_paused", Help: "1 while the access log cannot be written, such as on a disk that is full.",
			Value: func() float64 {
				if a.log.stats().Paused {
					return 1
				}
				return 0
			},
		},
	)
	obs.RegisterCounters(a.registry,
		obs.Counter{Name: "access_log_lost", Help: "Lines of the access log that were not written.", Value: func() float64 { return float64(a.log.counts.Lost.Load()) }},
		obs.Counter{Name: "access_log_failures", Help: "Writes to the access log that failed.", Value: func() float64 { return float64(a.log.counts.Failures.Load()) }},
	)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
