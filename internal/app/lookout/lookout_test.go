package lookout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

const home = "https://www.example.org/"

// TestNight is one site's outage at one vantage: from one place it is a suspicion, however long it lasts, and a restart in the middle changes
// nothing.
func TestNight(t *testing.T) {
	for _, restart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			s.add(Spec{URL: home, Country: "DK"})
			time.Sleep(10 * time.Minute)
			if got := s.site("www.example.org"); got.State != watch.Up {
				t.Fatalf("after ten good minutes it is %v", got.State)
			}
			s.world.set(probe.HTTP502, home)
			time.Sleep(10 * time.Minute)
			if restart {
				s.end()
				time.Sleep(30 * time.Second)
				s.begin(nil)
			}
			time.Sleep(10 * time.Minute)
			if got := s.site("www.example.org"); got.State != watch.Suspect || got.Words.EN != "suspected, seen from one place" {
				t.Errorf("after twenty bad minutes: %v, %q", got.State, got.Words.EN)
			}
			s.world.set(probe.OK, home)
			time.Sleep(40 * time.Minute)
			if got := s.site("www.example.org"); got.State != watch.Up && got.State != watch.Closed {
				t.Errorf("at the end it is %v", got.State)
			}
			if diff := cmp.Diff([]string{"1 suspected", "1 closed"}, kindsOnly(s.told())); diff != "" {
				t.Errorf("restart %v: told (-want +got):\n%s", restart, diff)
			}
			checkOutage(t, s)
		})
	}
}

// kindsOnly leaves out what may or may not be told on the way from failing to over.
func kindsOnly(told []string) []string {
	return slices.DeleteFunc(told, func(s string) bool { return s == "1 recovering" })
}

func checkOutage(t *testing.T, s *stage) {
	t.Helper()
	all, err := Incidents.Ask(t.Context(), Here(s.desk), IncidentFilter{})
	if err != nil || len(all) != 1 {
		t.Fatalf("incidents: %v, %v", all, err)
	}
	i := all[0]
	begin, end := s.world.begun.Add(10*time.Minute), s.world.begun.Add(30*time.Minute)
	if i.What.Start.Earliest.After(begin) || i.What.Start.Latest.Before(begin) || i.What.Start.Latest.Sub(i.What.Start.Earliest) > time.Minute {
		t.Errorf("began at %v, which is not in %v", begin, i.What.Start)
	}
	if slack := time.Minute; i.What.End.Latest.Before(end.Add(-slack)) || i.What.End.Earliest.After(end.Add(slack)) {
		t.Errorf("ended at %v, which is not in %v", end, i.What.End)
	}
	if i.Closed.IsZero() {
		t.Error("the incident is not closed in the store")
	}
	past, err := History.Ask(t.Context(), Here(s.desk), Span{Site: "www.example.org"})
	if err != nil || len(past.Results) < 60 {
		t.Errorf("%d results in the history, %v", len(past.Results), err)
	}
}

// TestBlindIsNotDown: when the sentinels fail with the site, there is blindness and no incident.
func TestBlindIsNotDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home})
		time.Sleep(10 * time.Minute)
		s.world.set(probe.TCPTimeout, append(sentinelURLs(), home)...)
		time.Sleep(15 * time.Minute)
		if got := s.l.Stats().Health["office"]; got != watch.BlindHere {
			t.Errorf("the vantage is %v", got)
		}
		if got := s.site("www.example.org"); !slices.Contains(got.Overlays, watch.Blind) {
			t.Errorf("the site is %v with %v", got.State, got.Overlays)
		}
		s.world.set(probe.OK, append(sentinelURLs(), home)...)
		time.Sleep(30 * time.Minute)
		for _, told := range s.told() {
			if told != "1 suspected" && told != "1 closed" { // one round may come before the sentinels are asked; it is taken back
				t.Errorf("told: %s", told)
			}
		}
		if all, err := s.db.Incidents(t.Context(), store.IncidentFilter{Open: true}); err != nil || len(all) != 0 {
			t.Errorf("still open: %v, %v", all, err)
		}
		o, err := Status.Ask(t.Context(), Here(s.desk), Filter{})
		if err != nil || len(o.Vantages) != 1 || o.Vantages[0].Health != "healthy" {
			t.Errorf("vantages: %+v, %v", o.Vantages, err)
		}
	})
}

// TestBudgetHolds counts the requests to a site in doubt: never more than six in a minute, and no more than three an hour later.
func TestBudgetHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home})
		time.Sleep(5 * time.Minute)
		s.world.set(probe.HTTP503, home)
		time.Sleep(15 * time.Minute)
		s.end()
		s.begin(nil)
		time.Sleep(45 * time.Minute)
		at := s.world.times(home)
		if most := mostInAMinute(at); most > probe.DoubtGETs || most < probe.PeaceGETs {
			t.Errorf("%d requests in a minute of doubt, want 3 to 6", most)
		}
		late := slices.IndexFunc(at, func(x time.Time) bool { return x.Sub(s.world.begun) > 50*time.Minute })
		if most := mostInAMinute(at[late:]); most > probe.PeaceGETs {
			t.Errorf("%d requests in a minute, long after", most)
		}
	})
}

// TestBudgetHoldsOverACrash: what was sent between the last time the budget was kept and a crash is not known, so the site is left alone for as long
// as that matters. Counted is what both runs sent.
func TestBudgetHoldsOverACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home})
		time.Sleep(5 * time.Minute)
		s.world.set(probe.HTTP503, home)
		time.Sleep(5*time.Minute + 35*time.Second)
		for range 6 { // and the machine starts it again and again, while somebody on the telephone asks
			for range probe.DoubtGETs {
				_, _ = s.l.MeasureNow(t.Context(), "www.example.org")
			}
			s.crash()
			time.Sleep(5 * time.Second)
		}
		time.Sleep(10 * time.Minute)
		if most := mostInAMinute(s.world.times(home)); most > probe.DoubtGETs || most < probe.PeaceGETs {
			t.Errorf("%d requests in a minute, want %d to %d", most, probe.PeaceGETs, probe.DoubtGETs)
		}
		site := probe.Target{URL: home}.Site()
		if again := s.world.budget.Export(time.Now())[site].DoubtUntil; again.Sub(s.world.begun) > 16*time.Minute {
			t.Errorf("a crash began a second doubt, until %v after the beginning", again.Sub(s.world.begun))
		}
		s.end()
		begun := time.Now()
		s.begin(nil)
		time.Sleep(2 * time.Minute)
		if at := s.world.times(home); at[len(at)-1].Before(begun) {
			t.Error("nothing is asked after an end as it should be")
		}
	})
}

// mostInAMinute returns how many of these times are in the same minute.
func mostInAMinute(at []time.Time) int {
	most := 0
	for i := range at {
		n := 0
		for _, x := range at[i:] {
			if x.Sub(at[i]) < time.Minute {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// failing is a store that takes nothing while it is full.
type failing struct {
	store.Store
	full atomic.Bool
}

var errFull = errors.New("no space left on device")

func (f *failing) Append(ctx context.Context, rs []store.Result) ([]store.Fate, error) {
	if f.full.Load() {
		return nil, errFull
	}
	return f.Store.Append(ctx, rs)
}

func (f *failing) Apply(ctx context.Context, s store.Step) error {
	if f.full.Load() {
		return errFull
	}
	return f.Store.Apply(ctx, s)
}

// TestStoreFull: judging and telling go on when nothing can be kept.
func TestStoreFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home})
		s.end()
		full := &failing{}
		s.begin(func(db store.Store) store.Store {
			full.Store = db
			return full
		})
		time.Sleep(5 * time.Minute)
		full.full.Store(true)
		s.world.set(probe.TCPRefused, home)
		time.Sleep(5 * time.Minute)
		full.full.Store(false)
		if len(s.told()) == 0 {
			t.Error("nobody was told")
		}
		if s.l.Stats().Lost == 0 {
			t.Error("nothing was counted as lost")
		}
	})
}

// TestQuiet: of what somebody sees to, and of what is worked on as announced, people hear nothing; a start says once more what is open.
func TestQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home}, Spec{URL: "https://two.example.net/"})
		time.Sleep(5 * time.Minute)
		s.world.set(probe.HTTP500, home)
		time.Sleep(5 * time.Minute)
		if _, err := Acknowledge.Ask(t.Context(), Here(s.desk), Person{ID: "1", By: "anna"}); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		w := Window{Site: "two.example.net", From: now, Until: now.Add(time.Hour)}
		if _, err := Maintain.Ask(t.Context(), Here(s.desk), w); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * hushEvery)
		if !s.quiet.Acknowledged("1") || s.quiet.Acknowledged("2") {
			t.Error("what somebody sees to is not quiet, or everything is")
		}
		if !s.quiet.Maintenance("two.example.net") || s.quiet.Maintenance("www.example.org") {
			t.Error("what is worked on is not quiet, or everything is")
		}
		if !s.l.Alive(time.Now()) || s.l.Alive(time.Now().Add(time.Hour)) {
			t.Error("the lookout does not know whether it makes its rounds")
		}
		before := len(s.messages())
		s.end()
		s.begin(nil)
		time.Sleep(2 * time.Second)
		if len(s.told()) == 0 || len(s.messages()) == before {
			t.Error("after a start nothing is said of the open incident")
		}
	})
}

// TestMetrics: a phase that was not reached has no time, and what failed has a class.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home}, Spec{URL: "https://two.example.net/"})
		s.world.set(probe.TCPRefused, home)
		time.Sleep(3 * time.Minute)
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(&Metrics{s.l})
		all, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]float64)
		for _, family := range all {
			for _, m := range family.Metric {
				name := family.GetName()
				for _, label := range m.Label {
					name += " " + label.GetValue()
				}
				got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
		for name, want := range map[string]float64{
			"probe_success www.example.org": 0, "probe_success two.example.net": 1, "probe_failure_info tcp_refused www.example.org": 1,
			"seawall_watch_vantage_health healthy office": 1, "probe_http_duration_seconds processing two.example.net": 0.04,
			"seawall_watch_running_limit": 1024,
		} {
			if have, ok := got[name]; !ok || have != want {
				t.Errorf("%s is %v, want %v", name, have, want)
			}
		}
		for _, name := range []string{"probe_failure_info ok two.example.net", "probe_http_duration_seconds tls two.example.net"} {
			if _, ok := got[name]; ok {
				t.Errorf("%s is there", name)
			}
		}
	})
}

// TestManySitesAreRemembered: what has to be known again of many sites, half of them failing, is kept and read again.
func TestManySitesAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		var specs []Spec
		for i := range 600 {
			specs = append(specs, Spec{URL: fmt.Sprintf("https://site-%d.example/", i)})
			if i%2 == 0 {
				s.world.set(probe.HTTP503, specs[i].URL)
			}
		}
		s.add(specs...)
		time.Sleep(100 * time.Second)
		before := s.l.Stats()
		if before.Lost > 0 {
			t.Errorf("%d writes were lost", before.Lost)
		}
		s.end()
		s.begin(nil)
		if after := s.l.Stats(); after.Affected != before.Affected || after.InDoubt > before.InDoubt {
			t.Errorf("before the restart %d affected, %d in doubt; after it %d, %d", before.Affected, before.InDoubt, after.Affected, after.InDoubt)
		}
		if got := s.site("site-0.example"); got.State < watch.Suspect {
			t.Errorf("a failing site is %v", got.State)
		}
		if st, _ := s.l.machine.Status("site-0.example"); st.State < watch.Suspect {
			t.Errorf("after the restart it is %v", st.State)
		}
	})
}

// TestNoRoomIsNoResult holds that what the budget had no room for is told to whoever asked, and is no part of a site's history.
func TestNoRoomIsNoResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home})
		time.Sleep(5 * time.Minute)
		refused := 0
		for range 8 {
			all, err := Measure.Ask(t.Context(), Here(s.desk), Named{Site: "www.example.org"})
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			if all[0].Result.Class == probe.RefusedTarget && !all[0].Fresh {
				refused++
			}
		}
		time.Sleep(5 * time.Second)
		past, err := History.Ask(t.Context(), Here(s.desk), Span{Site: "www.example.org"})
		if err != nil || refused < 2 {
			t.Errorf("%d of eight at once were refused, %v", refused, err)
		}
		for _, r := range past.Results {
			if r.Class == probe.RefusedTarget {
				t.Fatalf("at %v it is %v", r.At, r.Class)
			}
		}
	})
}
