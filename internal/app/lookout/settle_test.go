package lookout

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestMeasuredNoLonger: whoever was told that a site fails hears that this is over when nobody measures the site any more, by whatever way that came; of an
// end nothing is said. A start afterwards says nothing more of it.
func TestMeasuredNoLonger(t *testing.T) {
	restart := func(change func(s *stage)) func(s *stage) {
		return func(s *stage) { s.end(); change(s); s.begin(nil) }
	}
	for name, leave := range map[string]func(s *stage){
		"paused":    func(s *stage) { ask(s, Pause, Pausing{Site: "www.example.org"}) },
		"removed":   func(s *stage) { ask(s, Remove, Named{"www.example.org"}) },
		"opted out": func(s *stage) { ask(s, OptOut, OptingOut{Host: "example.org"}) },
		"left out at a start": restart(func(s *stage) {
			s.change = func(o *Options) {
				sites, err := o.Store.Sites(s.t.Context())
				if err != nil || len(sites) != 1 {
					s.t.Fatal(sites, err)
				}
				sites[0].Removed = time.Now()
				if _, err := o.Store.PutSite(s.t.Context(), sites[0]); err != nil {
					s.t.Fatal(err)
				}
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.add(Spec{URL: home, Groups: []string{"parties"}})
				time.Sleep(5 * time.Minute)
				s.world.set(probe.HTTP500, home)
				time.Sleep(40 * time.Minute)
				if diff := s.told(); !slices.Equal(diff, []string{"1 suspected"}) {
					t.Fatalf("told %v", diff)
				}
				leave(s)
				s.change = nil
				time.Sleep(2 * hushEvery)
				if told := s.told(); !slices.Equal(told, []string{"1 suspected", "1 closed"}) {
					t.Errorf("told %v", told)
				}
				last := s.last()
				if site := last.Sites[0]; site.Name != "www.example.org" || !slices.Equal(site.Groups, []string{"parties"}) ||
					site.Words.English != "not measured to its end" || !last.Until.Latest.IsZero() {
					t.Errorf("told %+v", last)
				}
				all, err := s.db.Incidents(t.Context(), store.IncidentFilter{})
				if err != nil || len(all) != 1 || all[0].Closed.IsZero() || len(all[0].Sites) != 1 {
					t.Fatalf("kept %+v, %v", all, err)
				}
				var i watch.Incident
				if err := json.Unmarshal(all[0].Doc, &i); err != nil {
					t.Fatal(err)
				}
				if x := i.Members[0]; i.Phase != watch.Over || !i.End.IsZero() || x.Phase != watch.Over || !x.End.IsZero() || x.Total.Most != 0 ||
					name != "left out at a start" && x.Total.Least < 38*time.Minute {
					t.Errorf("kept %+v", i)
				}
				before := len(s.messages())
				s.end()
				s.begin(nil)
				time.Sleep(time.Hour)
				if more := s.messages()[before:]; len(more) > 0 {
					t.Errorf("told later: %+v", more)
				}
			})
		})
	}
}

// last returns what was posted last.
func (s *stage) last() notify.Message {
	all := s.messages()
	return all[len(all)-1]
}

// ask has the desk do something.
func ask[In, Out any](s *stage, op Op[In, Out], in In) {
	s.t.Helper()
	if _, err := op.Ask(s.t.Context(), Here(s.desk), in); err != nil {
		s.t.Fatal(err)
	}
}

// TestOneOfSeveralLeaves: where one of the sites of an incident is measured no longer, its part is closed, which is told, and the incident goes on with the
// others. When that ends, both are in it.
func TestOneOfSeveralLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		const other = "https://two.example.net/"
		s.add(Spec{URL: home}, Spec{URL: other})
		time.Sleep(5 * time.Minute)
		s.world.set(probe.HTTP500, home, other)
		time.Sleep(10 * time.Minute)
		ask(s, Pause, Pausing{Site: "two.example.net"})
		time.Sleep(2 * hushEvery)
		last := s.last()
		kinds := make(map[string]notify.Kind)
		for _, x := range last.Sites {
			kinds[x.Name] = x.Kind
		}
		if want := fmt.Sprint(map[string]notify.Kind{"two.example.net": notify.Closed, "www.example.org": notify.Suspected}); fmt.Sprint(kinds) != want {
			t.Errorf("told %v, want %v", kinds, want)
		}
		if open, err := s.db.Incidents(t.Context(), store.IncidentFilter{Open: true}); err != nil || len(open) != 1 {
			t.Errorf("open are %+v, %v", open, err)
		}
		told := len(s.messages())
		time.Sleep(time.Minute)
		if more := s.messages()[told:]; len(more) > 0 {
			t.Errorf("told again: %+v", more)
		}
		s.world.set(probe.OK, home)
		time.Sleep(40 * time.Minute)
		all, err := s.db.Incidents(t.Context(), store.IncidentFilter{})
		if err != nil || len(all) != 1 || all[0].Closed.IsZero() || len(all[0].Sites) != 2 {
			t.Fatalf("kept %+v, %v", all, err)
		}
		var i watch.Incident
		if err := json.Unmarshal(all[0].Doc, &i); err != nil {
			t.Fatal(err)
		}
		if len(i.Members) != 2 || !i.Members[0].End.IsZero() || i.Members[1].End.IsZero() || !i.End.IsZero() {
			t.Errorf("kept %+v", i)
		}
	})
}

// TestForgottenByACrash: an incident that the machine does not know, since a crash came before its memory was kept, is left open for as long as the machine
// needs to find it again, and then closed. No other gets its number.
func TestForgottenByACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home})
		time.Sleep(5 * time.Minute)
		sites, err := s.db.Sites(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := watch.Incident{ID: 9, Kind: watch.Outage, Opened: time.Now(), Changed: time.Now(), Members: []watch.Member{{Site: "www.example.org", Grade: watch.Confirmed}}}
		step := store.Step{Incidents: []store.Incident{{ID: "9", Opened: i.Opened, Sites: []store.SiteID{sites[0].ID}, Doc: s.l.doc(i)}}}
		if err := s.db.Apply(t.Context(), step); err != nil {
			t.Fatal(err)
		}
		s.end()
		s.begin(nil)
		time.Sleep(foundAgain - time.Second)
		if told := s.told(); !slices.Equal(told, []string{"9 disrupted"}) {
			t.Errorf("told at first: %v", told)
		}
		time.Sleep(10 * time.Second)
		s.world.set(probe.HTTP500, home)
		time.Sleep(10 * time.Minute)
		if told := s.told(); !slices.Equal(told, []string{"9 disrupted", "9 closed", "10 suspected"}) {
			t.Errorf("told: %v", told)
		}
	})
}
