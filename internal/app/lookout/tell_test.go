package lookout

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/watch"
)

// TestMessage: what is said of an incident is said of each of its sites, as it stands, and answers whether it is the site or its provider in both
// languages.
func TestMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: "https://a.example/", Groups: []string{"press"}}, Spec{URL: "https://b.example/"}, Spec{URL: "https://c.example/"})
		time.Sleep(2 * time.Minute)
		i := watch.Incident{ID: 7, Kind: watch.Outage, Grade: watch.Confirmed, Members: []watch.Member{
			{Site: "a.example", Grade: watch.Confirmed, Phase: watch.Ongoing, WasDown: true},
			{Site: "b.example", Grade: watch.Confirmed, Phase: watch.Ongoing},
			{Site: "c.example", Grade: watch.Confirmed, Phase: watch.Ending, WasDown: true},
			{Site: "d.example", Grade: watch.OnePlace, Phase: watch.Ongoing},
		}}
		i.Cause = watch.Cause{Verdict: watch.Common, Shared: []watch.Shared{{What: "name servers", Value: "ns.example", Watched: 5, Failing: 4}}}
		m, ok := s.l.message(watch.Event{At: time.Now(), Incident: &watch.IncidentEvent{What: watch.Updated, Incident: i}})
		if !ok || m.Kind != notify.Down || m.Key != "7" || len(m.Sites) != 4 {
			t.Fatalf("got %+v, %v", m, ok)
		}
		for n, want := range []struct {
			kind  notify.Kind
			staff bool
			sees  int
		}{{notify.Down, false, 1}, {notify.Disrupted, true, 1}, {notify.Recovering, false, 1}, {notify.Suspected, true, 0}} {
			if got := m.Sites[n]; got.Kind != want.kind || got.Staff != want.staff || len(got.Vantages) != want.sees {
				t.Errorf("%s: got %+v, want %+v", got.Name, got, want)
			}
		}
		if got := m.Sites[0].Groups; len(got) != 1 || got[0] != "press" {
			t.Errorf("groups %v", got)
		}
		want := notify.Text{
			English: "One cause is likely: 4 of 5 watched sites at name servers ns.example fail together.",
			Danish:  "Én årsag er sandsynlig: 4 af 5 målte sider med samme navneservere (ns.example) fejler samtidig.",
		}
		if m.Answer != want || m.Cause != "common unknown" {
			t.Errorf("got %+v, %q", m.Answer, m.Cause)
		}
		i.Kind = watch.Protection
		if _, ok := s.l.message(watch.Event{Incident: &watch.IncidentEvent{Incident: i}}); ok {
			t.Error("a challenge wakes people")
		}
	})
}
