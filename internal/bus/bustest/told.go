package bustest

import (
	"context"
	"errors"
	"testing"

	"github.com/seawall-project/seawall/internal/bus"
)

func testTold(t *testing.T, p Place) {
	s := open(t, p)
	cph, arh := s.listen(s.cph, "cph-1"), s.listen(s.arh, "arh-1")
	for n := range int64(5) {
		s.check(s.send(s.lookout, message(bus.Assign, "cph-1", n+1)))
	}
	for i, d := range s.next(cph, 5) {
		if n := s.sequence(d); n != int64(i+1) || d.Subject != (bus.Subject{Kind: bus.Assign, Vantage: "cph-1"}) {
			t.Errorf("assignment %d came as %d on %s", i+1, n, d.Subject)
		}
		d.Done() // means nothing here
	}
	s.nothing(arh)
}

func testToldToNobody(t *testing.T, p Place) {
	s := open(t, p)
	s.check(s.send(s.lookout, message(bus.Assign, "cph-1", 1)))
	s.nothing(s.listen(s.cph, "cph-1"))
}

func testSlowListener(t *testing.T, p Place) {
	s := open(t, p)
	q := s.listen(s.cph, "cph-1")
	const told = 3 * bus.Backlog
	for n := range int64(told) {
		s.check(s.send(s.lookout, message(bus.Assign, "cph-1", n+1)))
	}
	// The last one marks the end: once it is there, so is all that is left of the others.
	var got []int64
	for len(got) == 0 || got[len(got)-1] != told {
		got = append(got, s.sequence(s.next(q, 1)[0]))
	}
	if int64(len(got))+q.Lost() != told {
		t.Errorf("%d came and %d were lost, of %d", len(got), q.Lost(), told)
	}
	for i := 1; i < len(got); i++ {
		if got[i] <= got[i-1] {
			t.Fatalf("%d came after %d", got[i], got[i-1])
		}
	}
}

func testAgentsAreNobodyElse(t *testing.T, p Place) {
	s := open(t, p)
	q, ear := s.collect(s.lookout), s.listen(s.arh, "arh-1")
	ctx, cancel := context.WithTimeout(t.Context(), patience/10)
	defer cancel()
	for _, m := range []bus.Message{message(bus.Result, "arh-1", 1), message(bus.Health, "arh-1", 1), message(bus.Assign, "arh-1", 1), message(bus.Assign, "cph-1", 1)} {
		_ = s.cph.Publish(ctx, m) // whether it is told so or not
	}
	if other, err := s.cph.Listen(ctx, "arh-1"); err == nil {
		s.check(s.send(s.lookout, message(bus.Assign, "arh-1", 7)))
		if n := s.sequence(s.next(ear, 1)[0]); n != 7 {
			t.Errorf("arh-1 was told %d, by another vantage", n)
		}
		s.nothing(other)
	}
	s.nothing(ear)
	s.nothing(q)
	if _, err := s.cph.Collect(ctx); err == nil {
		t.Error("an agent collects")
	}
}

func testContextEnds(t *testing.T, p Place) {
	s := open(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	q, ear := s.collect(s.lookout), s.listen(s.cph, "cph-1")
	ended := make(chan error, 2)
	for _, q := range []bus.Queue{q, ear} {
		go func() {
			_, err := q.Next(ctx, 1)
			ended <- err
		}()
	}
	cancel()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Next: %v", err)
		}
	}
	if err := s.cph.Publish(ctx, message(bus.Result, "cph-1", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Publish: %v", err)
	}
	s.publish(s.cph, "cph-1", 2, 2) // both queues are none the worse for it
	s.next(q, 1)[0].Done()
}

func testCloseEndsNext(t *testing.T, p Place) {
	s := open(t, p)
	q, ear := s.collect(s.lookout), s.listen(s.cph, "cph-1")
	ended := make(chan error, 2)
	for _, q := range []bus.Queue{q, ear} {
		go func() {
			_, err := q.Next(t.Context(), 1)
			ended <- err
		}()
	}
	s.check(q.Close())
	s.check(ear.Close())
	for range 2 {
		if err := <-ended; !errors.Is(err, bus.ErrClosed) {
			t.Errorf("Next: %v", err)
		}
	}
	s.publish(s.cph, "cph-1", 1, 1)
	s.next(s.collect(s.lookout), 1)[0].Done() // the next one takes up
}

func testCloseTwice(t *testing.T, p Place) {
	s := open(t, p)
	b := p.Lookout(t)
	q, ear := s.collect(b), s.listen(b, "cph-1")
	s.check(q.Close())
	s.check(q.Close())
	s.check(b.Close())
	s.check(b.Close())
	s.check(ear.Close())
	if _, err := ear.Next(t.Context(), 1); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Next of a queue whose bus was closed: %v", err)
	}
	if err := b.Publish(t.Context(), message(bus.Assign, "cph-1", 1)); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Publish: %v", err)
	}
	if _, err := b.Collect(t.Context()); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Collect: %v", err)
	}
	if _, err := b.Listen(t.Context(), "cph-1"); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Listen: %v", err)
	}
}
