package notify

import (
	"errors"
	"testing"
	"time"
)

type busyUntil struct {
	error
	after time.Duration
}

func (b busyUntil) RetryAfter() time.Duration { return b.after }

// TestServiceSaysWhen: a service is left alone for as long as it asks, but no longer than Seawall would wait by itself, and never shorter.
func TestServiceSaysWhen(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{
		time.Second: 5 * time.Second, 3 * time.Minute: 3 * time.Minute, 24 * time.Hour: 10 * time.Minute,
	} {
		play(t, Options{Receivers: []Receiver{ops()}, Reminder: -1}, func(s *stage) {
			var at []time.Time
			s.phones["ops"].set(func(Notice) (bool, error) {
				at = append(at, time.Now())
				return len(at) == 1, busyUntil{errors.New("answered 429"), asked}
			})
			s.post("a", Down)
			s.sleep(time.Hour)
			if len(at) != 2 {
				t.Fatalf("asked for %v: tried %d times, want 2", asked, len(at))
			}
			if gap := at[1].Sub(at[0]); gap < want*3/4 || gap > want*5/4+time.Second {
				t.Errorf("asked for %v: got a pause of %v, want %v", asked, gap, want)
			}
		})
	}
}
