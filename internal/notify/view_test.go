package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// about is a message about sites of which each stands so: "a down" and the like; what is at most disrupted is for staff.
func about(key string, at time.Time, sites ...string) Message {
	m := Message{Key: key, At: at}
	for _, text := range sites {
		name, kind, _ := strings.Cut(text, " ")
		s := Site{Name: name + ".example"}
		if err := s.Kind.UnmarshalText([]byte(kind)); err != nil {
			panic(err)
		}
		s.Staff = s.Kind == Suspected || s.Kind == Disrupted
		s.Vantages = []Vantage{{"dk1", Text{English: name + " is " + kind}}}
		if m.Kind == KindNone || s.Kind.Fails() && (s.Kind > m.Kind || !m.Kind.Fails()) {
			m.Kind = s.Kind
		}
		m.Sites = append(m.Sites, s)
	}
	return m
}

// each posts a message about sites that stand so.
func (s *stage) each(key string, sites ...string) {
	s.Helper()
	s.repeat(about(key, time.Now(), sites...))
}

// TestOwnSites: of an incident of several everybody is told about their own, and of those as they stand.
func TestOwnSites(t *testing.T) {
	mine := func(name string) Receiver {
		return Receiver{Name: name, Staff: true, Sites: []string{name + ".example"}}
	}
	play(t, Options{Receivers: []Receiver{ops(), board(), mine("a"), mine("b"), mine("c")}, Reminder: -1}, func(s *stage) {
		s.sleep(time.Second)
		s.each("x", "a disrupted", "b disrupted")
		s.sleep(5 * time.Minute)
		s.each("x", "a down", "b disrupted")
		s.sleep(5 * time.Minute)
		s.each("x", "a recovering", "b disrupted")
		s.sleep(5 * time.Minute)
		s.each("x", "a closed", "b recovering")
		s.sleep(15 * time.Minute)
		s.each("x", "a closed", "b closed")
		s.sleep(time.Hour)
		s.phones["ops"].want(t, "31s a.example and 1 more: intermittent", "5m31s a.example and 1 more: down", "12m5s Update: b.example: intermittent",
			"15m31s b.example and 1 more: answers again", "30m31s a.example and 1 more: over")
		s.phones["board"].want(t, "5m31s a.example: nede", "10m31s a.example: svarer igen", "15m31s a.example: overstået")
		s.phones["a"].want(t, "31s a.example: intermittent", "5m31s a.example: down", "10m31s a.example: answers again", "15m31s a.example: over")
		s.phones["b"].want(t, "31s b.example: intermittent", "15m31s b.example: answers again", "30m31s b.example: over")
		s.phones["c"].want(t)
		for _, n := range append(s.phones["b"].notices(), s.phones["a"].notices()...) {
			text := n.Text(4000)
			for other, of := range map[string]string{"a": "b", "b": "a"} {
				if n.Receiver == of && (strings.Contains(text, other+".example") || strings.Contains(text, other+" is")) {
					t.Errorf("%s is told of another's site:\n%s", of, text)
				}
			}
		}
		text := s.phones["ops"].notices()[1].Text(4000)
		for _, line := range []string{"\na.example seen from:\n- dk1: a is down\n", "\n- a.example\n- b.example: intermittent\n"} {
			if !strings.Contains(text, line) {
				t.Errorf("there is no %q in\n%s", line, text)
			}
		}
	})
}

// TestWordsOfTheLongest: what is said of several that stand alike are the words of the one for which it lasted longest.
func TestWordsOfTheLongest(t *testing.T) {
	begun := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	m := about("x", begun.Add(time.Hour), "a recovering", "b recovering")
	for i, minutes := range []int{8, 28} {
		s := &m.Sites[i]
		s.Since, s.Until = Interval{begun, begun}, Interval{begun, begun.Add(time.Duration(minutes) * time.Minute)}
		s.Words = Text{English: fmt.Sprint(minutes, " minutes")}
	}
	got, ok := (&Receiver{Staff: true}).view(m, map[string]bool{"a.example": true, "b.example": true})
	if !ok || got.Words.English != "28 minutes" || got.Sites[0].Name != "a.example" || got.Sites[0].Words.English != "8 minutes" || got.Sites[1].Words != (Text{}) {
		t.Errorf("got %+v", got)
	}
	if !got.Until.Latest.Equal(begun.Add(28 * time.Minute)) {
		t.Errorf("it ended at %v", got.Until)
	}
}

// TestNoLongerNamed: a site that was told to fail and has no part in the incident any more, as when votes were withdrawn, is told to be over.
func TestNoLongerNamed(t *testing.T) {
	play(t, Options{Receivers: []Receiver{{Name: "a", Staff: true, Sites: []string{"a.example"}}}}, func(s *stage) {
		s.each("x", "a disrupted", "b disrupted")
		s.sleep(time.Minute)
		s.each("x", "b disrupted")
		s.sleep(time.Hour)
		s.phones["a"].want(t, "30s a.example: intermittent", "1m30s a.example: over")
	})
}

// TestGrowsWhileItWaits: the first message says what is known when it goes out.
func TestGrowsWhileItWaits(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.each("x", "a disrupted")
		for _, more := range [][]string{{"a disrupted", "b disrupted"}, {"a disrupted", "b disrupted", "c disrupted"}} {
			s.sleep(10 * time.Second)
			s.each("x", more...)
		}
		s.sleep(20 * time.Minute)
		s.phones["ops"].want(t, "30s a.example and 2 more: intermittent")
	})
}

// TestGrowsAfterItWasTold: more sites are told of within minutes, at growing distances; other words are not.
func TestGrowsAfterItWasTold(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.sleep(time.Second)
		var sites []string
		for i := range 12 {
			sites = append(sites, fmt.Sprintf("s%02d down", i))
			s.each("x", sites...)
			s.sleep(time.Minute)
		}
		m := about("x", time.Now(), sites...)
		m.Words = Text{English: "down for long"}
		s.repeat(m)
		s.sleep(40 * time.Minute)
		s.phones["ops"].want(t, "31s s00.example: down", "2m35s Update: s00.example and 2 more: down", "6m35s Update: s00.example and 6 more: down",
			"14m35s Update: s00.example and 11 more: down for long", "44m5s Reminder 1: s00.example and 11 more: down for long")
	})
}

// TestAnotherCause: when "is it us or our provider?" has another answer, whoever got the first is told; and when there is no more to say, nothing.
func TestAnotherCause(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}, Reminder: -1}, func(s *stage) {
		s.sleep(time.Second)
		for i, cause := range []string{"site", "common", "common", "common"} {
			m := about("x", time.Now(), "a down")
			m.Cause, m.Answer = cause, Text{English: fmt.Sprint(cause, i)}
			s.repeat(m)
			s.sleep(5 * time.Minute)
		}
		s.phones["ops"].want(t, "31s a.example: down", "5m35s Update: a.example: down")
		if got := s.phones["ops"].notices()[1].Answer.English; got != "common1" {
			t.Errorf("got %q", got)
		}
	})
}

// TestUpdateEnds: an update that waits is not what a channel was told first, so its end is told.
func TestUpdateEnds(t *testing.T) {
	day := ops()
	day.Hours = Hours{From: 7 * time.Hour, To: 22 * time.Hour}
	play(t, Options{Receivers: []Receiver{day}, Reminder: -1}, func(s *stage) {
		s.sleep(21*time.Hour + 50*time.Minute)
		slow := func(sites ...string) {
			m := about("x", time.Now(), sites...)
			m.Wait = true
			s.repeat(m)
		}
		slow("a slow")
		s.sleep(20 * time.Minute)
		slow("a slow", "b slow")
		s.sleep(20 * time.Minute)
		slow("a recovering", "b recovering")
		s.sleep(10 * time.Hour)
		s.phones["ops"].want(t, "21h50m30s a.example: slow", "31h0m0s a.example and 1 more: answers again")
	})
}

// TestStepOverBeforeItWasTold: that it got worse is not told when it is over by then; that it is over is, because the beginning was.
func TestStepOverBeforeItWasTold(t *testing.T) {
	for _, restart := range []bool{false, true} {
		play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
			s.post("a", Disrupted)
			s.sleep(5 * time.Minute)
			s.post("a", Down)
			s.sleep(10 * time.Second)
			if restart {
				s.close()
				s.open()
			}
			s.post("a", Recovering)
			s.sleep(time.Hour)
			s.phones["ops"].want(t, "30s a.example: intermittent", "5m40s a.example: answers again")
		})
	}
}

// TestRemindersOfWhatLasts: whatever lasts is said again, not only that a site is down; what can wait waits for the morning, once.
func TestRemindersOfWhatLasts(t *testing.T) {
	for _, kind := range []Kind{Slow, Suspected, Disrupted, Down} {
		play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
			s.post("a", kind)
			s.sleep(65 * time.Minute)
			words := said[kind].English
			s.phones["ops"].want(t, "30s a.example: "+words, "30m0s Reminder 1: a.example: "+words, "1h0m0s Reminder 2: a.example: "+words)
		})
	}
	day := ops()
	day.Hours = Hours{From: 7 * time.Hour, To: 22 * time.Hour}
	play(t, Options{Receivers: []Receiver{day}}, func(s *stage) {
		s.sleep(21*time.Hour + 50*time.Minute)
		s.post("a", Slow)
		s.sleep(9*time.Hour + 11*time.Minute)
		s.phones["ops"].want(t, "21h50m30s a.example: slow", "31h0m0s Reminder 1: a.example: slow")
	})
}

// TestUpdateOverARestart: what is news is told after a restart too, and what was told is not told again.
func TestUpdateOverARestart(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		s.each("x", "a down", "b disrupted")
		s.sleep(time.Minute)
		s.close()
		s.open()
		s.each("x", "a down", "b down")
		s.sleep(5 * time.Minute)
		s.close()
		s.open()
		s.each("x", "a down", "b down")
		s.sleep(10 * time.Minute)
		s.each("x", "a recovering", "b recovering")
		s.sleep(10 * time.Minute)
		s.phones["ops"].want(t, "30s a.example and 1 more: down", "2m30s Update: a.example and 1 more: down", "16m30s a.example and 1 more: answers again")
		s.phones["board"].want(t, "30s a.example: nede", "2m30s Nyt: a.example og 1 til: nede", "16m30s a.example og 1 til: svarer igen")
	})
}

// TestGrowsInADigest: an incident of many sites that grows in a storm is counted as it stands, and so is what is back of it.
func TestGrowsInADigest(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.each("x", "a down")
		for i := range 5 {
			s.each(fmt.Sprint(i), fmt.Sprintf("s%d down", i))
		}
		s.sleep(time.Minute)
		s.each("x", "a down", "b down", "c down")
		s.sleep(10 * time.Minute)
		s.each("x", "a down", "b down", "c recovering")
		s.sleep(30 * time.Minute)
		for i := range 5 {
			s.each(fmt.Sprint(i), fmt.Sprintf("s%d recovering", i))
		}
		s.each("x", "a recovering", "b recovering", "c recovering")
		s.sleep(10 * time.Minute)
		s.phones["ops"].want(t, "30s many sites fail at once (6)", "10m30s Reminder 1: many sites fail at once (8)", "40m30s Reminder 2: many sites fail at once (7)",
			"41m5s All 8 sites that failed work again.")
		if got := s.phones["ops"].notices()[2]; got.Back != 1 || len(got.Sites) != 7 {
			t.Errorf("got %d back and %d sites", got.Back, len(got.Sites))
		}
	})
}

// TestGrowthMakesAStorm: sites that join an incident count as those that begin one.
func TestGrowthMakesAStorm(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.each("y", "other down")
		s.each("x", "a down")
		s.sleep(10 * time.Second)
		s.each("x", "a down", "b down", "c down", "d down", "e down")
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "40s many sites fail at once (6)")
	})
}

// TestAllRecoverInTurn: sites that answer again within two minutes are one message, not an update first.
func TestAllRecoverInTurn(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.sleep(time.Second)
		s.each("x", "a down", "b down")
		s.sleep(10 * time.Minute)
		s.each("x", "a recovering", "b down")
		s.sleep(100 * time.Second)
		s.each("x", "a recovering", "b recovering")
		s.sleep(10 * time.Minute)
		s.phones["ops"].want(t, "31s a.example and 1 more: down", "12m11s a.example and 1 more: answers again")
	})
}
