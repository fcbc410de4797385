package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/egress"
)

// Prober asks sites. It is safe for concurrent use, starts no goroutine that outlives a probe, and keeps no connection.
type Prober struct {
	options   Options
	limits    Limits
	agent     string // the User-Agent
	door      *egress.Dialer
	names     *resolver
	transport *http.Transport
	only      map[string]bool // the sites that are asked; nil: any
	rules     atomic.Pointer[ruleset]
	trails    *trails // nil: every chain of redirects is followed from its start
}

// New returns a prober without rules. It refuses options that would let it ask without a contact address, or for longer than the default limits.
func New(o Options) (*Prober, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	addresses, err := o.addresses()
	if err != nil {
		return nil, err
	}
	p := &Prober{options: o, limits: o.Limits, agent: "Seawall-Lookout/1 (+" + o.Contact + ")"}
	if p.only, err = o.sites(); err != nil {
		return nil, err
	}
	p.door, err = egress.New(egress.Options{
		Ports: []uint16{80, 443}, AllowHosts: o.AllowHosts, Gate: p.gate, Timeout: o.Limits.Connect, Connect: o.Connect,
	})
	if err != nil {
		return nil, err
	}
	if p.names, err = newResolver(&o, addresses); err != nil {
		return nil, err
	}
	p.transport = newTransport(o.Limits)
	if o.Remember {
		p.trails = &trails{all: make(map[trailKey]trail)}
	}
	return p, p.SetRules(Rules{})
}

// SetRules replaces the rules. Whoever opts out by it is not connected to any more, not even by probes that are under way.
func (p *Prober) SetRules(r Rules) error {
	set, err := compile(r)
	if err != nil {
		return err
	}
	p.rules.Store(set)
	return nil
}

// Budget returns the budget that the prober takes from.
func (p *Prober) Budget() *Budget { return p.options.Budget }

// Counts returns what the prober's two doors have done so far: to sites, and to resolvers and name servers.
func (p *Prober) Counts() (sites, names egress.Counts) { return p.door.Counts(), p.names.door.Counts() }

// errTotal is the end of a probe's time.
var errTotal = fmt.Errorf("the probe's time is over: %w", context.DeadlineExceeded)

// run is one probe under way.
type run struct {
	*Prober
	target Target
	from   place // the target's place
	r      Result
	waited time.Duration // for the budget, after it had begun
}

// Probe asks for one page and says how that ended. It returns within the limit for the whole probe, or soon after ctx ends. It does not return
// errors: what goes wrong is the result.
func (p *Prober) Probe(ctx context.Context, t Target) Result {
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, p.limits.Total, errTotal)
	defer cancel()
	run := &run{Prober: p, target: t, r: Result{
		URL: redacted(t.URL), FinalURL: redacted(t.URL), Class: RefusedTarget, Vantage: p.options.Vantage, At: p.options.Now().UTC(), Timings: notReached,
	}}
	if err := p.Check(t); err != nil {
		run.r.Evidence.Error = clip(err.Error(), maxError)
	} else {
		run.from, _ = parse(t.URL)
		run.follow(ctx)
	}
	run.r.Timings.Total = time.Since(begin) - run.waited
	return run.r
}

var notReached = Timings{DNS: NotReached, TCP: NotReached, TLS: NotReached, TTFB: NotReached, Body: NotReached}

// maxError is the most of a raw error that is kept, in bytes.
const maxError = 500

// end writes down how the probe ended.
func (run *run) end(f failure) {
	run.r.Class = f.class
	if f.err != nil {
		run.r.Evidence.Error = clip(f.err.Error(), maxError)
	}
}

// follow asks for the target and for wherever that redirects to, or goes on where the target is known to lead.
func (run *run) follow(ctx context.Context) {
	way := run.resume()
	direct := way.whole
	run.arrive(way.chain...)
	for {
		next, f := run.ask(ctx, way.last(run.from))
		if f == nil && direct { // it leads on from where the page was: perhaps back to the start
			run.forget()
			way, direct = trail{begun: run.options.Now()}, false
			run.r.FinalURL, run.r.Evidence.Redirects = redacted(run.target.URL), nil
			continue
		}
		if f == nil {
			run.arrive(next)
			if f = run.enter(ctx, next, way.chain); f == nil {
				way.chain = append(way.chain, next)
				continue
			}
		}
		*f = run.chained(*f, len(way.chain))
		run.end(*f)
		run.remember(way, direct, f)
		return
	}
}

// arrive writes down redirects.
func (run *run) arrive(all ...place) {
	for _, at := range all {
		run.r.FinalURL = at.String()
		run.r.Evidence.Redirects = append(run.r.Evidence.Redirects, at.String())
	}
}

// chained turns what the budget refused after a whole budget of this one probe's requests into what it is, a chain that does not end. No site
// needs so many.
func (run *run) chained(f failure, hops int) failure {
	if _, ok := errors.AsType[*OverBudget](f.err); ok && hops >= DoubtGETs {
		return failure{RedirectLoop, fmt.Errorf("%d redirects and no end: %w", hops, f.err)}
	}
	return f
}

// enter judges the place that a redirect leads to, before it is asked. chain is how far the target led before.
func (run *run) enter(ctx context.Context, at place, chain []place) *failure {
	if why := run.forbids(at); why != "" {
		return &failure{RefusedTarget, &RefusedURL{at.String(), why}}
	}
	if !run.target.home(run.from, at) {
		return run.foreign(ctx, at)
	}
	if at == run.from || slices.Contains(chain, at) {
		return &failure{RedirectLoop, fmt.Errorf("redirected to %s again", at)}
	}
	if len(chain)+1 > run.limits.Redirects {
		return &failure{RedirectLoop, fmt.Errorf("more than %d redirects", run.limits.Redirects)}
	}
	return nil
}

// foreign ends a probe that was redirected to another site. That is not asked, since nobody put it on the list; but where it is at an address that
// would be refused, this is said instead.
func (run *run) foreign(ctx context.Context, at place) *failure {
	there, f := found{addrs: []netip.Addr{at.addr}}, (*failure)(nil)
	if !at.addr.IsValid() {
		there, f = run.names.lookup(ctx, at.host, FamilyNone)
	}
	if f == nil && !run.door.Allowed(at.host) && allRefused(there.addrs) {
		return &failure{RefusedTarget, &RefusedURL{at.String(), egress.Judge(there.addrs[0]) + " address"}}
	}
	return &failure{RedirectForeign, fmt.Errorf("redirected to %s, another site than %s", at, run.from.site())}
}

func allRefused(addrs []netip.Addr) bool {
	for _, a := range addrs {
		if egress.Judge(a) == "" {
			return false
		}
	}
	return len(addrs) > 0
}

// clip returns at most n bytes of s, and only whole characters that can be printed in one line.
func clip(s string, n int) string {
	end := 0
	for i, r := range s {
		size := len(string(r))
		if i+size > n {
			break
		}
		end = i + size
	}
	return toLine(s[:min(end, len(s))])
}

// Suspect puts a target's site in doubt for a minute, as far as its budget lets it, so that a person who asks can follow its redirects.
func (p *Prober) Suspect(t Target) {
	if site := t.Site(); site != "" {
		p.options.Budget.Doubt(site, p.options.Now(), Window)
	}
}
