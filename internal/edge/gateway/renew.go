package gateway

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// renewalsMax is how many stored answers may be renewed in the background at once. What finds no room is renewed for the next reader.
const renewalsMax = 64

// renewalPause is how long the next renewal of an answer waits after one that failed.
const renewalPause = time.Second

// renewals are the stored answers that are being renewed while readers get the old ones (RFC 5861, section 3), and the fetches whose
// readers have been given the old one meanwhile.
type renewals struct {
	ctx  context.Context //nolint:containedctx // it is the life of the gateway and of no request
	stop context.CancelFunc

	mu       sync.Mutex // guards what follows
	running  map[cache.Key]struct{}
	detached int // readers' own fetches that go on without them: see [fetch.race]
	all      sync.WaitGroup
}

func newRenewals() *renewals {
	ctx, stop := context.WithCancel(context.Background())
	return &renewals{ctx: ctx, stop: stop, running: make(map[cache.Key]struct{})}
}

// begin reports whether to renew what is stored under key now: it is not being done yet, and there is room.
func (r *renewals) begin(key cache.Key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, runs := r.running[key]; runs || r.full() {
		return false
	}
	r.running[key] = struct{}{}
	r.all.Add(1)
	return true
}

// detach reports whether a reader's fetch may go on without the reader.
func (r *renewals) detach() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full() {
		return false
	}
	r.detached++
	r.all.Add(1)
	return true
}

// rejoin ends what detach began.
func (r *renewals) rejoin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.detached--
	r.all.Done()
}

// full reports whether there is no room for one more, or will never be again. The caller holds the mutex.
func (r *renewals) full() bool { return len(r.running)+r.detached >= renewalsMax || r.ctx.Err() != nil }

func (r *renewals) end(key cache.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, key)
	r.all.Done()
}

// pause keeps a place for a moment after a renewal that came to nothing, so that a page which everybody asks for does not have a failing
// origin asked as often.
func (r *renewals) pause() {
	timer := time.NewTimer(renewalPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
	}
}

func (r *renewals) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.running) + r.detached
}

func (r *renewals) close() {
	r.stop()
	r.all.Wait()
}

// renew asks the origin for a newer answer than the one that act serves, in the background and in the reader's place in the queue: what
// nobody waits for must not be a way past it. It is not reported, as no reader is answered.
func (v *visit) renew(act edge.Action) {
	if !v.renewals.begin(act.Key) {
		return
	}
	g, r := v.Gateway, kept(&v.Request)
	ask := edge.Action{
		Kind: seawall.ActionForward, Reason: seawall.ReasonRevalidate, Site: act.Site, Cache: seawall.CacheMiss,
		Lane: act.Class.Lane, Class: act.Class, Wait: act.Wait, Key: act.Key, Stale: act.Entry, Spare: true,
	}
	go func() {
		defer g.renewals.end(act.Key)
		quiet := newVisit(g, &Exchange{Request: r, Out: nowhere{}})
		quiet.background = true
		if alone, failure := quiet.shared(g.renewals.ctx, ask); !alone && failure != nil {
			g.renewals.pause() // what comes of it else is in the cache
		}
	}()
}

// kept returns a GET for what r asks for that outlives r's exchange.
func kept(r *seawall.Request) seawall.Request {
	k := copied(r)
	k.Method = "GET"
	return k
}

// copied returns r such that it outlives r's exchange.
func copied(r *seawall.Request) seawall.Request {
	k := *r
	k.Method, k.Host, k.Path, k.Query = strings.Clone(r.Method), strings.Clone(r.Host), strings.Clone(r.Path), strings.Clone(r.Query)
	k.Fields = make(seawall.Fields, 0, len(r.Fields))
	for _, f := range r.Fields {
		k.Fields = append(k.Fields, seawall.Field{Name: strings.Clone(f.Name), Value: strings.Clone(f.Value)})
	}
	return k
}

// nowhere is where an answer goes that nobody reads.
type nowhere struct{}

func (nowhere) Head(int, seawall.Fields, int64) error { return nil }
func (nowhere) Write(p []byte) (int, error)           { return len(p), nil }
func (nowhere) Flush() error                          { return nil }
func (nowhere) Abort()                                {}
