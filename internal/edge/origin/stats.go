package origin

import "time"

// GroupStats are a group's gauges and totals since it was made.
type GroupStats struct {
	Origins []Stats
	Retried uint64 // requests sent again
	Spared  uint64 // requests that were not sent again, so that retries do not become a flood of their own
	// Unchecked are health checks that were left out under pressure.
	Unchecked uint64
}

// Stats are one origin's gauges and totals.
type Stats struct {
	URL           string
	State         State
	InFlight      int // requests under way until their answers were read
	Conns, Limit  int // connections open or being opened, and the most of them
	Requests      uint64
	Failures      uint64 // of requests: no answer, a broken one, or one of 502, 503 or 504
	Ejections     uint64 // times that it was left alone
	LastError     error  // the latest failure or failed check, nil when there was none; it may name internal addresses
	LastErrorTime time.Time
}

// Stats returns the present ones, in the order of [GroupOptions.URLs].
func (g *Group) Stats() GroupStats {
	s := GroupStats{Origins: make([]Stats, len(g.members)), Retried: g.retried.Load(), Spared: g.spared.Load(), Unchecked: g.unchecked.Load()}
	now := g.now()
	for i, m := range g.members {
		s.Origins[i] = m.stats(now)
	}
	return s
}

// Len returns how many origins there are.
func (g *Group) Len() int { return len(g.members) }

// One returns the i-th origin's stats.
func (g *Group) One(i int) Stats { return g.members[i].stats(g.now()) }

func (m *member) stats(now time.Time) Stats {
	s := Stats{
		URL: m.url, State: m.breaker.state(now),
		InFlight: int(m.inFlight.Load()),
		Conns:    int(m.dialer.conns.Load() + m.switching.conns.Load()), Limit: 2 * m.maxConns,
		Requests: m.requests.Load(), Failures: m.failures.Load(), Ejections: m.breaker.ejections.Load(),
	}
	if last := m.last.Load(); last != nil {
		s.LastError, s.LastErrorTime = last.err, last.at
	}
	return s
}
