package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"

	"github.com/seawall-project/seawall/internal/config"
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
		s.Sites = append(s.Sites, SiteStatus{
			Name: site.Name, Pressure: st.Pressure,
			Origin: Use{int64(st.InFlight), int64(st.Limit)}, Queue: Use{int64(st.Queued), int64(st.QueueLimit)},
		})
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

// listenControl opens the control socket, for its owner alone. A socket that a process left behind is replaced; whatever else is at
// path, a socket that only cannot be asked right now included, is syscall.EADDRINUSE.
func listenControl(ctx context.Context, path string) (net.Listener, error) {
	if leftBehind(ctx, path) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = ln.Close()
		return nil, err
	}
	return ln, nil
}

// leftBehind reports whether path is a socket that nobody listens on any more, which is what a refused connection means.
func leftBehind(ctx context.Context, path string) bool {
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
		return false
	}
	info, serr := os.Lstat(path)
	return errors.Is(err, syscall.ECONNREFUSED) && serr == nil && info.Mode()&fs.ModeSocket != 0
}

// controlProblem says what is wrong with the path of the control socket and what to do about it.
func (a *App) controlProblem(path string, err error) config.Problem {
	const key = "control"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return a.Config.Problem(key, path+" is in use by another program, or is no socket", "choose another path")
	case errors.Is(err, fs.ErrPermission):
		return a.Config.Problem(key, "not allowed to make "+path, "choose a folder that Seawall may write to")
	case errors.Is(err, fs.ErrNotExist):
		return a.Config.Problem(key, "the folder of "+path+" does not exist", "make it, or choose another path")
	default:
		return a.Config.Problem(key, fmt.Sprintf("cannot listen on %s: %v", path, err), "choose another path")
	}
}
