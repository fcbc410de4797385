package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// GroupOptions describe the origins of one site.
type GroupOptions struct {
	URLs    []string // the origins' BaseURLs, at least one
	Origin  Options  // what they have in common; BaseURL is ignored
	InOrder bool     // whether the first that works gets all, and the others are its understudies, in the order of URLs
	Check   Check    // how they are looked after; the zero value does not ask them unasked
	Retries int      // how often one request may be sent again, 1; negative for never

	// Pressed reports whether more is asked of the origins than they can do. While it is true nothing is sent twice, and nobody is
	// asked whether it lives: readers' requests tell. It must not block; nil is never.
	Pressed func() bool
	Rand    func() float64 // from 0 to 1, for lots and jitter; nil is the usual one
}

// Group is the origins of one site. It may be used by any number of goroutines.
//
// A request goes to the origin with the fewest requests under way, by lot among equals, or with InOrder to the first. One that fails three times in a row is left
// alone for a second, then tried by one request that can be repeated elsewhere if need be; each further failure doubles the time, up
// to a minute. While more is asked than the origins can do, that they are slow or say that they cannot is no failure of theirs: whoever
// floods them could otherwise have one after the other left alone. The last one is never left alone, however it fares: asking it is all that can be done.
//
// A request is sent once more, to another origin if there is one, when that can do no harm: see [Group.Fetch].
type Group struct {
	members []*member
	retries int
	inOrder bool
	check   Check
	pressed func() bool
	rand    func() float64
	now     func() time.Time
	budget  budget

	retried   atomic.Uint64 // requests sent again
	spared    atomic.Uint64 // requests that were not, for want of budget or under pressure
	unchecked atomic.Uint64 // health checks left out under pressure

	mu sync.Mutex // held while a breaker changes
}

// member is one origin of a group.
type member struct {
	*Origin
	url      string
	breaker  breaker
	inFlight atomic.Int64
	requests atomic.Uint64
	failures atomic.Uint64
	last     atomic.Pointer[mishap]
}

// mishap is a failure that the operator may want to know of.
type mishap struct {
	at  time.Time
	err error
}

// NewGroup returns the group that o describes. Nothing is dialled before the first fetch.
func NewGroup(o GroupOptions) (*Group, error) {
	if len(o.URLs) == 0 {
		return nil, errors.New("a site needs an origin")
	}
	g := &Group{
		retries: o.Retries, inOrder: o.InOrder, check: o.Check,
		pressed: o.Pressed, rand: o.Rand, now: o.Origin.Now,
	}
	switch {
	case g.retries == 0:
		g.retries = 1
	case g.retries < 0:
		g.retries = 0
	}
	if g.pressed == nil {
		g.pressed = func() bool { return false }
	}
	if g.rand == nil {
		g.rand = rand.Float64
	}
	if g.now == nil {
		g.now = time.Now
	}
	for _, url := range o.URLs {
		one := o.Origin
		one.BaseURL = url
		way, err := New(one)
		if err != nil {
			return nil, err
		}
		g.members = append(g.members, &member{Origin: way, url: url})
	}
	return g, nil
}

// Fetch asks as [Origin.Fetch] does. When no answer came, and the failure was not one of patience, the request is sent once more if
//   - it never left, or its method is idempotent (RFC 9110, section 9.2.2);
//   - it has no body, or one that is an [io.Seeker] (that is, whole in memory) or of which nothing was read;
//   - there is another origin, or a kept connection turned out to be closed;
//   - what is left of the first attempt's time is a second or more: both together take no longer than one may;
//   - retries are no more than a tenth of all requests lately, and a few, and the origins are not under pressure.
func (g *Group) Fetch(ctx context.Context, r *seawall.Request, extra seawall.Fields, body io.Reader) (*Response, error) {
	return g.ask(call{ctx: ctx, request: r, extra: extra, body: body, patience: g.members[0].patience(r.Method)})
}

// Tunnel asks as [Origin.Tunnel] does, and repeats as Fetch does.
func (g *Group) Tunnel(ctx context.Context, r *seawall.Request, protocol string) (*Response, error) {
	return g.ask(call{ctx: ctx, request: r, protocol: protocol, patience: g.members[0].timeouts.FirstByte})
}

// Run looks after the origins: it asks those whether they live that are to be asked, and follows their names. It blocks until ctx ends
// and everything it started has ended.
func (g *Group) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, m := range g.members {
		all.Go(func() { m.Run(ctx) })
		if g.check.Interval > 0 {
			all.Go(func() { g.look(ctx, m) })
		}
	}
	all.Wait()
}

// Close closes all origins, see [Origin.Close].
func (g *Group) Close() {
	for _, m := range g.members {
		m.Close()
	}
}

// ask asks one origin, and perhaps another.
func (g *Group) ask(c call) (*Response, error) {
	g.budget.earn()
	begun := g.now()
	body := newTouched(c.body)
	var before *member
	sent := false
	for n := 0; ; n++ {
		m, trial := g.pick(g.now(), before, Idempotent(c.request.Method) && body.replayable())
		again := c
		again.body, again.patience = body.reader(), c.patience-g.now().Sub(begun)
		resp, e := g.one(m, again, trial)
		if e == nil {
			return resp, nil
		}
		sent = sent || e.Sent
		e.Sent = sent
		left := c.patience - g.now().Sub(begun)
		switch {
		case n == g.retries, left < retryLeast, !repeatable(c.request.Method, body.whole(), e),
			len(g.members) == 1 && !e.stale, c.ctx.Err() != nil:
			return nil, e
		case g.pressed(), !g.budget.spend(g.now()):
			g.spared.Add(1)
			return nil, e
		}
		if err := body.rewind(); err != nil {
			return nil, e
		}
		g.retried.Add(1)
		if before = m; e.stale {
			before = nil // it is the connection that failed
		}
	}
}

// one asks one origin once and notes how it fared.
func (g *Group) one(m *member, c call, trial bool) (*Response, *Error) {
	epoch := m.breaker.epoch.Load()
	m.requests.Add(1)
	m.inFlight.Add(1)
	well := false
	c.whenOver = func(broke *Error) {
		m.inFlight.Add(-1)
		switch {
		case broke != nil:
			g.judge(m, epoch, broke)
		case well && m.breaker.strikes.Load() != 0:
			g.heal(m, epoch)
		}
	}
	resp, err := m.ask(c)
	if trial {
		defer m.breaker.trying.Store(false)
	}
	if err == nil {
		well = g.answered(m, epoch, resp.Status)
		return resp, nil
	}
	m.inFlight.Add(-1)
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Reason: seawall.ReasonOriginReset, Type: Unavailable, Sent: true, Err: err}
	}
	g.judge(m, epoch, e)
	return nil, e
}

// answered notes that a head came, and reports whether it was a good one. An origin that says it cannot is not well either, but less so
// than one that says nothing.
func (g *Group) answered(m *member, epoch uint64, status int) bool {
	if status == 502 || status == 503 || status == 504 {
		if err := fmt.Errorf("origin answered %d", status); g.pressed() {
			m.fail(g.now(), err)
		} else {
			g.strike(m, epoch, strikeRefused, err)
		}
		return false
	}
	if m.breaker.open.Load() {
		g.heal(m, epoch)
	}
	return true
}

func (g *Group) heal(m *member, epoch uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.breaker.epoch.Load() == epoch {
		m.breaker.heal(g.now())
	}
}

// judge notes a failure, if it was the origin's.
func (g *Group) judge(m *member, epoch uint64, e *Error) {
	switch {
	case !e.blames():
	case e.slow() && g.pressed():
		m.fail(g.now(), e)
	default:
		g.strike(m, epoch, strikeSilent, e)
	}
}

func (g *Group) strike(m *member, epoch uint64, weight int64, why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	m.fail(now, why)
	if m.breaker.epoch.Load() == epoch {
		m.breaker.strike(now, weight, g.spare(m), g.rand())
	}
}

// fail counts a failure.
func (m *member) fail(now time.Time, why error) {
	m.failures.Add(1)
	m.last.Store(&mishap{now, why})
}

// spare reports whether another origin than m is asked.
func (g *Group) spare(m *member) bool {
	for _, other := range g.members {
		if other != m && !other.breaker.open.Load() {
			return true
		}
	}
	return false
}

// pick chooses an origin other than not, if there is one. mayTry is whether the request can be spared for a trial.
func (g *Group) pick(now time.Time, not *member, mayTry bool) (_ *member, trial bool) {
	if len(g.members) == 1 {
		return g.members[0], false
	}
	var best, last *member
	equals := 1.0
	for _, m := range g.members {
		if m == not {
			continue
		}
		if m.breaker.open.Load() {
			if mayTry && not == nil && m.breaker.try(now) {
				return m, true
			}
			if last == nil || m.breaker.until.Load() < last.breaker.until.Load() {
				last = m
			}
			continue
		}
		switch n := m.inFlight.Load(); {
		case g.inOrder && best != nil:
		case best == nil || n < best.inFlight.Load():
			best, equals = m, 1
		case !g.inOrder && n == best.inFlight.Load():
			if equals++; g.rand()*equals < 1 {
				best = m
			}
		}
	}
	if best == nil {
		return last, false
	}
	return best, false
}
