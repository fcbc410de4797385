// Package drill is the rehearsal: a small invented newspaper, its readers, and a flood driven by attack orders, on this machine alone.
//
// A rehearsal has three acts of equal length with the same readers arriving at the same moments. In the first, readers come to the
// bare site. In the second, the flood comes too. In the third, the same readers and the same flood meet a Seawall that starts cold
// with the act. The report says what share of readers' page views was served whole, right and in time in each; see
// [Readers] for what that takes.
//
// Nothing here can reach another machine: every connection is opened by package drill/loopback, which refuses, in the function that
// opens the socket, any address that is not loopback. Hosts named in attack orders are never contacted, printed or kept.
package drill

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/orders"
	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/readers"
)

// Defaults of [Options].
const (
	DefaultLength    = 12 * time.Second
	DefaultBots      = 800
	DefaultIntensity = 1.0
	DefaultSeed      = 1
)

// siteName is the name of the invented newspaper's site.
const siteName = "courier.example.org"

// Options say how the rehearsal goes. Zero fields mean the defaults above, or what is said beside them.
type Options struct {
	Seed      uint64
	Length    time.Duration // of one act
	Bots      int
	Intensity float64 // of the flood, as a multiple of what was measured of one morning's attackers
	RateHz    float64 // page views a second; 0 means [readers.DefaultRateHz]

	Orders  string // attack orders, see [orders.Open]; "" means the built-in ones
	Target  string // of those, only the rows for this host; "" means all
	Readers string // an access log to take readers' habits from; "" means the built-in ones
	Keep    bool   // leave the last act's servers running until [Rehearsal.Close]

	Network  loopback.Network // nil means this machine's loopback
	Progress func(Progress)   // called a few times a second; nil when nobody looks
}

func (o Options) withDefaults() Options {
	if o.Seed == 0 {
		o.Seed = DefaultSeed
	}
	if o.Length == 0 {
		o.Length = DefaultLength
	}
	if o.Bots == 0 {
		o.Bots = DefaultBots
	}
	if o.Intensity == 0 {
		o.Intensity = DefaultIntensity
	}
	if o.Network == nil {
		o.Network = loopback.New(loopback.Options{})
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return o
}

// Rehearsal is a prepared rehearsal. Its methods are for one goroutine at a time.
type Rehearsal struct {
	Options
	plan      *orders.Plan
	model     *readers.Model
	paper     *paper.Paper
	authority *ca.CA
	kept      *stage // the last act's, while it is kept
	unwarned  bool   // the orders do not arrive as a listing
}

// Prepare reads the orders and the readers' habits. Errors are for whoever named the files. The caller closes the rehearsal.
func Prepare(o Options) (*Rehearsal, error) {
	r := &Rehearsal{Options: o.withDefaults(), paper: paper.New()}
	var err error
	if r.plan, err = orders.Open(o.Orders, o.Target); err != nil {
		return nil, fmt.Errorf("attack orders: %w", err)
	}
	if r.model, err = openModel(o.Readers); err != nil {
		return nil, fmt.Errorf("readers: %w", err)
	}
	if r.authority, err = ca.New(time.Now()); err != nil {
		return nil, err
	}
	return r, nil
}

func openModel(path string) (*readers.Model, error) {
	if path == "" {
		return readers.Default(), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readers.FromLog(f)
}

// Plan returns the flood's templates, for saying how many of which kind there are.
func (r *Rehearsal) Plan() *orders.Plan { return r.plan }

// Model returns the readers' habits, for saying how much of a log could be used.
func (r *Rehearsal) Model() *readers.Model { return r.model }

// Run plays the three acts and returns the report. It takes three times Length and a few seconds. It is called once.
func (r *Rehearsal) Run(ctx context.Context) (*Report, error) {
	late := &lateness{}
	report := &Report{Seed: r.Seed}
	for _, a := range acts {
		act, err := r.play(ctx, a, late)
		if err != nil {
			return nil, fmt.Errorf("act %q: %w", a.name, err)
		}
		report.Acts = append(report.Acts, act)
	}
	report.Generator.LateP99Ms = late.p99()
	return report, nil
}
