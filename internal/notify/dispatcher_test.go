package notify

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestOneNight is an incident as its two receivers live through it.
func TestOneNight(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		s.postAs(Message{Kind: Disrupted, Key: "a", Staff: true})
		s.sleep(5 * time.Minute)
		s.post("a", Down)
		s.sleep(70 * time.Minute)
		s.post("a", Recovering)
		s.sleep(15 * time.Minute)
		s.post("a", Closed)
		s.sleep(2 * time.Hour)
		s.phones["ops"].want(t,
			"30s a.example: intermittent",
			"5m30s a.example: down",
			"35m0s Reminder 1: a.example: down",
			"1h5m0s Reminder 2: a.example: down",
			"1h15m30s a.example: answers again",
			"1h30m30s a.example: over",
		)
		s.phones["board"].want(t,
			"5m30s a.example: nede",
			"35m0s Påmindelse 1: a.example: nede",
			"1h5m0s Påmindelse 2: a.example: nede",
			"1h15m30s a.example: svarer igen",
			"1h30m30s a.example: overstået",
		)
	})
}

func TestStepsWithinTheWaitAreOneMessage(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.post("a", Suspected)
		s.sleep(10 * time.Second)
		s.post("a", Disrupted)
		s.sleep(10 * time.Second)
		s.post("a", Down)
		s.sleep(5 * time.Minute)
		s.phones["ops"].want(t, "30s a.example: down")
		if got := s.phones["ops"].notices()[0].Steps; len(got) != 2 || got[0].Kind != Suspected || got[1].Kind != Disrupted {
			t.Errorf("got steps %v", got)
		}
	})
}

func TestSameIsToldOnce(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		for range 3 {
			s.post("a", Down)
			s.sleep(time.Minute)
		}
		s.post("a", Disrupted) // better than down is no news
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "30s a.example: down")
		if got := s.untold(); got["duplicate"] != 2 || got["silenced"] != 1 {
			t.Errorf("got %v", got)
		}
	})
}

// TestAgain: what fails again before the incident is closed is told again.
func TestAgain(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		for _, kind := range []Kind{Down, Recovering, Down, Recovering, Closed} {
			s.post("a", kind)
			s.sleep(2 * time.Minute)
		}
		s.phones["ops"].want(t, "30s a.example: down", "2m30s a.example: answers again", "4m30s a.example: down", "6m30s a.example: answers again",
			"8m30s a.example: over")
	})
}

// TestEndOnlyForThoseWhoKnow: who was not told that it failed is not told that it works.
func TestEndOnlyForThoseWhoKnow(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		s.postAs(Message{Kind: Disrupted, Key: "a", Staff: true})
		s.sleep(time.Minute)
		s.post("a", Recovering)
		s.post("never heard of", Closed)
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "30s a.example: intermittent", "1m30s a.example: answers again")
		s.phones["board"].want(t)
	})
}

// TestOverBeforeItWasTold: an alarm that is wrong by the time it would be sent is not sent, and neither is its end.
func TestOverBeforeItWasTold(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.post("a", Disrupted)
		s.sleep(20 * time.Second)
		s.post("a", Recovering)
		s.sleep(20 * time.Minute)
		s.post("a", Closed)
		s.sleep(time.Hour)
		s.phones["ops"].want(t)
		if n, _ := s.Waiting(); n != 0 || s.untold()["overtaken"] != 1 {
			t.Errorf("%d rows wait, %v", n, s.untold())
		}
	})
}

func TestAcknowledged(t *testing.T) {
	var taken atomic.Bool
	play(t, Options{Receivers: []Receiver{ops(), board()}, Acknowledged: func(key string) bool { return taken.Load() && key == "a" }}, func(s *stage) {
		s.postAs(Message{Kind: Disrupted, Key: "a", Staff: true})
		s.sleep(time.Minute)
		taken.Store(true)
		s.post("a", Down) // the board hears of it for the first time, so it hears
		s.sleep(3 * time.Hour)
		s.post("a", Recovering)
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "30s a.example: intermittent", "3h1m30s a.example: answers again")
		s.phones["board"].want(t, "1m30s a.example: nede", "3h1m30s a.example: svarer igen")
	})
}

func TestMaintenance(t *testing.T) {
	var over atomic.Bool
	play(t, Options{Receivers: []Receiver{ops()}, Maintenance: func(site string) bool { return !over.Load() && site != "c.example" }}, func(s *stage) {
		s.post("a", Down)
		s.post("b", Down)
		s.post("c", Down)
		s.sleep(time.Hour)
		s.post("b", Recovering)
		s.sleep(time.Hour)
		over.Store(true) // and a is still down
		s.sleep(time.Minute)
		s.post("a", Recovering)
		s.sleep(time.Minute)
		got := s.phones["ops"].notices()
		for _, n := range got {
			if n.Sites[0].Name == "b.example" {
				t.Errorf("got %s", n.Subject())
			}
		}
		var about []string
		for _, line := range s.phones["ops"].got {
			if strings.Contains(line, "a.example") {
				about = append(about, line)
			}
		}
		if want := "2h0m35s a.example: down|2h1m30s a.example: answers again"; strings.Join(about, "|") != want {
			t.Errorf("got %q, want %q", about, want)
		}
	})
}

// TestProviderBack: while a provider is down its messages wait, and then come once, in order; the other channel is not late.
func TestProviderBack(t *testing.T) {
	both := ops()
	both.Channels = []Channel{{Name: "phone", Kind: "phone"}, {Name: "mail", Kind: "mail"}}
	play(t, Options{Receivers: []Receiver{both}, Reminder: -1}, func(s *stage) {
		mail := s.phones["ops/mail"]
		mail.set(func(Notice) (bool, error) { return true, errBusy })
		s.post("a", Down)
		s.sleep(10 * time.Minute)
		s.post("a", Recovering)
		s.sleep(10 * time.Minute)
		s.phones["ops"].want(t, "30s a.example: down", "10m30s a.example: answers again")
		if n, _ := s.Waiting(); n != 2 {
			t.Errorf("%d rows wait, want 2", n)
		}
		if mail.tries > 12 {
			t.Errorf("%d tries in 20 minutes", mail.tries)
		}
		mail.set(nil)
		s.sleep(13 * time.Minute) // the longest pause and its jitter
		var order []string
		for _, n := range mail.notices() {
			order = append(order, n.Kind.String())
		}
		if got := strings.Join(order, " "); got != "down recovering" {
			t.Errorf("got %s", got)
		}
		if n, _ := s.Waiting(); n != 0 {
			t.Errorf("%d rows wait", n)
		}
	})
}

// TestSlowDelaysNobody: one worker for each channel.
func TestSlowDelaysNobody(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), {Name: "slow"}}}, func(s *stage) {
		s.phones["slow"].hang(true)
		s.post("a", Down)
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "30s a.example: down")
		s.sleep(time.Minute)
		all, err := Deliveries(t.Context(), s.Outbox, 10)
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		lines := []string{all[0].String(), all[1].String()}
		if !strings.HasPrefix(lines[0], "failing since 00:01 to slow by phone: context deadline exceeded (tries: ") || lines[1] != "delivered 00:00 to ops by phone" {
			t.Errorf("got %q", lines)
		}
	})
}

func TestRefused(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		s.phones["ops"].set(func(n Notice) (bool, error) {
			if n.Sites[0].Name == "a.example" {
				return false, errors.New("answered 403 Forbidden")
			}
			return false, nil
		})
		s.post("a", Down)
		s.post("b", Down)
		s.sleep(time.Minute)
		s.phones["ops"].want(t, "30s b.example: down") // one that is refused is not in the way
		all, _ := Deliveries(t.Context(), s.Outbox, 10)
		if got := all[1].String(); got != "not delivered to ops by phone: answered 403 Forbidden" {
			t.Errorf("got %q", got)
		}
	})
}

func TestGivenUp(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}, Reminder: -1}, func(s *stage) {
		s.phones["ops"].set(func(Notice) (bool, error) { return true, errBusy })
		s.post("a", Down)
		s.sleep(GiveUpAfter + 15*time.Minute)
		if n, _ := s.Waiting(); n != 0 {
			t.Errorf("%d rows wait", n)
		}
		got := map[string]int{}
		s.Tries(func(kind, outcome string, n int) { got[kind+" "+outcome] = n })
		if got["phone expired"] != 1 || got["phone retry"] < 100 || got["phone retry"] > 1000 {
			t.Errorf("got %v", got)
		}
	})
}

// TestHours: what can wait waits for the morning; what cannot does not, and takes with it what waits of the same incident.
func TestHours(t *testing.T) {
	day := ops()
	day.Hours = Hours{From: 7 * time.Hour, To: 22 * time.Hour}
	play(t, Options{Receivers: []Receiver{day}, Reminder: -1}, func(s *stage) { // it is midnight
		s.post("a", Slow)
		s.post("b", Slow)
		s.postAs(Message{Kind: Listing, Key: "list c", Wait: true}, "c.example")
		s.sleep(time.Hour)
		s.post("b", Down)
		s.sleep(8 * time.Hour)
		s.post("d", Slow)
		s.sleep(time.Hour)
		s.phones["ops"].want(t, "1h0m30s b.example: down", "7h0m0s a.example: slow", "7h0m0s c.example: named on an attack list",
			"9h0m30s d.example: slow")
	})
}

// TestRoutes: what a label keeps to some goes to no other, and says so before anything else where it goes.
func TestRoutes(t *testing.T) {
	var all []Receiver
	for _, route := range []string{"house", "community", ""} {
		all = append(all, Receiver{Name: "of " + route, Route: route})
	}
	play(t, Options{Receivers: all, Reminder: -1}, func(s *stage) {
		s.postAs(Message{Kind: Listing, Key: "list a", Label: "TLP:AMBER+STRICT", Routes: []string{"house", "owner"}}, "a.example")
		s.postAs(Message{Kind: Listing, Key: "list b", Label: "TLP:CLEAR"}, "b.example")
		s.sleep(time.Minute)
		s.phones["of house"].want(t, "30s TLP:AMBER+STRICT a.example: named on an attack list", "30s TLP:CLEAR b.example: named on an attack list")
		for _, other := range []string{"of community", "of "} {
			s.phones[other].want(t, "30s TLP:CLEAR b.example: named on an attack list")
		}
		if n := s.untold()["withheld"]; n != 2 {
			t.Errorf("%d withheld, want 2", n)
		}
		if text := s.phones["of house"].notices()[0].Text(200); !strings.HasPrefix(text, "TLP:AMBER+STRICT ") {
			t.Errorf("the text begins otherwise: %s", text)
		}
	})
}

func TestHoursNext(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	at := func(hour, minute int) time.Time { return time.Date(2026, 3, 28, hour, minute, 0, 0, zone) }
	for _, tt := range []struct {
		hours   Hours
		t, want time.Time
	}{
		{Hours{}, at(3, 0), at(3, 0)},
		{Hours{7 * time.Hour, 22 * time.Hour}, at(3, 0), at(7, 0)},
		{Hours{7 * time.Hour, 22 * time.Hour}, at(7, 0), at(7, 0)},
		{Hours{7 * time.Hour, 22 * time.Hour}, at(21, 59), at(21, 59)},
		{Hours{7 * time.Hour, 22 * time.Hour}, at(22, 0), time.Date(2026, 3, 29, 7, 0, 0, 0, zone)}, // summer time begins in between
		{Hours{22 * time.Hour, 6*time.Hour + 30*time.Minute}, at(12, 0), at(22, 0)},
		{Hours{22 * time.Hour, 6*time.Hour + 30*time.Minute}, at(3, 0), at(3, 0)},
	} {
		if got := tt.hours.next(tt.t, zone); !got.Equal(tt.want) {
			t.Errorf("%v at %v: got %v, want %v", tt.hours, tt.t, got, tt.want)
		}
	}
}

func TestWhoHears(t *testing.T) {
	site := Receiver{Name: "site", Sites: []string{"a.example"}}
	group := Receiver{Name: "group", Groups: []string{"press"}}
	play(t, Options{Receivers: []Receiver{site, group}}, func(s *stage) {
		err := s.Post(t.Context(), Message{Kind: Down, Key: "x", At: time.Now(), Sites: []Site{
			{Name: "a.example"}, {Name: "b.example", Groups: []string{"press"}}, {Name: "c.example"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		s.sleep(time.Minute)
		s.phones["site"].want(t, "30s a.example: down") // and not a word of others' sites
		s.phones["group"].want(t, "30s b.example: down")
	})
}

func TestPostRefuses(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		good := Message{Kind: Down, Key: "a", At: time.Now(), Sites: []Site{{Name: "a.example"}}}
		for name, change := range map[string]func(*Message){
			"no kind":   func(m *Message) { m.Kind = KindNone },
			"bad kind":  func(m *Message) { m.Kind = 99 },
			"digest":    func(m *Message) { m.Kind = Digest },
			"test":      func(m *Message) { m.Kind = Test },
			"no key":    func(m *Message) { m.Key = "" },
			"no time":   func(m *Message) { m.At = time.Time{} },
			"no site":   func(m *Message) { m.Sites = nil },
			"long key":  func(m *Message) { m.Key = strings.Repeat("x", MaxKey+1) },
			"not UTF-8": func(m *Message) { m.Key = "\xff" },
		} {
			m := good
			change(&m)
			if s.Post(t.Context(), m) == nil {
				t.Errorf("%s: got no error", name)
			}
		}
	})
}

// TestLongMessageIsCut: an alarm is not lost for being long, or for a byte that is no text.
func TestLongMessageIsCut(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}}, func(s *stage) {
		m := Message{Kind: Down, Key: "a", Words: Text{English: "down\xff"}, Answer: Text{English: strings.Repeat("ø", MaxText)}}
		m.Links = make([]string, 2*MaxLinks)
		m.Vantages = make([]Vantage, 2*MaxVantages)
		s.postAs(m, make([]string, MaxSites+1)...)
		s.sleep(time.Minute)
		got := s.phones["ops"].notices()
		if len(got) != 1 {
			t.Fatalf("got %d messages", len(got))
		}
		n := got[0]
		if n.Words.English != "down" || len(n.Answer.English) > MaxText || len(n.Links) != MaxLinks || len(n.Vantages) != MaxVantages || len(n.Sites) != MaxSites {
			t.Errorf("got words %q, %d bytes, %d links, %d vantages, %d sites", n.Words.English, len(n.Answer.English), len(n.Links), len(n.Vantages), len(n.Sites))
		}
	})
}

// TestTooMuch: when too much waits, reminders go first, then what matters less than that a site is down; that stays.
func TestTooMuch(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}, MaxWaiting: 8}, func(s *stage) {
		s.phones["ops"].set(func(Notice) (bool, error) { return true, errBusy })
		for i := range 4 { // four sites are down, told, and due for a reminder
			s.post(fmt.Sprintf("down%d", i), Down)
			s.sleep(11 * time.Minute)
		}
		for i := range 6 {
			s.post(fmt.Sprintf("slow%d", i), Slow)
			s.sleep(11 * time.Minute)
		}
		for i := range 6 {
			s.post(fmt.Sprintf("more%d", i), Down)
			s.sleep(11 * time.Minute)
		}
		if n, limit := s.Waiting(); n != 10 || limit != 8 {
			t.Errorf("%d rows wait of %d, want the 10 first words that a site is down", n, limit)
		}
		s.phones["ops"].set(nil)
		s.sleep(15 * time.Minute)
		var downs int
		for _, n := range s.phones["ops"].notices() {
			if n.Kind != Down && n.Repeat == 0 {
				t.Errorf("got %s", n.Subject())
			}
			if n.Repeat == 0 {
				downs++
			}
		}
		if downs != 10 || s.untold()["dropped"] < 6 {
			t.Errorf("got %d, want 10; %v", downs, s.untold())
		}
	})
}

// TestBackoff: a pause doubles from 5 s to 10 min, with a jitter of a quarter.
func TestBackoff(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops()}, Reminder: -1}, func(s *stage) {
		var at []time.Time
		s.phones["ops"].set(func(Notice) (bool, error) {
			at = append(at, time.Now())
			return true, errBusy
		})
		s.post("a", Down)
		s.sleep(2 * time.Hour)
		want := 5 * time.Second
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap < want*3/4 || gap > want*5/4+time.Second {
				t.Errorf("pause %d is %v, want %v", i, gap, want)
			}
			want = min(2*want, 10*time.Minute)
		}
	})
}

// TestAtOnce posts from many goroutines, for the race detector.
func TestAtOnce(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		for i := range 50 {
			go func() {
				m := Message{Kind: Down, Key: fmt.Sprint(i), At: time.Now(), Sites: []Site{{Name: "a.example"}}}
				if err := s.Post(s.Context(), m); err != nil {
					t.Error(err)
				}
				s.Waiting()
				s.Failing(func(string, string, int) {})
			}()
		}
		s.sleep(time.Minute)
		synctest.Wait()
		if got := len(s.phones["ops"].notices()); got != 50 { // 50 incidents of one site are no storm
			t.Errorf("got %d, want 50", got)
		}
	})
}
