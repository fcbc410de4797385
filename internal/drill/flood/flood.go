// Package flood is the attacking side of a rehearsal: bots that follow a plan of attack orders against the site being rehearsed.
//
// The bots are the client that public reports describe: net/http of Go, so that the transport says Go whatever the User-Agent says;
// no cookies, no sub-resources, no redirects; kept-alive connections; each bot slow, all together steady. A bot does not wait for
// answers, so a site that slows down is not spared (an open loop).
//
// The package opens no sockets. Every connection is dialled by [Options.Network], which reaches loopback or memory and nothing else.
package flood

import (
	"context"
	"crypto/x509"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/orders"
)

// Options describe a flood. Plan, Network, Target and ServerName are required.
type Options struct {
	Seed      uint64        // the same seed, bots, intensity, length and plan make the same flood
	Bots      int           // at most [MaxBots]; none when not positive
	Intensity float64       // factor on every bot's rate, 1 for a flood as measured; none when not positive
	Length    time.Duration // how long bots send; none when not positive

	Plan       *orders.Plan
	Network    loopback.Network
	Target     netip.AddrPort // where the site listens
	ServerName string         // the site's host name, for the Host field and TLS
	Roots      *x509.CertPool // whom the site's certificate must come from; nil for plain HTTP

	// Late is told how long after its time each send began, never less than zero. It may be called from many goroutines at
	// once and should return quickly. A flood whose sends are late measures this machine, not the site. Nil is allowed.
	Late func(time.Duration)
}

// Report is what came of a flood.
type Report struct {
	Sent int64 // sends begun: requests, and slow heads; those that reached nobody and those given up count too
	Bots int   // bots that ran
}

const (
	grace       = time.Second      // for answers after the last send
	maxRequests = 16               // outstanding of one bot
	maxSlow     = 4                // slow heads open of one bot
	requestTime = 10 * time.Second // for one request, and for one connection to be opened
	answerBytes = 256 << 10        // of an answer that are read
)

var (
	errOver    = errors.New("the flood is over")
	errTimeout = errors.New("the bot's own timeout for a request")
)

// Run lets the bots loose and blocks until the last has ended and every connection is closed: at most [Options.Length] and two
// seconds, sooner when ctx ends.
//
// The sends of a bot are a Poisson process that begins at a moment of the first second, spread evenly over the bots, so that the
// flood ramps up. The expected number of sends is Bots × [MeanRateHz] × Intensity × (Length - half a second); see [MeanRateHz] for
// how bots differ. Each send is an order of the plan, every one as likely as the next. No bot has more than 16 requests outstanding
// and four slow heads open: a send beyond that takes the place of the oldest, which is given up.
func Run(ctx context.Context, o Options) Report {
	if o.Bots <= 0 || o.Intensity <= 0 || o.Length <= 0 {
		return Report{}
	}
	o.Bots = min(o.Bots, MaxBots)
	answering, stop := context.WithTimeoutCause(ctx, o.Length+grace, errOver)
	defer stop()
	sending, stopSending := context.WithTimeoutCause(answering, o.Length, errOver)
	defer stopSending()

	d := loopback.NewDialer(answering, o.Network, o.Target)
	var sent atomic.Int64
	var bots sync.WaitGroup
	start := time.Now()
	for i, rate := range rates(o.Seed, o.Bots, o.Intensity) {
		b := newBot(&o, i, rate, d, &sent)
		bots.Go(func() { b.run(sending, answering, start) })
	}
	bots.Wait()
	stop()
	d.Close()
	return Report{Sent: sent.Load(), Bots: o.Bots}
}
