package readers

import (
	"slices"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/drill/work"
)

// Cause is why a click was not served. The set is closed.
type Cause uint8

// The causes.
const (
	Status     Cause = iota // an answer other than 200
	WrongBytes              // a body that is not what was printed
	Timeout                 // not whole within [Patience]
	Connection              // no connection, or one that broke off
	causes
)

// Causes returns every cause in order.
func Causes() []Cause { return []Cause{Status, WrongBytes, Timeout, Connection} }

// String returns the name used in the report.
func (c Cause) String() string {
	if c < causes {
		return [...]string{"status", "wrong_bytes", "timeout", "connection"}[c]
	}
	return "unknown"
}

// Tally is what came of clicks. Asked is Served plus the sum of Failed. A click is served when all that it fetches came, byte for byte:
// of a page its assets too, as many as [View.Assets] says; of a search or a form the page alone, whose assets are not fetched.
type Tally struct {
	Asked  int
	Served int
	Times  []time.Duration // of the served, from the click's time in the plan to the last byte, ascending
	Failed map[Cause]int   // an entry for every cause
}

// Report is what came of all clicks, by kind of work. Every kind has an entry.
type Report map[work.Kind]Tally

// Total returns the kinds together.
func (r Report) Total() Tally {
	all := newTally()
	for _, t := range r {
		all.Asked += t.Asked
		all.Served += t.Served
		all.Times = append(all.Times, t.Times...)
		for c, n := range t.Failed {
			all.Failed[c] += n
		}
	}
	slices.Sort(all.Times)
	return all
}

func newTally() Tally {
	t := Tally{Failed: make(map[Cause]int, causes)}
	for _, c := range Causes() {
		t.Failed[c] = 0
	}
	return t
}

// ledger gathers a report from many readers.
type ledger struct {
	progress func(served bool, kind work.Kind) // may be nil

	mu     sync.Mutex // guards report
	report Report
}

func newLedger(progress func(bool, work.Kind)) *ledger {
	l := &ledger{progress: progress, report: make(Report)}
	for _, k := range work.Kinds() {
		l.report[k] = newTally()
	}
	return l
}

// enter notes what came of a click: a nil failure means served.
func (l *ledger) enter(kind work.Kind, took time.Duration, f *failure) {
	l.add(kind, took, f)
	if l.progress != nil {
		l.progress(f == nil, kind)
	}
}

func (l *ledger) add(kind work.Kind, took time.Duration, f *failure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.report[kind]
	t.Asked++
	if f == nil {
		t.Served++
		t.Times = append(t.Times, took)
	} else {
		t.Failed[f.cause]++
	}
	l.report[kind] = t
}

// close returns the report, once nobody enters any more.
func (l *ledger) close() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.report {
		slices.Sort(t.Times)
	}
	return l.report
}
