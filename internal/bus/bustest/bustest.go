// Package bustest is the suite that every bus has to pass: it holds them to the contracts in package bus.
//
//	func TestBus(t *testing.T) { bustest.Run(t, newPlace) }
package bustest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
)

// Place is where a bus is. It outlives connections.
type Place interface {
	// Lookout returns a new connection of the lookout. The caller closes it.
	Lookout(t *testing.T) bus.Bus
	// Agent returns a new connection of a vantage, "cph-1" or "arh-1". The caller closes it.
	Agent(t *testing.T, vantage string) bus.Bus
}

// Run runs the suite. newPlace returns a place where nothing was kept yet.
func Run(t *testing.T, newPlace func(t *testing.T, l bus.Limits) Place) {
	small := bus.Limits{Bytes: 256 << 10, PerVantage: 100}
	for _, test := range []struct {
		name   string
		limits bus.Limits
		run    func(t *testing.T, p Place)
	}{
		{"KeptUntilDone", bus.Limits{}, testKeptUntilDone},
		{"InOrder", bus.Limits{}, testInOrder},
		{"DoneOnce", bus.Limits{}, testDoneOnce},
		{"BothKinds", bus.Limits{}, testBothKinds},
		{"BytesAreTheReceivers", bus.Limits{}, testBytes},
		{"NextTakesSoMany", bus.Limits{}, testNextTakesSoMany},
		{"InHand", bus.Limits{InHand: 5}, testInHand},
		{"FullOfBytes", small, testFullOfBytes},
		{"FullOfOne", small, testFullOfOne},
		{"TooLarge", bus.Limits{}, testTooLarge},
		{"NoSuchSubject", bus.Limits{}, testNoSuchSubject},
		{"ManyAtOnce", bus.Limits{}, testManyAtOnce},
		{"Told", bus.Limits{}, testTold},
		{"ToldToNobody", bus.Limits{}, testToldToNobody},
		{"SlowListener", bus.Limits{}, testSlowListener},
		{"AgentsAreNobodyElse", bus.Limits{}, testAgentsAreNobodyElse},
		{"ContextEnds", bus.Limits{}, testContextEnds},
		{"CloseEndsNext", bus.Limits{}, testCloseEndsNext},
		{"CloseTwice", bus.Limits{}, testCloseTwice},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newPlace(t, test.limits)) })
	}
}

// patience is how long the suite waits for what has to come.
const patience = 10 * time.Second

// stage is a bus with the connections that most tests want.
type stage struct {
	*testing.T
	Place
	lookout  bus.Bus
	cph, arh bus.Bus
}

func open(t *testing.T, p Place) *stage {
	s := &stage{T: t, Place: p, lookout: p.Lookout(t), cph: p.Agent(t, "cph-1"), arh: p.Agent(t, "arh-1")}
	t.Cleanup(func() {
		for _, b := range []bus.Bus{s.lookout, s.cph, s.arh} {
			s.check(b.Close())
		}
	})
	return s
}

func (s *stage) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// message returns the n-th message of a kind from or to a vantage.
func message(k bus.Kind, vantage string, n int64) bus.Message {
	e := bus.Envelope{
		Kind: k, Vantage: vantage, Run: "r1", Sequence: n, Sent: time.Date(2025, time.November, 17, 12, 1, 2, 0, time.UTC),
		Payload: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n)),
	}
	m, err := e.Message()
	if err != nil {
		panic(err) // the suite's own mistake
	}
	return m
}

// sized returns a message from or to cph-1 of just so many bytes.
func sized(k bus.Kind, bytes int) bus.Message {
	return bus.Message{Subject: bus.Subject{Kind: k, Vantage: "cph-1"}, Data: make([]byte, bytes)}
}

// publish publishes the results first to last of a vantage.
func (s *stage) publish(b bus.Bus, vantage string, first, last int64) {
	s.Helper()
	for n := first; n <= last; n++ {
		s.check(s.send(b, message(bus.Result, vantage, n)))
	}
}

func (s *stage) send(b bus.Bus, m bus.Message) error {
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	return b.Publish(ctx, m)
}

func (s *stage) collect(b bus.Bus) bus.Queue {
	s.Helper()
	q, err := b.Collect(s.Context())
	s.check(err)
	return q
}

func (s *stage) listen(b bus.Bus, vantage string) bus.Queue {
	s.Helper()
	q, err := b.Listen(s.Context(), vantage)
	s.check(err)
	return q
}

// next takes n messages off a queue, however many calls that needs.
func (s *stage) next(q bus.Queue, n int) []bus.Delivery {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	var all []bus.Delivery
	for len(all) < n {
		batch, err := q.Next(ctx, n-len(all))
		if err != nil {
			s.Fatalf("after %d of %d messages: %v", len(all), n, err)
		}
		if len(batch) == 0 || len(batch) > n-len(all) {
			s.Fatalf("Next(%d) returned %d messages", n-len(all), len(batch))
		}
		all = append(all, batch...)
	}
	return all
}

// nothing holds that nothing comes for a little while. That nothing comes ever cannot be seen.
func (s *stage) nothing(q bus.Queue) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 100*time.Millisecond)
	defer cancel()
	if batch, err := q.Next(ctx, 1); err == nil {
		s.Fatalf("got %s on %s, want nothing", batch[0].Data, batch[0].Subject)
	}
}

// sequence reads what number a message has.
func (s *stage) sequence(d bus.Delivery) int64 {
	s.Helper()
	e, err := bus.Open(d.Message)
	s.check(err)
	return e.Sequence
}
