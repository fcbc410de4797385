package agent

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func TestAsksWhatIsAssigned(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.assign(message.Assignment{ID: "one", HoldSeconds: 600, Sites: []message.Site{site("www.example.org", 60), site("www.example.net", 60), site("foreign.example", 60)}})
		time.Sleep(3*time.Minute + 2*time.Second)
		s.collect()
		s.once()
		count := map[string]int{}
		for _, r := range s.results() {
			count[r.Site]++
			if r.Probe.Class != probe.OK || r.Probe.URL != "https://"+r.Site+"/" {
				t.Errorf("%s: %s", r.Site, r.Probe.Class)
			}
		}
		if count["www.example.org"] != 3 || count["www.example.net"] != 3 || len(count) != 2 {
			t.Errorf("in three minutes came %v, want three of each that may be asked", count)
		}
		if st := s.agent.Stats(); st.Sites != 2 || st.Refused != 1 || st.Held != "one" || st.Waiting != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// TestLineCut: what is found while the line is down comes later, in full, once, with its own times; what is fresh comes first.
func TestLineCut(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.assign(message.Assignment{ID: "one", HoldSeconds: 3600, Sites: []message.Site{site("www.example.org", 60), site("www.example.net", 60)}})
		time.Sleep(2*time.Minute + 2*time.Second)
		s.collect()
		before := len(s.results())
		s.line.Cut(true)
		time.Sleep(50 * time.Minute)
		s.line.Cut(false)
		s.agent.Connected()
		synctest.Wait()
		s.collect()
		s.once()
		all := s.results()
		if before != 4 || len(all) != 104 || len(s.prober.gets()) != 104 {
			t.Fatalf("%d results before and %d in all of %d GET, want 4 and 104", before, len(all), len(s.prober.gets()))
		}
		// Thirty-two are sent at once, in no order; and yet.
		var early, late time.Duration
		for i, r := range all[before:] {
			if since := r.Probe.At.Sub(all[0].Probe.At); i < 50 {
				early += since / 50
			} else {
				late += since / 50
			}
		}
		if early <= late {
			t.Errorf("what came first was found %v after the cut on average, what came last %v", early, late)
		}
	})
}

// TestFullBus: what the bus does not take waits, and is not tried ever faster.
func TestFullBus(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.line.Cut(true)
		s.assignAs("x", 1, message.Assignment{ID: "one", HoldSeconds: 3600, Sites: []message.Site{}})
		time.Sleep(time.Hour)
		s.line.Cut(false)
		time.Sleep(longPause + 2*time.Second) // by itself, without being told that the line is back
		if waiting, _ := s.box.Size(); waiting != 0 {
			t.Errorf("%d still wait", waiting)
		}
	})
}

func TestAssignmentEnds(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.assign(message.Assignment{ID: "one", HoldSeconds: 120, Sites: []message.Site{site("www.example.org", 60)}})
		time.Sleep(100 * time.Second)
		s.assign(message.Assignment{ID: "two", HoldSeconds: 120}) // another one is renewed
		time.Sleep(10 * time.Minute)
		if n := len(s.prober.gets()); n != 2 {
			t.Errorf("%d GET, want the 2 of two minutes", n)
		}
		if st := s.agent.Stats(); st.Held != "" || st.Sites != 0 {
			t.Errorf("%+v", st)
		}
		s.collect()
		h := s.healths()
		if h[len(h)-1].Held != "" {
			t.Errorf("it says that it goes by %q", h[len(h)-1].Held)
		}
	})
}

func TestAssignmentIsRenewed(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.assign(message.Assignment{ID: "one", HoldSeconds: 120, Sites: []message.Site{site("www.example.org", 60)}})
		for range 10 {
			time.Sleep(time.Minute)
			s.assign(message.Assignment{ID: "one", HoldSeconds: 120})
		}
		if n := len(s.prober.gets()); n != 10 {
			t.Errorf("%d GET in ten minutes, want 10", n)
		}
		s.assign(message.Assignment{ID: "none", HoldSeconds: 120, Sites: []message.Site{}})
		time.Sleep(5 * time.Minute)
		if n := len(s.prober.gets()); n != 10 {
			t.Errorf("%d GET, after nothing was left to ask", n)
		}
	})
}

func TestOldAssignmentsAreLeft(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.assignAs("r1", 5, message.Assignment{ID: "new", HoldSeconds: 600, Sites: []message.Site{}})
		s.assignAs("r1", 4, message.Assignment{ID: "old", HoldSeconds: 600, Sites: []message.Site{site("www.example.org", 60)}})
		if st := s.agent.Stats(); st.Held != "new" || st.Unread != 1 {
			t.Errorf("%+v", st)
		}
		s.assignAs("r2", 1, message.Assignment{ID: "restarted", HoldSeconds: 600, Sites: []message.Site{}})
		check(t, s.lookout.Publish(s.Context(), bus.Message{Subject: bus.Subject{Kind: bus.Assign, Vantage: "cph-1"}, Data: []byte(`{"stream":"X","seq":1}`)}))
		synctest.Wait()
		if st := s.agent.Stats(); st.Held != "restarted" || st.Unread != 2 {
			t.Errorf("%+v", st)
		}
	})
}

// inAnyMinute returns the largest number of times in any window of a minute.
func inAnyMinute(at []time.Time) (most int) {
	for i := range at {
		n := 0
		for _, other := range at[i:] {
			if other.Sub(at[i]) < probe.Window {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// TestForgedPace: assignments at 100 a second that want every site asked all the time change nothing about its pace.
func TestForgedPace(t *testing.T) {
	play(t, nil, func(s *stage) {
		for i := range 100 * 120 { // two minutes
			every := []int{-1, 0, 1, 60}[i%4]
			sites := []message.Site{site("www.example.org", every), site(fmt.Sprintf("x%d.example.org", i), every)}
			sites[0].DoubtSeconds = 3600 * (i % 2)
			s.assignAs(fmt.Sprint("forged-", i), 1, message.Assignment{ID: fmt.Sprint(i), HoldSeconds: 3600, Sites: sites})
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(20 * time.Minute)
		if n := inAnyMinute(s.prober.gets()); n > probe.DoubtGETs/3 {
			t.Errorf("%d GET in one minute", n)
		}
		begun := map[time.Time]int{}
		for _, r := range s.prober.began {
			begun[r.At.Truncate(time.Minute)]++
		}
		for minute, n := range begun {
			if n > mostTurns {
				t.Errorf("%d probes began in the minute from %v", n, minute)
			}
		}
	})
}

// TestDoubt: the pace doubles, at once, and for ten minutes at most, whatever is asked for.
func TestDoubt(t *testing.T) {
	play(t, nil, func(s *stage) {
		calm, doubt := site("www.example.org", 60), site("www.example.org", 1)
		doubt.DoubtSeconds = 3600
		s.assign(message.Assignment{ID: "calm", HoldSeconds: 3600, Sites: []message.Site{calm}})
		time.Sleep(5*time.Minute + 30*time.Second)
		before := len(s.prober.gets())
		s.assign(message.Assignment{ID: "doubt", HoldSeconds: 3600, Sites: []message.Site{doubt}})
		if n := len(s.prober.gets()); n != before+1 {
			t.Errorf("%d GET at once, want one", n-before)
		}
		time.Sleep(10 * time.Minute)
		in := len(s.prober.gets()) - before
		if in < 18 || in > 21 {
			t.Errorf("%d GET in ten minutes of doubt, want about 20", in)
		}
		time.Sleep(10 * time.Minute)
		if after := len(s.prober.gets()) - before - in; after > 11 {
			t.Errorf("%d GET in the ten minutes after it", after)
		}
		if n := inAnyMinute(s.prober.gets()); n > 2 {
			t.Errorf("%d GET in one minute", n)
		}
	})
}

// TestAsksNow: what is to be asked at once is, as far as the budget has room, and nothing that was not assigned.
func TestAsksNow(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.assign(message.Assignment{ID: "a", HoldSeconds: 3600, Sites: []message.Site{site("www.example.org", 600)}})
		time.Sleep(11 * time.Minute)
		before := s.prober.gets()
		time.Sleep(2 * time.Minute)
		if n := len(s.prober.gets()); n != len(before) {
			t.Fatalf("it was asked %d times meanwhile", n-len(before))
		}
		for range 20 {
			s.assign(message.Assignment{ID: "a", HoldSeconds: 3600, Now: []string{"www.example.org", "www.example.net"}})
		}
		time.Sleep(time.Second)
		if n := len(s.prober.gets()) - len(before); n != 1 {
			t.Errorf("%d GET at once, want one", n)
		}
		time.Sleep(5 * time.Minute)
		if n := inAnyMinute(s.prober.gets()); n > 1 {
			t.Errorf("%d GET in one minute of peace", n)
		}
	})
}

// TestSharesADomain: several sites of one registrable domain share its budget, and each has its turn.
func TestSharesADomain(t *testing.T) {
	play(t, nil, func(s *stage) {
		var sites []message.Site
		for i := range 3 {
			sites = append(sites, site(fmt.Sprintf("s%d.example.org", i), 180))
		}
		s.assign(message.Assignment{ID: "one", HoldSeconds: 3600, Sites: sites})
		time.Sleep(31 * time.Minute)
		s.collect()
		count := map[string]int{}
		for _, r := range s.results() {
			count[r.Site]++
		}
		for _, x := range sites {
			if n := count[x.Name]; n < 8 || n > 11 {
				t.Errorf("%s: %d results in half an hour, want about 10", x.Name, n)
			}
		}
		if n := inAnyMinute(s.prober.gets()); n > 1 {
			t.Errorf("%d GET in one minute", n)
		}
	})
}

// TestRestart: what was asked before counts after, and where that is not known, nothing is asked for a minute.
func TestRestart(t *testing.T) {
	for _, ended := range []bool{true, false} {
		t.Run(fmt.Sprintf("ended=%v", ended), func(t *testing.T) {
			play(t, func(o *Options) {
				box := newBox()
				box.ended = ended
				if ended {
					box.state = probe.BudgetState{"example.org": {Sent: []time.Time{time.Now()}}}
				}
				o.Box = box
			}, func(s *stage) {
				if s.box.ended {
					t.Error("a program that runs has not ended")
				}
				began := time.Now()
				s.assign(message.Assignment{ID: "one", HoldSeconds: 600, Sites: []message.Site{site("www.example.org", 60)}})
				time.Sleep(5 * time.Minute)
				at := s.prober.gets()
				if len(at) < 4 || at[0].Sub(began) < probe.Window {
					t.Errorf("asked at %v, from %v on", at, began)
				}
			})
		})
	}
}

func TestEndKeepsAll(t *testing.T) {
	var box *memBox
	play(t, func(o *Options) { box = o.Box.(*memBox) }, func(s *stage) {
		s.line.Cut(true)
		time.Sleep(500 * time.Millisecond)
		s.agent.bring(s.Context(), bus.Result, message.Result{Site: "www.example.org"})
	})
	if n, _ := box.Size(); n != 1 {
		t.Errorf("%d items in the box, want 1", n)
	}
	if !box.ended {
		t.Error("the end was not noted")
	}
}

func TestSelf(t *testing.T) {
	self := newProber(t, 1)
	play(t, func(o *Options) {
		o.SelfProber = self
		for i, name := range []string{"one", "two", "three"} {
			o.Sentinels = append(o.Sentinels, Sentinel{"https://" + name + ".example/", fmt.Sprintf("AS6450%d", i)})
		}
	}, func(s *stage) {
		time.Sleep(61 * time.Second)
		s.collect()
		all := s.healths()
		if len(all) != 2 || len(all[0].Sentinels) != 3 || !all[0].Resolver || all[0].OffsetMS != nil {
			t.Fatalf("%+v", all)
		}
		for _, x := range all[0].Sentinels {
			if !x.OK || x.Address.String() != "192.0.2.10" {
				t.Errorf("%+v, want it well and where it was found", x)
			}
		}
		// Asked again and again, it asks the sentinels again, but not all the time.
		for i := range 60 {
			s.assign(message.Assignment{ID: fmt.Sprint(i), HoldSeconds: 60, Sites: []message.Site{}, AskSelf: true})
			time.Sleep(time.Second)
		}
		s.collect()
		if n := len(s.healths()); n < 4 || n > 2+6 {
			t.Errorf("%d reports in two minutes", n)
		}
		for _, x := range []string{"one", "two", "three"} {
			n := 0
			for _, at := range self.began {
				if at.Class != probe.RefusedTarget && strings.Contains(at.URL, x) {
					n++
				}
			}
			if n > 2*probe.PeaceGETs {
				t.Errorf("%s was asked %d times in two minutes", x, n)
			}
		}
	})
}

// TestClock: the lead of this place's clock is found by what the lookout answers, and only by that.
func TestClock(t *testing.T) {
	const lead = 90 * time.Second
	play(t, nil, func(s *stage) {
		time.Sleep(2 * time.Second)
		s.collect()
		asked := s.got[len(s.got)-1].Sent
		forged := time.Now().Add(-time.Hour)
		s.assign(message.Assignment{ID: "x", HoldSeconds: 600, Clock: &message.Clock{Asked: forged, Received: forged, Sent: forged}})
		there := asked.Add(-lead) // the lookout's clock
		s.assign(message.Assignment{ID: "x", HoldSeconds: 600, Clock: &message.Clock{Asked: asked, Received: there.Add(time.Second), Sent: there.Add(time.Second)}})
		time.Sleep(time.Minute)
		s.collect()
		all := s.healths()
		got := all[len(all)-1].OffsetMS
		if got == nil || *got < 89_000 || *got > 91_000 {
			t.Fatalf("offset %v ms, want about 90,000", got)
		}
		time.Sleep(2 * offsetHold)
		s.collect()
		all = s.healths()
		if got := all[len(all)-1].OffsetMS; got != nil {
			t.Errorf("after twenty minutes it still says %v ms", *got)
		}
	})
}

// TestClockByDelay: what the lookout's answer was delayed by on one way alone is no lead.
func TestClockByDelay(t *testing.T) {
	play(t, nil, func(s *stage) {
		time.Sleep(2 * time.Second)
		s.collect()
		asked := s.got[len(s.got)-1].Sent // and the answer arrives a second later
		s.assign(message.Assignment{ID: "x", HoldSeconds: 600, Clock: &message.Clock{Asked: asked, Received: asked, Sent: asked}})
		time.Sleep(time.Minute)
		s.collect()
		all := s.healths()
		got := all[len(all)-1].OffsetMS
		if got == nil {
			t.Fatal("no offset")
		}
		if *got != 0 {
			t.Errorf("offset %v ms, want 0", *got)
		}
	})
}

func TestOptions(t *testing.T) {
	good := func() Options {
		return Options{Vantage: "cph-1", Bus: nilBus{}, Box: newBox(), Prober: newProber(t, 3), Logger: slog.New(slog.DiscardHandler)}
	}
	if _, err := New(t.Context(), good()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"vantage":   func(o *Options) { o.Vantage = "CPH" },
		"bus":       func(o *Options) { o.Bus = nil },
		"box":       func(o *Options) { o.Box = nil },
		"prober":    func(o *Options) { o.Prober = nil },
		"logger":    func(o *Options) { o.Logger = nil },
		"share":     func(o *Options) { o.Share = 4 },
		"sentinels": func(o *Options) { o.Sentinels = []Sentinel{{}} },
		"many":      func(o *Options) { o.Sentinels, o.SelfProber = make([]Sentinel, 17), newProber(t, 1) },
		"at once":   func(o *Options) { o.AtOnce = -1 },
	} {
		o := good()
		change(&o)
		if _, err := New(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type nilBus struct{ Bus }

func TestReadAllow(t *testing.T) {
	got, err := ReadAllow(strings.NewReader("# parties\nexample.org\n\n  EXAMPLE.net.  # two\nøl.example\n"))
	check(t, err)
	if diff := cmp.Diff([]string{"example.org", "example.net", "xn--l-4ga.example"}, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "# none\n", "www.example.org\n", "example org\n", "*\n", "exa mple.org", strings.Repeat("a.example\n", maxAllowBytes/9), strings.Repeat("a", maxLine+1)} {
		if got, err := ReadAllow(strings.NewReader(text)); err == nil {
			t.Errorf("%.40q: %v", text, got)
		}
	}
}

// TestSelfResolver: an agent says that its resolvers fail, and nothing of the kind without sentinels to ask for.
func TestSelfResolver(t *testing.T) {
	for sentinels, want := range map[int]bool{3: false, 0: true} {
		self := newProber(t, 1)
		self.deaf = true
		play(t, func(o *Options) {
			o.SelfProber = self
			for i := range sentinels {
				o.Sentinels = append(o.Sentinels, Sentinel{fmt.Sprintf("https://s%d.example/", i), fmt.Sprintf("AS6450%d", i)})
			}
		}, func(s *stage) {
			time.Sleep(time.Second)
			s.collect()
			if all := s.healths(); len(all) != 1 || all[0].Resolver != want {
				t.Errorf("%d sentinels: %+v, want resolver %v", sentinels, all, want)
			}
		})
	}
}

func TestReadSentinels(t *testing.T) {
	got, err := ReadSentinels(strings.NewReader("AS64500 https://one.example/\n# more\nAS64501\thttps://two.example/\n"))
	check(t, err)
	if diff := cmp.Diff([]Sentinel{{"https://one.example/", "AS64500"}, {"https://two.example/", "AS64501"}}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := ReadSentinels(strings.NewReader("https://one.example/\n")); err == nil {
		t.Error("a sentinel without a network")
	}
}

func FuzzReadAllow(f *testing.F) {
	f.Add("example.org\n# x\nexample.net")
	f.Add("øl.example")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ReadAllow(strings.NewReader(text))
		for _, name := range all {
			if err == nil && probe.Site(name, 0) != name {
				t.Errorf("%q is no registrable domain", name)
			}
		}
	})
}
