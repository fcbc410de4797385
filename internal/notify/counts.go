package notify

// outcome is what came of one try.
type outcome string

const (
	outcomeDelivered outcome = "delivered"
	outcomeRetry     outcome = "retry"   // failed, will be tried again
	outcomeRefused   outcome = "refused" // failed for good
	outcomeExpired   outcome = "expired" // given up after [GiveUpAfter]
)

// counts are totals since the start.
type counts struct {
	tries     map[try]int
	duplicate int // messages that repeated what was known
	silenced  int // messages kept back by maintenance, an acknowledgement, or something worse that was told already
	withheld  int // messages whose label does not let them go to a receiver
	overtaken int // rows taken away because the site worked again before they were sent
	dropped   int // rows thrown away because too many waited, or for a receiver that is gone
	unsaved   int // rows that the outbox would not take
	headless  int // tries without the ledger's head, because it could not be read
}

// try is what tries are counted by; both come from closed sets.
type try struct {
	kind string // of the channel
	came outcome
}

func (d *Dispatcher) count(r *route, came outcome) {
	if d.counts.tries == nil {
		d.counts.tries = map[try]int{}
	}
	d.counts.tries[try{r.channel.Kind, came}]++
}

// Tries calls yield with how many tries there were, by the channel's kind and what came of it: "delivered", "retry", "refused" or "expired".
func (d *Dispatcher) Tries(yield func(kind, outcome string, n int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for t, n := range d.counts.tries {
		yield(t.kind, string(t.came), n)
	}
}

// Untold calls yield with how many messages were not sent, by the reason: "duplicate", "silenced", "withheld", "overtaken" or "dropped"; and with
// "unsaved" how many had to be held in memory because the outbox took nothing.
func (d *Dispatcher) Untold(yield func(reason string, n int)) {
	d.mu.Lock()
	c := d.counts
	d.mu.Unlock()
	yield("duplicate", c.duplicate)
	yield("silenced", c.silenced)
	yield("withheld", c.withheld)
	yield("overtaken", c.overtaken)
	yield("dropped", c.dropped)
	yield("unsaved", c.unsaved)
}

// Headless returns how many tries went without the head of the ledger because it could not be read.
func (d *Dispatcher) Headless() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts.headless
}

// Waiting returns how many rows wait, and how many may.
func (d *Dispatcher) Waiting() (n, limit int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting), d.o.MaxWaiting
}

// Failing calls yield for every channel whose last try failed, with how many in a row have.
func (d *Dispatcher) Failing(yield func(receiver, channel string, n int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.routes {
		if r.failures > 0 {
			yield(r.receiver.Name, r.channel.Name, r.failures)
		}
	}
}
