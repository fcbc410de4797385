package lookout

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestAnotherPage: a site that shows another page is up, a person is told, what was shown is kept, and whoever knows better ends it.
func TestAnotherPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.world.show(home, "The Example", "news of the town, the council and the harbour, every day since long ago")
		s.add(Spec{URL: home})
		time.Sleep(40 * time.Minute)
		s.end()
		s.begin(nil) // what it looked like is remembered
		s.world.show(home, "Owned by nobody", "you have been told")
		begun := time.Now()
		time.Sleep(5 * time.Minute)
		got := s.site("www.example.org")
		if got.State != watch.Up || got.Incident == "" || got.Words.EN != "shows other content (suspected, seen from one place)" {
			t.Errorf("%v, incident %q: %s", got.State, got.Incident, got.Words.EN)
		}
		if told := s.told(); len(told) != 1 {
			t.Errorf("told %q", told)
		}
		site := s.l.sites["www.example.org"]
		results, err := s.db.Results(t.Context(), store.Range{Site: site.ID, From: begun.Add(time.Minute), To: time.Now()})
		if err != nil || len(results) == 0 || !slices.Equal(results[0].Assessed.All(), []probe.Assessment{probe.WrongContent}) {
			t.Errorf("stored: %+v, %v", results, err)
		}
		kept := s.evidence("www.example.org")
		if last := kept[len(kept)-1]; last.Evidence.Title != "Owned by nobody" || len(kept) != 2 {
			t.Errorf("%d pieces of evidence, the last of %q", len(kept), last.Evidence.Title)
		}
		if a, err := Adopt.Ask(t.Context(), Here(s.desk), Named{"www.example.org"}); err != nil || !a.Changed {
			t.Errorf("adopted: %+v, %v", a, err)
		}
		time.Sleep(10 * time.Minute)
		if got := s.site("www.example.org"); got.Words.EN != "reachable" {
			t.Errorf("adopted, and it %s", got.Words.EN)
		}
		if a, err := Adopt.Ask(t.Context(), Here(s.desk), Named{"www.example.org"}); err != nil || a.Changed {
			t.Errorf("adopted again: %+v, %v", a, err)
		}
	})
}

// evidence returns what is kept of a host.
func (s *stage) evidence(host string) []store.Evidence {
	s.t.Helper()
	all, err := s.db.Evidence(s.t.Context(), store.Range{Site: s.l.sites[host].ID, To: time.Now().Add(time.Hour)})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// TestEvidenceOverARestart: what was proven before a restart is not proven again after it.
func TestEvidenceOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home})
		time.Sleep(5 * time.Minute)
		s.world.set(probe.HTTP502, home)
		time.Sleep(5 * time.Minute)
		for range 3 {
			s.end()
			s.begin(nil)
			time.Sleep(5 * time.Minute)
		}
		var classes []probe.Class
		for _, e := range s.evidence("www.example.org") {
			classes = append(classes, e.Class)
		}
		if !slices.Equal(classes, []probe.Class{probe.OK, probe.HTTP502}) {
			t.Errorf("kept evidence of %v", classes)
		}
	})
}
