package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/obs"
)

// accessLog is the sampled log of outcomes, wherever the configuration in force wants it.
type accessLog struct {
	current atomic.Pointer[logTarget] // nil when it is off
	counts  obs.LogCounts
}

// logTarget is where one configuration wants it. Its sampler is used by the goroutine that reads the ring.
type logTarget struct {
	*obs.Log
	sampler *obs.Sampler
}

// openLog opens what cfg wants; nil when that is nothing. A file is opened anew by every reload, so that whoever moves it away may ask for
// one.
func (a *App) openLog(cfg *config.Config) (*logTarget, error) {
	var out io.WriteCloser
	switch cfg.Log.To {
	case config.LogOff:
		return nil, nil
	case config.LogStderr:
		out = unclosed{a.Stderr}
	default:
		f, err := os.OpenFile(cfg.Log.To, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
		if err != nil {
			return nil, config.Problems{logProblem(cfg, err)}
		}
		out = f
	}
	log := obs.NewLog(obs.LogOptions{Out: out, Counts: &a.log.counts, Logger: a.Logger, Now: a.Now})
	return &logTarget{log, obs.NewSampler(obs.JSONLines(log), cfg.Log.Hertz)}, nil
}

func logProblem(cfg *config.Config, err error) config.Problem {
	const key = "access_log.to"
	switch {
	case errors.Is(err, fs.ErrPermission):
		return cfg.Problem(key, "not allowed to write "+cfg.Log.To, "choose a folder that Seawall may write to")
	case errors.Is(err, fs.ErrNotExist):
		return cfg.Problem(key, "the folder of "+cfg.Log.To+" does not exist", "make it, or choose another path")
	default:
		return cfg.Problem(key, fmt.Sprintf("cannot open: %v", err), "choose another path")
	}
}

// unclosed is somebody else's to close.
type unclosed struct{ io.Writer }

// Close implements io.Closer.
func (unclosed) Close() error { return nil }

func (l *accessLog) observe(o *seawall.Outcome) {
	if t := l.current.Load(); t != nil {
		t.sampler.Observe(o)
	}
}

// swap makes next the target and closes the one before.
func (l *accessLog) swap(next *logTarget) {
	if before := l.current.Swap(next); before != nil {
		before.Close()
	}
}

func (l *accessLog) close() { l.swap(nil) }

// logStats are the log's gauges.
type logStats struct {
	Waiting, WaitingLimit int
	Paused                bool
}

func (l *accessLog) stats() (s logStats) {
	if t := l.current.Load(); t != nil {
		s.Waiting, s.WaitingLimit = t.Waiting()
		s.Paused = t.Paused()
	}
	return s
}
