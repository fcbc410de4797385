package gateway

import (
	"context"
	"strings"
	"sync"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// renewalsMax is how many stored answers may be renewed in the background at once. What finds no room is renewed for the next reader.
const renewalsMax = 64

// renewals are the stored answers that are being renewed while readers get the old ones (RFC 5861, section 3).
type renewals struct {
	ctx  context.Context //nolint:containedctx // it is the life of the gateway and of no request
	stop context.CancelFunc

	mu      sync.Mutex // guards what follows
	running map[cache.Key]struct{}
	all     sync.WaitGroup
}

func newRenewals() *renewals {
	ctx, stop := context.WithCancel(context.Background())
	return &renewals{ctx: ctx, stop: stop, running: make(map[cache.Key]struct{})}
}

// begin reports whether to renew what is stored under key now: it is not being done yet, and there is room.
func (r *renewals) begin(key cache.Key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, runs := r.running[key]; runs || len(r.running) >= renewalsMax || r.ctx.Err() != nil {
		return false
	}
	r.running[key] = struct{}{}
	r.all.Add(1)
	return true
}

func (r *renewals) end(key cache.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, key)
	r.all.Done()
}

func (r *renewals) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.running)
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
		_, _ = quiet.shared(g.renewals.ctx, ask) // what comes of it is in the cache
	}()
}

// kept returns a GET for what r asks for that outlives r's exchange.
func kept(r *seawall.Request) seawall.Request {
	k := *r
	k.Method, k.Host, k.Path, k.Query = "GET", strings.Clone(r.Host), strings.Clone(r.Path), strings.Clone(r.Query)
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
