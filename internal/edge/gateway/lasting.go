package gateway

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// lastingMax is how many event streams and switched connections may be under way at once. Each holds a connection to the origin for as
// long as its reader stays.
const lastingMax = 512

// lasting divides the room for what ends when its reader likes. Shares of what is free would not do: whoever takes a place keeps it, so
// ten networks could fill the room for good. A network may have it all while nobody else wants it. When it is full, the oldest of the
// network that has most makes way for one that has at least two fewer; so places move towards equal parts, and then stay.
type lasting struct {
	limit   int
	evicted atomic.Uint64

	mu   sync.Mutex // guards what follows
	used int
	held map[netip.Prefix][]*stay // the oldest first; no network without one
}

// stay is a place in it.
type stay struct {
	network netip.Prefix
	end     func() // makes way; must not block
	evicted atomic.Bool
}

func newLasting(limit int) *lasting {
	return &lasting{limit: limit, held: make(map[netip.Prefix][]*stay)}
}

// open reports whether enter would find a place now.
func (l *lasting) open(network netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used < l.limit || l.yielding(network) != nil
}

// enter takes a place; nil when there is none. end is called, once at most, when the place is taken away again, which counts as left.
func (l *lasting) enter(network netip.Prefix, end func()) *stay {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.used >= l.limit {
		oldest := l.yielding(network)
		if oldest == nil {
			return nil
		}
		oldest.evicted.Store(true)
		l.evicted.Add(1)
		l.remove(oldest)
		oldest.end()
	}
	s := &stay{network: network, end: end}
	l.used++
	l.held[network] = append(l.held[network], s)
	return s
}

// yielding returns who would make way for network, nil when nobody has to.
func (l *lasting) yielding(network netip.Prefix) (oldest *stay) {
	most := len(l.held[network]) + 1
	for _, stays := range l.held {
		if len(stays) > most {
			most, oldest = len(stays), stays[0]
		}
	}
	return oldest
}

// leave gives a place back. Leaving twice, or after having made way, does nothing.
func (l *lasting) leave(s *stay) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(s)
}

func (l *lasting) remove(s *stay) {
	stays := l.held[s.network]
	i := slices.Index(stays, s)
	switch {
	case i < 0:
		return
	case len(stays) == 1:
		delete(l.held, s.network)
	default:
		l.held[s.network] = slices.Delete(stays, i, i+1)
	}
	l.used--
}

// inUse returns how many places are taken.
func (l *lasting) inUse() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used
}

// occupy takes the room that an answer needs which is not held, and returns how to give it back; nil, with the reason, when there is none.
// A stream of events lasts as long as its reader stays, so it must not take the place of downloads, which come to an end.
func (f *fetch) occupy(resp *origin.Response) (leave func(), full seawall.Reason) {
	network := f.Request.Client.Prefix()
	switch {
	case resp.EventStream():
		return f.settle(network), seawall.ReasonTunnels
	case f.streams.take(network, 1):
		return func() { f.streams.give(network, 1) }, seawall.ReasonNone
	default:
		return nil, seawall.ReasonStreams
	}
}

// settle takes a place among what lasts until the fetch is cancelled, and returns how to leave it; nil when there is none.
func (f *fetch) settle(network netip.Prefix) (leave func()) {
	s := f.lasting.enter(network, f.cancel)
	if s == nil {
		return nil
	}
	return func() {
		if s.evicted.Load() {
			f.out.Reason = seawall.ReasonTunnels
		}
		f.lasting.leave(s)
	}
}
