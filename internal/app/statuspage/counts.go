package statuspage

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/obs"
)

// Register makes the metrics of a page: when it was made, and what does not work.
func (s *Service) Register(reg prometheus.Registerer) {
	obs.Register(reg,
		obs.Gauge{
			Name: "status_page_time_seconds", Help: "The time that the status page carries, since 1970; 0 before the first.",
			Value: func() float64 {
				s.mu.Lock()
				defer s.mu.Unlock()
				if s.last.At.IsZero() {
					return 0
				}
				return float64(s.last.At.Unix())
			},
		},
	)
	obs.RegisterCounters(reg, obs.Counter{
		Name: "status_pages", Help: "Status pages that were made and written.",
		Value: func() float64 {
			s.mu.Lock()
			defer s.mu.Unlock()
			return float64(s.rounds)
		},
	})
	obs.RegisterFamilies(reg, obs.Family{
		Name: "status_failing", Help: "How often in a row a step of making the status page public has failed.", Label: "step",
		Each: func(yield func(name string, value, limit float64)) {
			for _, step := range s.steps() {
				s.mu.Lock()
				n := s.failing[step]
				s.mu.Unlock()
				yield(step, float64(n), 0)
			}
		},
	})
}

// steps returns the steps that there are.
func (s *Service) steps() []string {
	all := []string{stepMake, stepWrite}
	for _, w := range s.ways {
		all = append(all, w.name)
	}
	return all
}
