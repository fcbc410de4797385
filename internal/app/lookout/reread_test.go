package lookout

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestChangedPastTheLookout: what somebody changes in the store past the running lookout, as from another machine, is taken up within half a minute:
// who opts out is not asked a minute later, and a site that was added is.
func TestChangedPastTheLookout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int64
		s := newStageWith(t, func(o *Options) {
			o.Named = func(context.Context) (map[string]probe.Listed, error) { reads.Add(1); return nil, nil }
		})
		const quiet, added = "https://two.example.net/", "https://three.example.net/"
		s.add(Spec{URL: home}, Spec{URL: quiet})
		time.Sleep(5*time.Minute + 7*time.Second)
		if err := s.db.OptOut(t.Context(), store.OptOut{Host: "two.example.net", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		site := store.Site{Name: "three", Host: "three.example.net", URL: added, Source: store.SourceCLI, Added: time.Now()}
		if _, err := s.db.PutSite(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		said := time.Now()
		time.Sleep(5 * time.Minute)
		for _, at := range s.world.times(quiet) {
			if at.Sub(said) > 30*time.Second {
				t.Errorf("asked %v after its owner opted out", at.Sub(said))
			}
		}
		if n := len(s.world.times(quiet)); n < 4 {
			t.Errorf("asked %d times before", n)
		}
		if n := len(s.world.times(added)); n < 4 {
			t.Errorf("the new site was asked %d times in five minutes", n)
		}
		if n := reads.Load(); n != 3 {
			t.Errorf("the lists were taken up %d times: at the start, at the desk, and when they had changed are three", n)
		}
	})
}
