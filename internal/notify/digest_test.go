package notify

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestAllHang: two thousand sites fail within a minute: one digest, one reminder at a time, one end. Whoever answers for a single site
// hears of that.
func TestAllHang(t *testing.T) {
	own := Receiver{Name: "own", Staff: true, Sites: []string{"s7.example"}}
	play(t, Options{Receivers: []Receiver{ops(), board(), own}}, func(s *stage) {
		const sites = 2000
		for i := range sites {
			s.postAs(Message{Kind: Disrupted, Key: fmt.Sprint("s", i), Staff: true})
			if i%40 == 0 {
				s.sleep(time.Second)
			}
		}
		s.sleep(5 * time.Minute)
		for i := range sites {
			s.post(fmt.Sprint("s", i), Down)
		}
		s.sleep(30 * time.Minute)
		for i := range sites {
			s.post(fmt.Sprint("s", i), Recovering)
		}
		s.sleep(15 * time.Minute)
		for i := range sites {
			s.post(fmt.Sprint("s", i), Closed)
		}
		s.sleep(time.Hour)
		got := s.phones["ops"].notices()
		var subjects []string
		for _, n := range got {
			subjects = append(subjects, strings.TrimPrefix(n.Subject(), subjectPrefix))
		}
		if len(got) < 2 || len(got) > 5 || !strings.HasPrefix(subjects[0], "many sites fail at once (") || subjects[len(got)-1] != "All 2000 sites that failed work again." {
			t.Errorf("got %q", subjects)
		}
		for i, n := range got[1 : len(got)-1] {
			if n.Failing != sites || n.Repeat != i+1 {
				t.Errorf("reminder %d: got %d failing, repeat %d", i, n.Failing, n.Repeat)
			}
		}
		if first := got[0]; first.Failing < 1000 {
			t.Errorf("the digest tells of %d sites; it was to wait %v for more", first.Failing, DefaultWait)
		}
		if got := len(s.phones["board"].notices()); got < 2 || got > 4 {
			t.Errorf("the board got %d messages", got)
		}
		if got := s.phones["own"].got; len(got) != 5 || !strings.HasSuffix(got[0], "s7.example: intermittent") || !strings.HasSuffix(got[4], "s7.example: over") {
			t.Errorf("the site's own staff got %q", got)
		}
		if n, _ := s.Waiting(); n != 0 {
			t.Errorf("%d rows wait", n)
		}
		if s.ledgers[0].mass != nil {
			t.Error("the digest is not over")
		}
	})
}

func TestFiveAreNoDigest(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		for i := range MassSites {
			s.post(fmt.Sprint("s", i), Down)
		}
		s.sleep(11 * time.Minute)
		s.post("s5", Down) // ten minutes later: alone again
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "30s s0.example: down", "30s s1.example: down", "30s s2.example: down", "30s s3.example: down", "30s s4.example: down",
			"11m30s s5.example: down")
	})
}

// TestSixthMakesADigest: it takes in what was told already, and speaks for all from then on.
func TestSixthMakesADigest(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		for i := range 6 {
			s.post(fmt.Sprint("s", i), Down)
			s.sleep(20 * time.Second)
		}
		s.sleep(5 * time.Minute)
		s.phones["ops"].want(t, "30s s0.example: down", "50s s1.example: down", "1m10s s2.example: down", "1m30s s3.example: down",
			"2m10s many sites fail at once (6)") // the fifth still waited
		for i := range 5 {
			s.post(fmt.Sprint("s", i), Recovering)
		}
		s.sleep(time.Hour)
		s.post("s5", Recovering)
		s.sleep(time.Minute)
		if n := s.phones["ops"].notices()[5]; !strings.Contains(n.Text(2000), "\n- s5.example\n") {
			t.Errorf("which site fails is not said:\n%s", n.Text(2000))
		}
		got := s.phones["ops"].got[5:]
		want := []string{"32m10s Reminder 1: many sites fail at once (1)", "1h2m10s Reminder 2: many sites fail at once (1)", "1h7m5s All 6 sites that failed work again."}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestOneIncidentOfManySites is one message already.
func TestOneIncidentOfManySites(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.post("hoster", Down, "a.example", "b.example", "c.example", "d.example", "e.example", "f.example", "g.example")
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "30s a.example and 6 more: down")
	})
}

// TestJoin: sites that fail while a digest is under way are told within ten minutes; one that fails alone much later is told alone.
func TestJoin(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		for i := range 6 {
			s.post(fmt.Sprint("s", i), Down)
		}
		s.sleep(2 * time.Minute)
		s.post("late", Down)
		s.sleep(10 * time.Minute)
		s.phones["ops"].want(t, "30s many sites fail at once (6)", "10m30s Reminder 1: many sites fail at once (7)")
		s.sleep(3 * time.Minute)
		s.post("alone", Down)
		s.sleep(time.Minute)
		if got := s.phones["ops"].got; got[len(got)-1] != "15m30s alone.example: down" {
			t.Errorf("got %q", got)
		}
	})
}

func TestDigestAcknowledged(t *testing.T) {
	var taken atomic.Bool
	play(t, Options{Receivers: []Receiver{ops()}, Acknowledged: func(string) bool { return taken.Load() }}, func(s *stage) {
		for i := range 6 {
			s.post(fmt.Sprint("s", i), Down)
		}
		s.sleep(time.Minute)
		taken.Store(true)
		s.sleep(3 * time.Hour)
		s.phones["ops"].want(t, "30s many sites fail at once (6)")
		for i := range 6 {
			s.post(fmt.Sprint("s", i), Recovering)
		}
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "30s many sites fail at once (6)", "3h1m5s All 6 sites that failed work again.")
	})
}

// TestDigestOverBeforeItWasTold says nothing at all.
func TestDigestOverBeforeItWasTold(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		for i := range 20 {
			s.post(fmt.Sprint("s", i), Disrupted)
		}
		s.sleep(10 * time.Second)
		for i := range 20 {
			s.post(fmt.Sprint("s", i), Recovering)
		}
		s.sleep(time.Hour)
		s.phones["ops"].want(t)
		if n, _ := s.Waiting(); n != 0 {
			t.Errorf("%d rows wait", n)
		}
	})
}
