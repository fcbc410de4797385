package cache

import "sync"

// Flights let requests that ask for the same thing at the same time share one answer from the origin ("collapsed forwarding",
// RFC 9211, section 2.2). It is bookkeeping only: who waits, who leads, what came of it. Nothing here blocks.
//
// The first member that may go to the origin leads. When its answer was stored, all others are served from the cache. When the answer
// turns out to be for one reader alone, everyone goes alone. When the leader fails, one other may lead; when that one fails too, all
// give up together, so that a failing origin is asked twice and not sixty-four times.
type Flights struct {
	members, leaders int

	mu    sync.Mutex // guards what follows and every Flight
	byKey map[Key]*flight
}

// FlightState is how a flight stands.
type FlightState uint8

// The states of a flight. The last three are final.
const (
	FlightOpen    FlightState = iota // nobody leads yet
	FlightLed                        // one member is at the origin
	FlightStored                     // the answer is in the cache
	FlightPrivate                    // the answer was for the leader alone
	FlightFailed                     // the last leader that was allowed has failed
)

type flight struct {
	state   FlightState
	members int
	failed  int
	changed chan struct{} // closed and replaced at every change of state
}

// Member is one request's part in a flight. It is used by one goroutine, which ends it with [Member.Leave].
type Member struct {
	all  *Flights
	key  Key
	f    *flight
	lead bool
	left bool
}

// Limits of [NewFlights] that suit a site on one small machine.
const (
	DefaultMembers = 64
	DefaultLeaders = 2
)

// NewFlights returns flights that at most members requests may share and that end after so many leaders have failed.
func NewFlights(members, leaders int) *Flights {
	return &Flights{members: members, leaders: leaders, byKey: make(map[Key]*flight)}
}

// Join makes a request a member of its key's flight, starting one if there is none. It returns nil when the flight is full.
func (a *Flights) Join(key Key) *Member {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.byKey[key]
	if f == nil {
		f = &flight{changed: make(chan struct{})}
		a.byKey[key] = f
	}
	if f.members >= a.members {
		return nil
	}
	f.members++
	return &Member{all: a, key: key, f: f}
}

// Len returns how many flights there are.
func (a *Flights) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.byKey)
}

// Watch returns the present state and a channel that is closed when it changes.
func (m *Member) Watch() (FlightState, <-chan struct{}) {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	return m.f.state, m.f.changed
}

// Lead makes the member the leader if the flight has none and is not over.
func (m *Member) Lead() bool {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	if m.f.state != FlightOpen {
		return false
	}
	m.lead = true
	m.turn(FlightLed)
	return true
}

// Land ends the member's lead with what came of it: FlightStored, FlightPrivate or FlightFailed. After the first failures the flight
// opens again for the next leader. Landing without leading does nothing.
func (m *Member) Land(s FlightState) {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	m.land(s)
}

func (m *Member) land(s FlightState) {
	if !m.lead {
		return
	}
	m.lead = false
	if s == FlightFailed {
		if m.f.failed++; m.f.failed < m.all.leaders {
			s = FlightOpen
		}
	}
	m.turn(s)
}

// Leave ends the membership. A leader that leaves without having landed has failed. Leaving twice does nothing.
func (m *Member) Leave() {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	if m.left {
		return
	}
	m.left = true
	m.land(FlightFailed)
	m.f.members--
	if m.f.members == 0 {
		m.forget()
	}
}

// turn changes the state and wakes everyone. A flight that is over takes no new members. The caller holds the mutex.
func (m *Member) turn(s FlightState) {
	m.f.state = s
	close(m.f.changed)
	m.f.changed = make(chan struct{})
	if s >= FlightStored {
		m.forget()
	}
}

func (m *Member) forget() {
	if m.all.byKey[m.key] == m.f {
		delete(m.all.byKey, m.key)
	}
}
