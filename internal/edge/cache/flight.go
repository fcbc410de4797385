package cache

import "sync"

// Flights let requests that ask for the same thing at the same time share one answer from the origin ("collapsed forwarding",
// RFC 9211, section 2.2). It is bookkeeping only: who waits, who leads, what came of it. Nothing here blocks.
//
// The first member that may go to the origin leads. When its answer was stored, all others are served with it. When the answer
// turns out to be for one reader alone, everyone goes alone. When the leader fails, one other may lead; when that one fails too, all
// give up together, so that a failing origin is asked twice and not sixty-four times.
//
// Only so many members of a flight contend for the lead, each with a place in the queue for the origin. All others wait for what comes
// of it, which costs the origin nothing; their number is bounded over all flights together.
type Flights struct {
	contenders, members, leaders int

	mu      sync.Mutex // guards what follows and every flight
	waiting int
	byKey   map[Key]*flight
}

// FlightState is how a flight stands.
type FlightState uint8

// The states of a flight. The last three are final.
const (
	FlightOpen    FlightState = iota // nobody leads yet
	FlightLed                        // one member is at the origin
	FlightStored                     // there is an answer for all, see [Member.Entry]
	FlightPrivate                    // the answer was for the leader alone
	FlightFailed                     // the last leader that was allowed has failed
)

type flight struct {
	state      FlightState
	members    int
	contenders int
	failed     int
	entry      *Entry
	changed    chan struct{} // closed and replaced at every change of state
}

// Member is one request's part in a flight. It is used by one goroutine, which ends it with [Member.Leave].
type Member struct {
	all     *Flights
	key     Key
	f       *flight
	contend bool
	lead    bool
	left    bool
}

// Limits of [NewFlights] that suit a site on one small machine.
const (
	DefaultContenders = 64   // of one flight
	DefaultMembers    = 4096 // of all flights
	DefaultLeaders    = 2    // of one flight, one after another
)

// NewFlights returns flights with these limits, see [DefaultContenders].
func NewFlights(contenders, members, leaders int) *Flights {
	return &Flights{contenders: contenders, members: members, leaders: leaders, byKey: make(map[Key]*flight)}
}

// Join makes a request a member of its key's flight, starting one if there is none. It returns nil when too many wait already.
func (a *Flights) Join(key Key) *Member {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting >= a.members {
		return nil
	}
	f := a.byKey[key]
	if f == nil {
		f = &flight{changed: make(chan struct{})}
		a.byKey[key] = f
	}
	m := &Member{all: a, key: key, f: f, contend: f.contenders < a.contenders}
	if m.contend {
		f.contenders++
	}
	f.members++
	a.waiting++
	return m
}

// Waiting returns how many requests are members of flights, and the most that may be.
func (a *Flights) Waiting() (n, limit int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.waiting, a.members
}

// Contends reports whether the member may queue for the origin in order to lead.
func (m *Member) Contends() bool { return m.contend }

// Watch returns the present state and a channel that is closed when it changes.
func (m *Member) Watch() (FlightState, <-chan struct{}) {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	return m.f.state, m.f.changed
}

// Entry returns the answer of a flight that is FlightStored. It may not be fresh any more, or never have been.
func (m *Member) Entry() *Entry {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	return m.f.entry
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

// Share ends the member's lead with an answer for all. Without leading it does nothing, like the other ends of a lead.
func (m *Member) Share(e *Entry) {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	m.f.entry = e
	m.land(FlightStored)
}

// Keep ends the member's lead with an answer that is for the leader alone. When the answer is an error that may be the leader's own
// fault, doubtful, the flight opens once more for another leader before all are sent on alone.
func (m *Member) Keep(doubt Doubt) {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	if m.lead && doubt == Doubtful && m.again() {
		m.land(FlightOpen)
		return
	}
	m.land(FlightPrivate)
}

// Doubt says whether an answer tells something about the thing asked for, or perhaps only about who asked.
type Doubt uint8

// The doubts.
const (
	Certain Doubt = iota
	Doubtful
)

// Fail ends the member's lead without an answer. After the first failures the flight opens again for the next leader.
func (m *Member) Fail() {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	m.fail()
}

func (m *Member) fail() {
	switch {
	case !m.lead:
	case m.again():
		m.land(FlightOpen)
	default:
		m.land(FlightFailed)
	}
}

// again reports whether another leader may follow one that came back without an answer for all.
func (m *Member) again() bool {
	m.f.failed++
	return m.f.failed < m.all.leaders
}

// Desert leaves a flight that takes too long, and lets whoever comes next start another. Those who stay in it go on waiting.
func (m *Member) Desert() {
	m.all.mu.Lock()
	m.forget()
	m.all.mu.Unlock()
	m.Leave()
}

// Leave ends the membership. A leader that leaves in the lead has failed. Leaving twice does nothing.
func (m *Member) Leave() {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	if m.left {
		return
	}
	m.left = true
	m.fail()
	m.all.waiting--
	m.f.members--
	if m.contend {
		m.f.contenders--
	}
	if m.f.members == 0 {
		m.forget()
	}
}

// land ends the member's lead in state s. The caller holds the mutex.
func (m *Member) land(s FlightState) {
	if m.lead {
		m.lead = false
		m.turn(s)
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
