package origin

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// How the addresses of an origin's name are kept.
const (
	nameTTL     = 10 * time.Second // an answer is believed, whatever its own time to live
	nameRetry   = time.Second      // before an old answer is tried to be renewed again
	nameStale   = time.Hour        // an old answer is used when no new one is to be had
	nameBlame   = 30 * time.Second // an address that took no connection comes last
	nameTimeout = 2 * time.Second  // for one lookup
	namesMost   = 16               // addresses of one name, the first of those there are
)

var (
	errLookup    = fmt.Errorf("the name of the origin was not resolved within %v", nameTimeout)
	errNoAddress = errors.New("the name of the origin has no address")
)

// names keeps the addresses of one host name. It may be used by any number of goroutines.
type names struct {
	host    string
	lookup  func(ctx context.Context, host string) ([]netip.Addr, error)
	now     func() time.Time
	changed func() // is called when a lookup brought other addresses than the one before
	turn    chan struct{}

	mu     sync.Mutex // guards what follows
	addrs  []netip.Addr
	fresh  time.Time // until when addrs are believed
	usable time.Time // until when they are used for want of better
	blamed map[netip.Addr]time.Time
}

func newNames(host string, lookup func(context.Context, string) ([]netip.Addr, error), now func() time.Time, changed func()) *names {
	return &names{host: host, lookup: lookup, now: now, changed: changed, turn: make(chan struct{}, 1)}
}

// get returns the addresses in the order in which to try them; at least one when there is no error.
func (n *names) get(ctx context.Context) ([]netip.Addr, error) {
	addrs, fresh := n.known()
	if fresh {
		return addrs, nil
	}
	select {
	case n.turn <- struct{}{}:
		defer func() { <-n.turn }()
	default:
		if addrs != nil {
			return addrs, nil // somebody else is asking already
		}
		select {
		case n.turn <- struct{}{}:
			defer func() { <-n.turn }()
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if addrs, fresh = n.known(); fresh {
		return addrs, nil
	}
	err := n.renew(ctx)
	if addrs, _ = n.known(); addrs != nil {
		return addrs, nil
	}
	return nil, err
}

// renew looks the name up. When that fails, what is known stays.
func (n *names) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, nameTimeout, errLookup)
	defer cancel()
	addrs, err := n.lookup(ctx, n.host)
	if err == nil && len(addrs) == 0 {
		err = errNoAddress
	}
	if err != nil {
		n.mu.Lock()
		n.fresh = n.now().Add(nameRetry)
		n.mu.Unlock()
		return fmt.Errorf("resolve origin %s: %w", n.host, named(ctx, err))
	}
	if n.keep(addrs) {
		n.changed()
	}
	return nil
}

// keep stores a lookup's addresses and reports whether they are others than before.
func (n *names) keep(addrs []netip.Addr) (changed bool) {
	addrs = alternate(addrs[:min(len(addrs), namesMost)])
	n.mu.Lock()
	defer n.mu.Unlock()
	changed = n.addrs != nil && !sameSet(n.addrs, addrs)
	if changed || n.blamed == nil {
		n.blamed = make(map[netip.Addr]time.Time, len(addrs))
	}
	n.addrs, n.fresh, n.usable = addrs, n.now().Add(nameTTL), n.now().Add(nameStale)
	return changed
}

// known returns the addresses at hand, nil when there are none or they are too old to be used.
func (n *names) known() (addrs []netip.Addr, fresh bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if n.addrs == nil || !now.Before(n.usable) {
		return nil, false
	}
	addrs = slices.Clone(n.addrs)
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return n.blame01(now, a) - n.blame01(now, b) })
	return addrs, now.Before(n.fresh)
}

// blame01 is 1 for an address that failed lately, else 0.
func (n *names) blame01(now time.Time, a netip.Addr) int {
	if at, ok := n.blamed[a]; ok && now.Sub(at) < nameBlame {
		return 1
	}
	return 0
}

// blame notes that an address took no connection.
func (n *names) blame(a netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if slices.Contains(n.addrs, a) {
		n.blamed[a] = n.now()
	}
}

// alternate orders addresses such that the families take turns, beginning with the first one's (RFC 8305, section 4).
func alternate(addrs []netip.Addr) []netip.Addr {
	var first, second []netip.Addr
	for _, a := range addrs {
		a = a.Unmap()
		if a.Is4() == addrs[0].Unmap().Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	out := make([]netip.Addr, 0, len(addrs))
	for i := range max(len(first), len(second)) {
		if i < len(first) {
			out = append(out, first[i])
		}
		if i < len(second) {
			out = append(out, second[i])
		}
	}
	return out
}

func sameSet(a, b []netip.Addr) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x netip.Addr) bool { return !slices.Contains(b, x) })
}
