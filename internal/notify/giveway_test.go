package notify

import (
	"testing"
	"time"
)

// insteadOf posts a message about a site that stands so, in place of what had another key.
func (s *stage) insteadOf(old, key, how string) {
	s.Helper()
	m := about(key, time.Now(), how)
	m.Sites[0].After = old
	s.repeat(m)
}

// TestGivesWay: whoever heard that a site is slow hears that it fails, though that is for staff, and of its end; of slowness they hear no more.
func TestGivesWay(t *testing.T) {
	for name, between := range map[string]func(s *stage){
		"at once":         func(*stage) {},
		"after a restart": func(s *stage) { s.close(); s.open() },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
				s.each("x", "a slow")
				s.sleep(10 * time.Minute)
				between(s)
				s.insteadOf("x", "y", "a disrupted")
				s.sleep(time.Minute)
				between(s)
				s.sleep(39 * time.Minute)
				s.insteadOf("x", "y", "a recovering")
				s.sleep(20 * time.Minute)
				s.insteadOf("x", "y", "a closed")
				s.sleep(2 * time.Hour)
				s.phones["ops"].want(t, "30s a.example: slow", "10m30s a.example: intermittent", "40m0s Reminder 1: a.example: intermittent",
					"50m30s a.example: answers again", "1h10m30s a.example: over")
				s.phones["board"].want(t, "30s a.example: langsom", "10m30s a.example: ustabil", "40m0s Påmindelse 1: a.example: ustabil",
					"50m30s a.example: svarer igen", "1h10m30s a.example: overstået")
			})
		})
	}
}

// TestGivesWayUnheard: who did not hear yet that a site is slow is not told, and of what came of it when that concerns them.
func TestGivesWayUnheard(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		s.each("x", "a slow")
		s.sleep(10 * time.Second)
		s.insteadOf("x", "y", "a disrupted")
		s.sleep(10 * time.Minute)
		s.insteadOf("x", "y", "a down")
		s.sleep(10 * time.Minute)
		s.insteadOf("x", "y", "a closed")
		s.sleep(2 * time.Hour)
		s.phones["ops"].want(t, "40s a.example: intermittent", "10m40s a.example: down", "20m40s a.example: over")
		s.phones["board"].want(t, "10m40s a.example: nede", "20m40s a.example: overstået")
	})
}

// TestGivesWayInPart: of several slow sites one gives way; the others are slow on.
func TestGivesWayInPart(t *testing.T) {
	play(t, Options{Receivers: []Receiver{board()}, Reminder: -1}, func(s *stage) {
		s.each("x", "a slow", "b slow")
		s.sleep(10 * time.Minute)
		s.insteadOf("x", "y", "a disrupted")
		s.each("x", "b slow")
		s.sleep(10 * time.Minute)
		s.each("x", "b closed")
		s.sleep(10 * time.Minute)
		s.phones["board"].want(t, "30s a.example og 1 til: langsom", "10m30s a.example: ustabil", "12m5s Nyt: b.example: langsom", "20m30s b.example: overstået")
	})
}
