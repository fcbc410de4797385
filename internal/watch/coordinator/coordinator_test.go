package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/membus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stage is a coordinator on a bus in memory, and a vantage that speaks by hand.
type stage struct {
	*testing.T
	c    *Coordinator
	line *membus.Conn
	ear  bus.Queue
	hub  *membus.Hub

	mu    sync.Mutex
	got   []Report
	fails int // calls of Take that are still to fail
}

func (s *stage) take(_ context.Context, rs []Report) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails > 0 {
		s.fails--
		return errors.New("the disk is full")
	}
	s.got = append(s.got, rs...)
	return nil
}

// play runs a coordinator with the vantages cph-1 and arh-1 and one site in a bubble while during does.
func play(t *testing.T, during func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		hub, err := membus.New(bus.Limits{})
		check(t, err)
		s := &stage{T: t, hub: hub, line: hub.Agent("cph-1")}
		lookout := hub.Lookout()
		s.c, err = New(Options{Bus: lookout, Take: s.take, Logger: slog.New(slog.DiscardHandler)})
		check(t, err)
		check(t, s.c.SetVantages(places("cph-1/AS64500/DK", "arh-1/AS64501/DK")))
		s.c.SetSites(sites("www.example.org"))
		s.ear, err = s.line.Listen(t.Context(), "cph-1")
		check(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.c.Run(ctx) }()
		synctest.Wait()
		during(s)
		cancel()
		check(t, <-ended)
		check(t, errors.Join(s.ear.Close(), s.line.Close(), lookout.Close()))
	})
}

// told returns what the vantage has been told so far.
func (s *stage) told() (all []message.Assignment) {
	s.Helper()
	for {
		ctx, cancel := context.WithTimeout(s.Context(), time.Nanosecond)
		batch, err := s.ear.Next(ctx, 100)
		cancel()
		if err != nil {
			return all
		}
		for _, d := range batch {
			e, err := bus.Open(d.Message)
			check(s.T, err)
			a, err := message.ReadAssignment(e.Payload)
			check(s.T, err)
			all = append(all, a)
		}
	}
}

func (s *stage) say(k bus.Kind, n int64, payload any) {
	s.Helper()
	b, err := json.Marshal(payload)
	check(s.T, err)
	m, err := bus.Envelope{Kind: k, Vantage: "cph-1", Run: "r1", Sequence: n, Sent: time.Now(), Payload: b}.Message()
	check(s.T, err)
	check(s.T, s.line.Publish(s.Context(), m))
}

func result(site string, at time.Time) message.Result {
	return message.Result{Site: site, Probe: probe.Result{URL: "https://" + site + "/", Class: probe.OK, Phase: probe.PhaseDone, At: at, Vantage: "cph-1"}}
}

func TestTellsAndRenews(t *testing.T) {
	play(t, func(s *stage) {
		first := s.told()
		want := []message.Site{{Name: "www.example.org", URL: "https://www.example.org/", EverySeconds: 60}}
		if len(first) != 1 || cmp.Diff(want, first[0].Sites) != "" || first[0].HoldSeconds != 600 || first[0].ID == "" {
			t.Fatalf("told %+v", first)
		}
		time.Sleep(5 * time.Minute)
		again := s.told()
		if len(again) != 2 || again[0].Sites != nil || again[0].ID != first[0].ID {
			t.Fatalf("in five minutes it was told %+v", again)
		}
		s.c.SetSites(sites("www.example.org", "shop.example.org"))
		time.Sleep(2 * time.Second)
		other := s.told()
		if len(other) != 1 || len(other[0].Sites) != 2 || other[0].Sites[0].EverySeconds != 120 || other[0].ID == first[0].ID {
			t.Fatalf("of two sites it was told %+v", other)
		}
		s.c.SetSites(nil)
		time.Sleep(3 * time.Second)
		if none := s.told(); len(none) != 1 || none[0].Sites == nil || len(none[0].Sites) != 0 {
			t.Fatalf("of no sites it was told %+v", none)
		}
	})
}

func TestLineOfTheLookout(t *testing.T) {
	play(t, func(s *stage) {
		s.told()
		s.c.options.Bus.(*membus.Conn).Cut(true)
		s.c.SetSites(sites("www.example.net"))
		time.Sleep(time.Minute)
		s.c.options.Bus.(*membus.Conn).Cut(false)
		time.Sleep(5 * time.Second)
		if got := s.told(); len(got) == 0 || len(got[0].Sites) != 1 || got[0].Sites[0].Name != "www.example.net" {
			t.Errorf("after the line came back it was told %+v", got)
		}
		if st := s.c.Stats(); st.Untold == 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestHealthIsAnswered(t *testing.T) {
	play(t, func(s *stage) {
		id := s.told()[0].ID
		asked := time.Now().UTC()
		s.say(bus.Health, 1, message.Health{At: asked, Held: ""})
		time.Sleep(3 * time.Second)
		got := s.told()
		if len(got) == 0 || got[0].Clock == nil || !got[0].Clock.Asked.Equal(asked) || got[0].Clock.Received.Before(asked) || got[0].Clock.Sent.Before(got[0].Clock.Received) {
			t.Fatalf("answered %+v", got)
		}
		if last := got[len(got)-1]; len(last.Sites) != 1 {
			t.Errorf("who holds nothing was told %+v", last)
		}
		s.say(bus.Health, 2, message.Health{At: time.Now(), Held: id, Waiting: 7, Dropped: 2})
		s.say(bus.Health, 1, message.Health{At: asked, Held: "older"}) // comes late
		time.Sleep(3 * time.Second)
		got = s.told()
		if len(got) != 1 || got[0].Sites != nil || got[0].Clock == nil {
			t.Errorf("who holds it was told %+v", got)
		}
		v := s.c.Stats().Vantages["cph-1"]
		if !v.UpToDate || v.Waiting != 7 || v.Dropped != 2 || v.Sites != 1 || v.Heard.IsZero() {
			t.Errorf("%+v", v)
		}
		s.c.AskSelf("cph-1")
		time.Sleep(2 * time.Second)
		if got := s.told(); len(got) != 1 || !got[0].AskSelf {
			t.Errorf("told %+v, want to test itself", got)
		}
		if asked, full := s.c.AskNow("www.example.org"); len(full) != 0 || !slices.Equal(asked, []string{"arh-1", "cph-1"}) {
			t.Errorf("%q are to ask at once", asked)
		}
		if asked, full := s.c.AskNow("www.example.net"); len(asked)+len(full) != 0 {
			t.Errorf("%q are to ask what they are not to ask at all", asked)
		}
		time.Sleep(2 * time.Second)
		if got := s.told(); len(got) != 1 || !slices.Equal(got[0].Now, []string{"www.example.org"}) || got[0].Sites != nil {
			t.Errorf("told %+v, want to ask at once", got)
		}
	})
}

func TestDoubt(t *testing.T) {
	play(t, func(s *stage) {
		s.told()
		s.c.Doubt("www.example.org", time.Now().Add(5*time.Minute))
		s.c.Doubt("unknown.example", time.Now().Add(5*time.Minute))
		time.Sleep(3 * time.Second)
		got := s.told()
		if len(got) != 1 || got[0].Sites[0].EverySeconds != 30 || got[0].Sites[0].DoubtSeconds < 295 || got[0].Sites[0].DoubtSeconds > 300 {
			t.Fatalf("told %+v", got)
		}
		time.Sleep(6 * time.Minute)
		got = s.told()
		if last := got[len(got)-1]; last.Sites == nil && got[len(got)-2].Sites == nil {
			t.Fatalf("after the doubt it was told %+v", got)
		}
		for _, a := range got {
			if len(a.Sites) > 0 && (a.Sites[0].EverySeconds != 60 || a.Sites[0].DoubtSeconds != 0) {
				t.Errorf("after the doubt it was told %+v", a)
			}
		}
	})
}

func TestReceives(t *testing.T) {
	play(t, func(s *stage) {
		now := time.Now().UTC()
		s.say(bus.Result, 1, result("www.example.org", now))
		s.say(bus.Result, 2, result("www.example.org", now.Add(-3*time.Minute)))
		s.say(bus.Health, 3, message.Health{At: now, Resolver: true})
		s.say(bus.Result, 4, result("foreign.example", now))
		other := result("www.example.org", now)
		other.Probe.Vantage = "arh-1"
		s.say(bus.Result, 5, other)
		s.say(bus.Result, 6, map[string]int{"site": 1})
		check(t, s.line.Publish(s.Context(), bus.Message{Subject: bus.Subject{Kind: bus.Result, Vantage: "cph-1"}, Data: []byte("no envelope")}))
		strange := s.hub.Agent("nobody")
		m, err := bus.Envelope{Kind: bus.Health, Vantage: "nobody", Run: "r", Sequence: 1, Sent: now, Payload: json.RawMessage(`{"at":"2025-11-17T12:00:00Z"}`)}.Message()
		check(t, err)
		check(t, strange.Publish(s.Context(), m))
		time.Sleep(2 * time.Second)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.got) != 3 {
			t.Fatalf("passed on were %+v", s.got)
		}
		for i, r := range s.got {
			if r.Vantage != "cph-1" || r.Run != "r1" || r.Sequence != int64(i+1) || r.Late != (i == 1) || (r.Health != nil) != (i == 2) || (r.Result != nil) == (i == 2) {
				t.Errorf("%+v", r)
			}
		}
		st := s.c.Stats()
		want := map[Why]int64{Unreadable: 3, StrangeSite: 1, StrangeVantage: 1}
		if diff := cmp.Diff(want, st.Dropped); diff != "" || st.Results != 2 || st.Healths != 1 || st.Late != 1 {
			t.Errorf("%+v\n%s", st, diff)
		}
		if n := s.hub.Kept(); n != 0 {
			t.Errorf("the bus still keeps %d", n)
		}
	})
}

// TestWhatCameMeanwhile: results from before the lookout began, within a minute of its end, are history with their times.
func TestWhatCameMeanwhile(t *testing.T) {
	play(t, func(s *stage) {
		begun := time.Now().UTC()
		s.say(bus.Result, 1, result("www.example.org", begun.Add(-20*time.Second)))
		s.say(bus.Result, 2, result("www.example.org", begun.Add(time.Second)))
		s.say(bus.Health, 3, message.Health{At: begun.Add(-20 * time.Second), Resolver: true})
		time.Sleep(2 * time.Second)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.got) != 3 {
			t.Fatalf("passed on were %+v", s.got)
		}
		for i, late := range []bool{true, false, false} {
			if s.got[i].Late != late {
				t.Errorf("report %d: late is %v", i+1, s.got[i].Late)
			}
		}
		if at := s.got[0].Result.Probe.At; !at.Equal(begun.Add(-20 * time.Second)) {
			t.Errorf("the time became %v", at)
		}
	})
}

// TestTakeFails: what was not taken is offered again, and stays on the bus until then.
func TestTakeFails(t *testing.T) {
	play(t, func(s *stage) {
		s.fails = 3
		s.say(bus.Result, 1, result("www.example.org", time.Now()))
		time.Sleep(time.Second)
		if n := s.hub.Kept(); n != 1 {
			t.Errorf("the bus keeps %d while nothing was taken", n)
		}
		time.Sleep(4 * retry)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.got) != 1 || s.hub.Kept() != 0 {
			t.Errorf("taken were %d, the bus keeps %d", len(s.got), s.hub.Kept())
		}
	})
}

func TestVantagesAreChecked(t *testing.T) {
	play(t, func(s *stage) {
		for name, v := range map[string][]Vantage{
			"name": {{Name: "*"}}, "two": {{Name: "a"}, {Name: "a"}}, "many": make([]Vantage, maxVantages+1),
		} {
			if err := s.c.SetVantages(v); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		check(t, s.c.SetVantages(places("arh-1/AS64501/DK")))
		time.Sleep(10 * time.Minute)
		s.told()
		time.Sleep(10 * time.Minute)
		if got := s.told(); len(got) != 0 {
			t.Errorf("a vantage that is not on the list was told %+v", got)
		}
	})
}

func TestOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("no error without anything")
	}
}
