package drill

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/drill/flood"
	"github.com/seawall-project/seawall/internal/drill/origin"
	"github.com/seawall-project/seawall/internal/drill/readers"
	"github.com/seawall-project/seawall/internal/drill/work"
	"github.com/seawall-project/seawall/internal/obs"
)

// actPlan says what is different about an act.
type actPlan struct {
	name    string
	flood   bool
	seawall bool
}

// The acts' names.
const (
	Peace   = "peace"
	Bare    = "bare"
	Seawall = "seawall"
)

var acts = []actPlan{
	{name: Peace},
	{name: Bare, flood: true},
	{name: Seawall, flood: true, seawall: true},
}

// Progress is how an act stands, for a panel.
type Progress struct {
	Act     string
	Elapsed time.Duration
	Length  time.Duration
	Asked   int64
	Served  int64
	Busy    float64 // share of the origin's workers at work since the act began, 0 to 1
	Actions obs.Counts
}

// Kept is where the last act's servers are to be found.
type Kept struct {
	Seawall, Origin netip.AddrPort // TLS, and plain HTTP
	Admin           string         // host:port of metrics
	ServerName      string
}

// progressEvery is how often Options.Progress is called.
const progressEvery = 250 * time.Millisecond

// play plays one act on a stage of its own.
func (r *Rehearsal) play(ctx context.Context, a actPlan, late *lateness) (Act, error) {
	s, err := r.raise(ctx, a)
	if err != nil {
		return Act{}, err
	}
	begun := time.Now()
	var asked, served atomic.Int64
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		r.watch(watching, func() Progress {
			return Progress{
				Act: a.name, Elapsed: time.Since(begun), Length: r.Length, Asked: asked.Load(), Served: served.Load(),
				Busy: busy(s.origin.Stats(), time.Since(begun)), Actions: s.tally.Counts(),
			}
		})
	})
	var saw Lookout
	var blind error
	watch.Go(func() { saw, blind = r.lookout(watching, s) })
	read, flooded := r.load(ctx, a, s, late, func(ok bool, _ work.Kind) {
		asked.Add(1)
		if ok {
			served.Add(1)
		}
	})
	stats, took := s.origin.Stats(), time.Since(begun)
	stop()
	watch.Wait()
	if blind != nil {
		return Act{}, errors.Join(blind, s.stop())
	}
	if r.Keep && a.seawall {
		r.kept = s
	} else {
		err = s.stop() // and wait: only then has every outcome been counted
	}
	act := actOf(a, read, flooded, stats, took, s.tally.Counts())
	if s.prepared != nil {
		act.Prepared = s.prepared
		if blind := act.Prepared.count(ctx, s.app); blind != nil {
			return Act{}, errors.Join(err, blind)
		}
	}
	act.Lookout = saw
	return act, err
}

// Linger tells where the last act's servers are and waits until ctx ends, if Options.Keep left them running. Else it returns at once.
func (r *Rehearsal) Linger(ctx context.Context, tell func(Kept)) {
	s := r.kept
	if s == nil {
		return
	}
	tell(Kept{Seawall: s.front, Origin: s.plain, Admin: s.admin.String(), ServerName: siteName})
	<-ctx.Done()
}

// Close stops the last act's servers, if Options.Keep left them running, and waits for them. It may be called twice, and before
// [Rehearsal.Run]. The error is the servers'.
func (r *Rehearsal) Close() error {
	s := r.kept
	if s == nil {
		return nil
	}
	r.kept = nil
	return s.stop()
}

// load sends readers, and the flood if there is one, and waits for both. The flood lasts as long as readers may still be waiting.
func (r *Rehearsal) load(ctx context.Context, a actPlan, s *stage, late *lateness, progress func(bool, work.Kind)) (read readers.Report, flooded flood.Report) {
	var wg sync.WaitGroup
	if a.flood {
		wg.Go(func() {
			flooded = flood.Run(ctx, flood.Options{
				Seed: r.Seed, Bots: r.Bots, Intensity: r.Intensity, Length: r.Length,
				Plan: r.plan, Network: r.Network, Target: s.front, ServerName: siteName, Roots: r.authority.Pool(), Late: late.add,
			})
		})
	}
	read = readers.Run(ctx, readers.Options{
		Seed: r.Seed, Model: r.model, RateHz: r.RateHz, Length: r.Length, Paper: r.paper,
		Network: r.Network, Target: s.front, ServerName: siteName, Roots: r.authority.Pool(), Late: late.add, Progress: progress,
	})
	wg.Wait()
	return read, flooded
}

func (r *Rehearsal) watch(ctx context.Context, now func() Progress) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.Progress(now())
		case <-ctx.Done():
			r.Progress(now())
			return
		}
	}
}

// busy is the share of the workers' time spent at work.
func busy(s origin.Stats, since time.Duration) float64 {
	if since <= 0 || s.Workers == 0 {
		return 0
	}
	return min(1, float64(s.Busy)/float64(since)/float64(s.Workers))
}
