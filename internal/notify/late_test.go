package notify

import (
	"strings"
	"testing"
	"time"
)

// others are receivers outside the house: one who hears at once under a label, one who hears late, and one to whom the label lets nothing go.
func others() []Receiver {
	return []Receiver{
		ops(),
		{Name: "cert", Route: "authority", Outages: Passing{Label: "TLP:AMBER+STRICT"}},
		{Name: "peers", Route: "community", Outages: Passing{Label: "TLP:GREEN", Delay: time.Hour}},
		{Name: "nobody", Route: "community", Outages: Passing{Label: "TLP:AMBER", Kept: true}},
	}
}

// ended is the end of an incident, whose sites stand so, by now.
func ended(key string, began time.Time, sites ...string) Message {
	now := time.Now()
	m := about(key, now, sites...)
	for i := range m.Sites {
		m.Sites[i].Since, m.Sites[i].Until = Interval{began, began}, Interval{now, now}
	}
	return m
}

// TestOutsideHearLate: third parties are told of an outage by its label, when it has been over for as long as everything else waits, and once: neither
// that it begins, nor that it lasts, nor how it goes on.
func TestOutsideHearLate(t *testing.T) {
	play(t, Options{Receivers: others()}, func(s *stage) {
		began := time.Now()
		s.each("x", "a disrupted", "b disrupted")
		s.sleep(5 * time.Minute)
		s.each("x", "a down", "b disrupted")
		s.sleep(2 * time.Hour)
		s.repeat(ended("x", began, "a recovering", "b recovering"))
		s.sleep(10 * time.Minute)
		s.phones["peers"].want(t)
		end := ended("x", began, "a closed", "b closed")
		end.Answer, end.Cause, end.Links = Text{English: "The provider is Example Hosting."}, "common", []string{"https://seawall.example.org/7"}
		s.repeat(end)
		s.close() // what waits outlives a restart
		s.open()
		s.sleep(59 * time.Minute)
		s.repeat(end) // what is posted again is no news
		s.sleep(time.Hour)
		s.phones["peers"].want(t, "3h15m0s TLP:GREEN a.example: over")
		for _, n := range s.phones["peers"].notices() {
			if n.Answer != (Text{}) || n.Cause != "" || n.Links != nil || n.Vantages != nil || n.Sites[0].Vantages != nil {
				t.Errorf("outside is told more than that it is over: %+v", n.Message)
			}
		}
		s.phones["nobody"].want(t)
		for _, n := range s.phones["cert"].notices() {
			if !strings.HasPrefix(n.Subject(), "[Seawall] TLP:AMBER+STRICT ") {
				t.Errorf("the authority got %q", n.Subject())
			}
		}
		if got := s.phones["cert"].notices(); len(got) < 3 || got[0].Kind != Down || got[0].At.Sub(began) > 6*time.Minute {
			t.Errorf("the authority got %+v", got)
		}
		for _, n := range s.phones["ops"].notices() {
			if n.Label != "" {
				t.Errorf("our own got %q", n.Subject())
			}
		}
	})
}

// TestOutsideHearNothing: of what began in maintenance, what proved to be nothing and what was not seen to begin third parties hear nothing, and the
// site that an incident no longer names is not named to them.
func TestOutsideHearNothing(t *testing.T) {
	o := Options{Receivers: others(), Maintenance: func(site string) bool { return site == "works.example" }}
	play(t, o, func(s *stage) {
		s.each("work", "works down")
		s.each("gone", "gone down")
		s.each("two", "a down", "b down")
		s.sleep(time.Minute)
		began := time.Now()
		s.repeat(ended("work", began, "works closed"))
		s.each("gone", "gone closed")
		s.each("two", "b down")
		s.repeat(ended("new", began, "new closed"))
		s.sleep(time.Minute)
		s.repeat(ended("two", began, "b closed"))
		s.sleep(3 * time.Hour)
		s.phones["peers"].want(t, "1h2m0s TLP:GREEN b.example: over")
		for _, n := range s.phones["peers"].notices() {
			if text := n.Text(4000); strings.Contains(text, "a.example") {
				t.Errorf("it names another:\n%s", text)
			}
		}
	})
}

// TestDigestHasItsLabel: one message of many is marked like one of one, and is not for those who hear late.
func TestDigestHasItsLabel(t *testing.T) {
	play(t, Options{Receivers: others()}, func(s *stage) {
		for _, key := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			s.post(key, Down)
		}
		s.sleep(time.Hour)
		got := s.phones["cert"].notices()
		if len(got) == 0 || got[0].Kind != Digest || got[0].Label != "TLP:AMBER+STRICT" {
			t.Errorf("got %+v", got)
		}
		s.phones["peers"].want(t)
		s.phones["nobody"].want(t)
		if n := s.untold()["withheld"]; n != 7 {
			t.Errorf("%d kept back are counted, want 7", n)
		}
	})
}
