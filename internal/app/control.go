package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"syscall"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/cert"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/edge/rules"
)

// Status is what the control socket tells about a running Seawall.
type Status struct {
	Sites        []SiteStatus  `json:"sites"`
	Engine       Use           `json:"connections"`
	Cache        Use           `json:"cache_bytes"`
	Ring         Use           `json:"outcomes_waiting"`
	Dropped      int64         `json:"outcomes_dropped"`
	Certificates []cert.Status `json:"certificates,omitempty"`
	LogPaused    bool          `json:"access_log_paused,omitempty"`
}

// SiteStatus is one site's part of [Status].
type SiteStatus struct {
	Name     string `json:"name"`
	Pressure bool   `json:"pressure"` // more is asked of the origin than it can do
	Origin   Use    `json:"at_origin"`
	Queue    Use    `json:"queued"`

	Distress bool `json:"distress"` // pressure that lasts: rules have an effect
	Rules    Use  `json:"rules"`    // in force, from attack orders
	Waiting  int  `json:"rule_sets_waiting"`

	Origins []OriginStatus `json:"origins"`
}

// Use is how much of something is used, and its limit.
type Use struct {
	Used  int64 `json:"used"`
	Limit int64 `json:"limit"`
}

func (a *App) status() Status {
	g := a.graph()
	eng, mem := a.engine.Stats(), g.cache.Stats()
	s := Status{
		Engine:    Use{int64(eng.Conns), int64(eng.ConnsLimit)},
		Cache:     Use{mem.Bytes, mem.BytesLimit},
		Ring:      Use{int64(a.ring.Len()), int64(a.ring.Cap())},
		Dropped:   a.ring.Dropped(),
		LogPaused: a.log.stats().Paused,
	}
	if g.certs != nil {
		s.Certificates = a.certs.Status()
	}
	inForce, waiting, _ := a.rules.counts(a.Now())
	for i, site := range g.sites {
		st := g.admit[i].Stats(a.Now())
		s.Sites = append(s.Sites, SiteStatus{
			Name: site.Name, Pressure: st.Pressure, Distress: st.Distress,
			Rules: Use{int64(inForce[site.Name]), int64(rules.MaxSets * seawall.MaxRules)}, Waiting: waiting[site.Name],
			Origin: Use{int64(st.InFlight), int64(st.Limit)}, Queue: Use{int64(st.Queued), int64(st.QueueLimit)},
			Origins: originStatus(g.ways[i].it),
		})
	}
	return s
}

// controls answers on the control socket.
func (a *App) controls() http.Handler {
	s := control.Server{
		Status: func() any { return a.status() },
		Reload: a.Reload,
		Purge:  a.purge,
		Ops:    a.ruleOps(),
	}
	return s.Handler()
}

// controlProblem says what is wrong with the path of the control socket and what to do about it.
func controlProblem(cfg *config.Config, path string, err error) config.Problem {
	const key = "control"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return cfg.Problem(key, path+" is in use by another program, or is no socket", "choose another path")
	case errors.Is(err, fs.ErrPermission):
		return cfg.Problem(key, "not allowed to make "+path, "choose a folder that Seawall may write to")
	case errors.Is(err, fs.ErrNotExist):
		return cfg.Problem(key, "the folder of "+path+" does not exist", "make it, or choose another path")
	default:
		return cfg.Problem(key, fmt.Sprintf("cannot listen on %s: %v", path, err), "choose another path")
	}
}
