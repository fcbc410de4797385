package notify

import (
	"fmt"
	"testing"
	"time"
)

// at sleeps until a time of the day.
func (s *stage) at(hour int) {
	now := time.Now().UTC()
	until := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, time.UTC)
	if until.Before(now) {
		until = until.AddDate(0, 0, 1)
	}
	s.sleep(time.Until(until))
}

// watcher has hours from seven on. A bubble begins at midnight.
func watcher() Receiver {
	return Receiver{Name: "watcher", Hours: Hours{From: 7 * time.Hour, To: 22 * time.Hour}}
}

// TestManyAreSlow: a digest of what can wait waits and says what it is of; when its sites fail, that is told at once.
func TestManyAreSlow(t *testing.T) {
	play(t, Options{Receivers: []Receiver{watcher()}, Reminder: -1}, func(s *stage) {
		s.at(3)
		for i := range 8 {
			s.each(fmt.Sprint("slow", i), fmt.Sprintf("s%d slow", i))
		}
		s.at(8)
		for i := range 8 {
			s.insteadOf(fmt.Sprint("slow", i), fmt.Sprint("out", i), fmt.Sprintf("s%d down", i))
		}
		s.sleep(time.Hour)
		for i := range 8 {
			s.each(fmt.Sprint("out", i), fmt.Sprintf("s%d closed", i))
		}
		s.sleep(time.Hour)
		s.phones["watcher"].want(t, "7h0m0s many sites are slow, or lack a part (8)", "8h0m35s many sites fail at once (8)",
			"9h0m5s All 8 sites that failed work again.")
		if n := s.phones["watcher"].notices(); len(n) > 1 && (!n[0].Wait || n[1].Wait) {
			t.Errorf("waits: %v, %v", n[0].Wait, n[1].Wait)
		}
	})
}

// TestSlowDigestEndsInHours: that all of what could wait is over waits, too.
func TestSlowDigestEndsInHours(t *testing.T) {
	play(t, Options{Receivers: []Receiver{watcher()}, Reminder: -1}, func(s *stage) {
		s.at(20)
		for i := range 8 {
			s.each(fmt.Sprint("slow", i), fmt.Sprintf("s%d slow", i))
		}
		s.at(3)
		for i := range 8 {
			s.each(fmt.Sprint("slow", i), fmt.Sprintf("s%d closed", i))
		}
		s.at(9)
		s.phones["watcher"].want(t, "20h0m30s many sites are slow, or lack a part (8)", "31h0m0s All 8 sites that failed work again.")
	})
}

// TestDigestEmptied: a digest of which everything gave way is over, and calls nothing well.
func TestDigestEmptied(t *testing.T) {
	for name, between := range map[string]func(s *stage){"at once": func(*stage) {}, "after a restart": func(s *stage) { s.close(); s.open() }} {
		t.Run(name, func(t *testing.T) {
			play(t, Options{Receivers: []Receiver{board()}, Reminder: -1}, func(s *stage) {
				for i := range 6 {
					s.each(fmt.Sprint("slow", i), fmt.Sprintf("s%d slow", i))
				}
				s.sleep(time.Minute)
				for i := range 6 {
					s.sleep(11 * time.Minute)
					s.insteadOf(fmt.Sprint("slow", i), fmt.Sprint("out", i), fmt.Sprintf("s%d down", i))
					s.sleep(time.Minute)
					between(s)
				}
				s.sleep(time.Hour)
				got := s.phones["board"].got
				if len(got) != 8 || got[0] != "30s mange websteder er langsomme eller mangler en del (6)" || got[1] != "12m30s s0.example: nede" {
					t.Errorf("got %q", got)
				}
				ends := 0
				for _, n := range s.phones["board"].notices() {
					if n.Kind == Digest && n.Failing == 0 {
						ends++
						if want := "[Seawall] " + singlyWord.Danish; n.Subject() != want {
							t.Errorf("the last says %q", n.Subject())
						}
					}
				}
				if ends != 1 {
					t.Errorf("%d ends of the digest", ends)
				}
			})
		})
	}
}

// TestKeyedChannels: who holds an alarm open by its key is told that it is over when another stands for it.
func TestKeyedChannels(t *testing.T) {
	pager := Receiver{Name: "ops", Staff: true, Channels: []Channel{{Name: "pager", Kind: "phone", Keyed: true}}}
	open := func(s *stage) map[string]bool {
		all := map[string]bool{}
		for _, n := range s.phones["ops/pager"].notices() {
			all[n.Key] = n.Kind.Fails() || n.Kind == Digest && n.Failing > 0
		}
		for key, is := range all {
			if !is {
				delete(all, key)
			}
		}
		return all
	}
	play(t, Options{Receivers: []Receiver{pager}}, func(s *stage) {
		s.each("x", "a slow")
		s.sleep(10 * time.Minute)
		s.insteadOf("x", "y", "a down")
		s.sleep(time.Minute)
		if got := open(s); len(got) != 1 || !got["y"] {
			t.Errorf("open are %v", got)
		}
		s.sleep(20 * time.Minute)
		for i := range 6 {
			s.post(fmt.Sprint("s", i), Down)
			s.sleep(time.Minute)
		}
		s.sleep(time.Minute)
		if got := open(s); len(got) != 2 || !got["y"] || got["s0"] {
			t.Errorf("open are %v", got)
		}
	})
}

// TestSecondSiteGoesDown: that another site of an incident is down is told, though one was before.
func TestSecondSiteGoesDown(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}, Reminder: -1}, func(s *stage) {
		s.each("x", "a down", "b disrupted")
		s.sleep(5 * time.Minute)
		s.each("x", "a down", "b down")
		s.sleep(5 * time.Minute)
		s.each("x", "a closed", "b disrupted")
		s.sleep(10 * time.Minute)
		s.each("x", "a closed", "b down")
		s.sleep(10 * time.Minute)
		s.phones["ops"].want(t, "30s a.example and 1 more: down", "5m35s Update: a.example and 1 more: down", "12m5s Update: b.example: intermittent",
			"20m35s Update: b.example: down")
	})
}

// TestEndsWaitForHours: the end of what could wait waits, too, and what it says less is not said beside it.
func TestEndsWaitForHours(t *testing.T) {
	play(t, Options{Receivers: []Receiver{watcher()}, Reminder: -1}, func(s *stage) {
		s.at(21)
		s.each("x", "a slow")
		s.at(3)
		for _, how := range []string{"a recovering", "a closed"} {
			m := about("x", time.Now(), how)
			m.Wait = true
			s.repeat(m)
			s.sleep(15 * time.Minute)
		}
		s.at(9)
		s.phones["watcher"].want(t, "21h0m30s a.example: slow", "31h0m0s a.example: over")
	})
}
