package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"
)

// TestRestart: what waited is sent, what was sent is not sent again, reminders go on and ends find those who know.
func TestRestart(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		s.postAs(Message{Kind: Disrupted, Key: "a", Staff: true})
		s.sleep(time.Minute)
		s.post("a", Down)
		s.sleep(10 * time.Second)
		s.close() // before it was sent
		s.sleep(time.Minute)
		s.open()
		s.post("a", Down) // whoever watches may say again what it is not sure to have said
		s.sleep(40 * time.Minute)
		s.close()
		s.open()
		s.post("a", Recovering)
		s.sleep(time.Minute)
		s.close()
		s.open()
		s.post("a", Recovering)
		s.post("a", Closed)
		s.sleep(time.Hour)
		s.phones["ops"].want(t, "30s a.example: intermittent", "2m10s a.example: down", "31m0s Reminder 1: a.example: down",
			"42m40s a.example: answers again", "43m40s a.example: over")
		s.phones["board"].want(t, "2m10s a.example: nede", "31m0s Påmindelse 1: a.example: nede", "42m40s a.example: svarer igen",
			"43m40s a.example: overstået")
	})
}

func TestRestartWithinADigest(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		for i := range 8 {
			s.post(fmt.Sprint("s", i), Down)
		}
		s.sleep(10 * time.Second)
		s.close()
		s.open()
		s.sleep(time.Minute)
		s.close()
		s.open()
		for i := range 4 {
			s.post(fmt.Sprint("s", i), Recovering)
		}
		s.sleep(10 * time.Second)
		s.close()
		s.open()
		s.sleep(35 * time.Minute)
		for i := range 4 {
			s.post(fmt.Sprint("s", 4+i), Recovering)
		}
		s.sleep(time.Hour)
		s.phones["ops"].want(t, "30s many sites fail at once (8)", "30m30s Reminder 1: many sites fail at once (4)", "36m25s All 8 sites that failed work again.")
	})
}

// TestReceiverGone: what waits for somebody whom the configuration no longer has is given up, and said to be.
func TestReceiverGone(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		s.post("a", Down)
		s.close()
		s.Receivers = s.Receivers[:1]
		s.open()
		s.sleep(time.Minute)
		all, err := Deliveries(t.Context(), s.Outbox, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := all[0].String(), "not delivered to board by phone: not sent: the configuration no longer has this receiver or channel"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		s.phones["ops"].want(t, "30s a.example: down")
	})
}

// broken is an outbox on a disk that fills up.
type broken struct {
	Memory
	noPut, noUpdate, noDue atomic.Bool
}

var errFull = errors.New("disk is full")

func (b *broken) Put(ctx context.Context, rows []Row, instead []string) error {
	if b.noPut.Load() {
		return errFull
	}
	return b.Memory.Put(ctx, rows, instead)
}

func (b *broken) Update(ctx context.Context, r Row) error {
	if b.noUpdate.Load() {
		return errFull
	}
	return b.Memory.Update(ctx, r)
}

func (b *broken) Due(ctx context.Context, receiver, channel string, now time.Time) (Row, bool, error) {
	if b.noDue.Load() {
		return Row{}, false, errFull
	}
	return b.Memory.Due(ctx, receiver, channel, now)
}

// TestDiskFull: the alarm comes all the same, and once.
func TestDiskFull(t *testing.T) {
	box := &broken{}
	play(t, Options{Receivers: []Receiver{ops()}, Outbox: box, Reminder: -1}, func(s *stage) {
		s.post("a", Down)
		s.sleep(10 * time.Second)
		box.noPut.Store(true)
		box.noUpdate.Store(true)
		s.post("b", Down)
		s.sleep(5 * time.Minute)
		s.phones["ops"].want(t, "30s a.example: down", "40s b.example: down")
		if got := s.untold()["unsaved"]; got != 1 {
			t.Errorf("%d rows unsaved, want 1", got)
		}
		box.noDue.Store(true)
		s.post("b", Recovering)
		s.sleep(5 * time.Minute)
		box.noPut.Store(false)
		box.noUpdate.Store(false)
		box.noDue.Store(false)
		s.post("c", Down)
		s.sleep(5 * time.Minute)
		s.phones["ops"].want(t, "30s a.example: down", "40s b.example: down", "5m40s b.example: answers again", "10m40s c.example: down")
		if n, _ := s.Waiting(); n != 0 {
			t.Errorf("%d rows wait", n)
		}
	})
}

func TestOutboxThatCannotBeRead(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(ctx, Options{Logger: slog.New(slog.DiscardHandler)}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestOrderOverARestart: a row that failed and waits is not overtaken by one that was made later and never tried.
func TestOrderOverARestart(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}, Reminder: -1}, func(s *stage) {
		s.phones["ops"].set(func(Notice) (bool, error) { return true, errBusy })
		s.post("a", Down)
		s.sleep(5 * time.Minute)
		s.post("a", Recovering)
		s.sleep(35 * time.Second)
		s.close()
		s.phones["ops"].set(nil)
		s.open()
		s.sleep(15 * time.Minute)
		var order []string
		for _, n := range s.phones["ops"].notices() {
			order = append(order, n.Kind.String())
		}
		if got := fmt.Sprint(order); got != "[down recovering]" {
			t.Errorf("got %s", got)
		}
	})
}
