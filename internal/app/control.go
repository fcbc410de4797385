package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
)

// Status is what the control socket tells about a running Seawall.
type Status struct {
	Sites   []SiteStatus `json:"sites"`
	Engine  Use          `json:"connections"`
	Cache   Use          `json:"cache_bytes"`
	Ring    Use          `json:"outcomes_waiting"`
	Dropped int64        `json:"outcomes_dropped"`
}

// SiteStatus is one site's part of [Status].
type SiteStatus struct {
	Name     string `json:"name"`
	Pressure bool   `json:"pressure"` // more is asked of the origin than it can do
	Origin   Use    `json:"at_origin"`
	Queue    Use    `json:"queued"`
}

// Use is how much of something is used, and its limit.
type Use struct {
	Used  int64 `json:"used"`
	Limit int64 `json:"limit"`
}

func (a *App) status() Status {
	eng, mem := a.engine.Stats(), a.edge.cache.Stats()
	s := Status{
		Engine:  Use{int64(eng.Conns), int64(eng.ConnsLimit)},
		Cache:   Use{mem.Bytes, mem.BytesLimit},
		Ring:    Use{int64(a.ring.Len()), int64(a.ring.Cap())},
		Dropped: a.ring.Dropped(),
	}
	for i, site := range a.edge.sites {
		st := a.edge.admit[i].Stats(a.Now())
		s.Sites = append(s.Sites, SiteStatus{Name: site.Name, Pressure: st.Pressure,
			Origin: Use{int64(st.InFlight), int64(st.Limit)}, Queue: Use{int64(st.Queued), int64(st.QueueLimit)}})
	}
	return s
}

// serveControl answers on the control socket until ctx ends. Whoever may open the socket may ask.
func serveControl(ctx context.Context, ln net.Listener, status func() Status, log *slog.Logger) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(status())
	})
	return serveHTTP(ctx, ln, mux, log)
}
