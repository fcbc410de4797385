package readers

import (
	"context"
	"crypto/x509"
	"net/netip"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

// Patience is how long a reader waits, from the click, for a page and what is fetched with it.
const Patience = 2 * time.Second

// DefaultRateHz is how many page views a second there are when [Options] do not say.
const DefaultRateHz = 40

// Options say who reads what, where and for how long. Network, Target and Length are required.
type Options struct {
	Seed   uint64
	Model  *Model  // nil means [Default]
	RateHz float64 // page views a second, of all readers together; 0 means [DefaultRateHz]
	Length time.Duration
	Paper  *paper.Paper // what is printed; nil means a new one, which is the same

	Network    loopback.Network
	Target     netip.AddrPort
	ServerName string         // in the Host field and the TLS handshake; empty means Target
	Roots      *x509.CertPool // whom the site's certificate must come from; nil means plain HTTP

	// Late is told of every click how long after its time it was made, 0 or more: the rehearsal's own weakness. It may be
	// called from many goroutines at once and does not block. Nil tells nobody.
	Late func(time.Duration)
	// Progress is told of every click what came of it, under the same terms.
	Progress func(served bool, kind work.Kind)
}

// Run lets the readers read, blocks until the last of them is done or has lost patience, and reports. That is at most [Patience] after
// o.Length, earlier when ctx ends; clicks that ctx cut off are not in the report. Every connection is closed then.
func Run(ctx context.Context, o Options) Report {
	o = o.withDefaults()
	ledger := newLedger(o.Progress)
	visits := NewPlan(o.Seed, o.Model, o.Paper, o.RateHz, o.Length)
	begun := time.Now()
	var wg sync.WaitGroup
	for _, v := range visits {
		if !waitUntil(ctx, begun.Add(v.Views[0].At)) {
			break
		}
		wg.Go(func() {
			r := newReader(ctx, &o, ledger, v)
			r.read(ctx, begun)
			r.close()
		})
	}
	wg.Wait()
	return ledger.close()
}

func (o Options) withDefaults() Options {
	if o.Model == nil {
		o.Model = Default()
	}
	if o.RateHz == 0 {
		o.RateHz = DefaultRateHz
	}
	if o.Paper == nil {
		o.Paper = paper.New()
	}
	if o.ServerName == "" {
		o.ServerName = o.Target.String()
	}
	if o.Late == nil {
		o.Late = func(time.Duration) {}
	}
	return o
}

// waitUntil returns true at t, at once if that is past, and false when ctx ends before.
func waitUntil(ctx context.Context, t time.Time) bool {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
