package bustest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/seawall-project/seawall/internal/bus"
)

func testKeptUntilDone(t *testing.T, p Place) {
	s := open(t, p)
	s.publish(s.cph, "cph-1", 1, 3) // before anybody collects
	q := s.collect(s.lookout)
	for _, d := range s.next(q, 3) {
		if s.sequence(d) == 2 {
			d.Done()
		}
	}
	s.check(q.Close())

	q = s.collect(s.lookout)
	var got []int64
	for _, d := range s.next(q, 2) {
		got = append(got, s.sequence(d))
		d.Done()
	}
	if got[0]+got[1] != 4 || got[0] == got[1] {
		t.Errorf("again came %v, want 1 and 3", got)
	}
	s.check(q.Close())

	other := p.Lookout(t)
	defer func() { s.check(other.Close()) }()
	s.nothing(s.collect(other))
}

func testInOrder(t *testing.T, p Place) {
	s := open(t, p)
	q := s.collect(s.lookout)
	s.publish(s.cph, "cph-1", 1, 50)
	s.publish(s.arh, "arh-1", 1, 50)
	last := map[string]int64{}
	for _, d := range s.next(q, 100) {
		n := s.sequence(d)
		if v := d.Subject.Vantage; n != last[v]+1 {
			t.Fatalf("%s: %d came after %d", v, n, last[v])
		}
		last[d.Subject.Vantage] = n
		d.Done()
	}
}

func testDoneOnce(t *testing.T, p Place) {
	s := open(t, p)
	q := s.collect(s.lookout)
	s.publish(s.cph, "cph-1", 1, 1)
	d := s.next(q, 1)[0]
	d.Done()
	d.Done()
	s.publish(s.cph, "cph-1", 2, 2)
	if n := s.sequence(s.next(q, 1)[0]); n != 2 {
		t.Errorf("got %d, want 2", n)
	}
	s.check(q.Close())
	d.Done() // too late to matter
}

func testBothKinds(t *testing.T, p Place) {
	s := open(t, p)
	q := s.collect(s.lookout)
	s.check(s.send(s.cph, message(bus.Health, "cph-1", 1)))
	s.check(s.send(s.cph, message(bus.Result, "cph-1", 2)))
	got := map[bus.Kind]bool{}
	for _, d := range s.next(q, 2) {
		got[d.Subject.Kind] = true
		d.Done()
	}
	if !got[bus.Health] || !got[bus.Result] {
		t.Errorf("got %v, want both kinds", got)
	}
}

func testBytes(t *testing.T, p Place) {
	s := open(t, p)
	q := s.collect(s.lookout)
	m := message(bus.Result, "cph-1", 1)
	want := string(m.Data)
	s.check(s.send(s.cph, m))
	clear(m.Data)
	d := s.next(q, 1)[0]
	if got := string(d.Data); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Done()
}

func testNextTakesSoMany(t *testing.T, p Place) {
	s := open(t, p)
	s.publish(s.cph, "cph-1", 1, 10)
	q := s.collect(s.lookout)
	seen := 0
	for seen < 10 {
		batch, err := q.Next(t.Context(), 3)
		s.check(err)
		if len(batch) < 1 || len(batch) > 3 {
			t.Fatalf("Next(3) returned %d", len(batch))
		}
		seen += len(batch)
		for _, d := range batch {
			d.Done()
		}
	}
}

func testInHand(t *testing.T, p Place) {
	s := open(t, p)
	s.publish(s.cph, "cph-1", 1, 8)
	q := s.collect(s.lookout)
	held := s.next(q, 5)
	s.nothing(q)
	for _, d := range held {
		d.Done()
	}
	for _, d := range s.next(q, 3) {
		d.Done()
	}
}

func testFullOfBytes(t *testing.T, p Place) {
	s := open(t, p)
	kept := 0
	var err error
	for err == nil && kept < 100 {
		if err = s.send(s.cph, sized(bus.Result, 16<<10)); err == nil {
			kept++
		}
	}
	// What a bus writes beside the bytes of a message counts too.
	if !errors.Is(err, bus.ErrFull) || kept < 12 || kept > 16 {
		t.Fatalf("256 KiB took %d messages of 16 KiB, then %v", kept, err)
	}
	q := s.collect(s.lookout)
	for _, d := range s.next(q, kept) {
		d.Done()
	}
	for range 50 { // until the bus has heard that all is done
		s.nothing(q)
		if err = s.send(s.cph, sized(bus.Result, 16<<10)); !errors.Is(err, bus.ErrFull) {
			break
		}
	}
	s.check(err)
}

func testFullOfOne(t *testing.T, p Place) {
	s := open(t, p)
	s.publish(s.cph, "cph-1", 1, 100)
	if err := s.send(s.cph, message(bus.Result, "cph-1", 101)); !errors.Is(err, bus.ErrFull) {
		t.Fatalf("message 101 of 100: %v", err)
	}
	s.check(s.send(s.arh, message(bus.Result, "arh-1", 1))) // another has room
}

func testTooLarge(t *testing.T, p Place) {
	s := open(t, p)
	q := s.collect(s.lookout)
	ear := s.listen(s.cph, "cph-1")
	if err := s.send(s.cph, sized(bus.Result, bus.MaxKept+1)); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("a result: %v", err)
	}
	if err := s.send(s.lookout, sized(bus.Assign, bus.MaxTold+1)); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("an assignment: %v", err)
	}
	s.check(s.send(s.cph, sized(bus.Result, bus.MaxKept)))
	s.check(s.send(s.lookout, sized(bus.Assign, bus.MaxTold)))
	if d := s.next(q, 1)[0]; len(d.Data) != bus.MaxKept {
		t.Errorf("a result of %d bytes, want %d", len(d.Data), bus.MaxKept)
	}
	if d := s.next(ear, 1)[0]; len(d.Data) != bus.MaxTold {
		t.Errorf("an assignment of %d bytes, want %d", len(d.Data), bus.MaxTold)
	}
}

func testNoSuchSubject(t *testing.T, p Place) {
	s := open(t, p)
	for _, subject := range []bus.Subject{{}, {Kind: bus.Result}, {Kind: "order", Vantage: "cph-1"}, {Kind: bus.Result, Vantage: "*"}, {Kind: bus.Assign, Vantage: ">"}} {
		if err := s.send(s.lookout, bus.Message{Subject: subject, Data: []byte("{}")}); !errors.Is(err, bus.ErrSubject) {
			t.Errorf("publish on %s: %v", subject, err)
		}
	}
	if _, err := s.lookout.Listen(t.Context(), "*"); !errors.Is(err, bus.ErrSubject) {
		t.Errorf("listen to all: %v", err)
	}
}

func testManyAtOnce(t *testing.T, p Place) {
	s := open(t, p)
	const each = 200
	var sending sync.WaitGroup
	failed := make(chan error, 4*each)
	for part := range int64(4) {
		sending.Go(func() {
			b, vantage := s.cph, "cph-1"
			if part%2 == 1 {
				b, vantage = s.arh, "arh-1"
			}
			for n := range int64(each) {
				if err := s.send(b, message(bus.Result, vantage, 1+part*each+n)); err != nil {
					failed <- err
				}
			}
		})
	}
	q := s.collect(s.lookout)
	seen := map[string]bool{}
	for range 4 * each {
		d := s.next(q, 1)[0]
		seen[fmt.Sprint(d.Subject, s.sequence(d))] = true
		d.Done()
	}
	sending.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if len(seen) != 4*each {
		t.Errorf("%d of %d messages arrived", len(seen), 4*each)
	}
}
