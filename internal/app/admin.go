package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
)

// adminPages answers /metrics and /healthz. They never share a listener with readers.
func (a *App) adminPages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		a.probe()
		_, _ = io.WriteString(w, "ok\n")
	})
	return mux
}

// graceTime is how long requests under way may take when serving ends.
const graceTime = 2 * time.Second

// serveHTTP serves a small internal handler until ctx ends, then lets requests under way finish for at most graceTime and cuts off
// what is left. It returns nil when ctx ended.
func serveHTTP(ctx context.Context, ln net.Listener, h http.Handler, log *slog.Logger) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	var g errgroup.Group
	stopped := make(chan struct{})
	g.Go(func() error {
		select {
		case <-ctx.Done():
		case <-stopped:
		}
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
		defer cancel()
		_ = srv.Shutdown(grace) // its error says that time was up, and Close comes next either way
		return srv.Close()
	})
	err := srv.Serve(ln)
	close(stopped)
	if werr := g.Wait(); errors.Is(err, http.ErrServerClosed) {
		return werr
	}
	return err
}
