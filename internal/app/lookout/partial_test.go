package lookout

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestPageAgreedOn: where the page that was agreed on with the owner fails and the home page does not, the site is up and partly unavailable, and how
// long that page takes does not make the site slow.
func TestPageAgreedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.add(Spec{URL: home, Page: "/search"})
		time.Sleep(time.Hour)
		if n := len(s.world.times(home + "search")); n < 5 || n > 7 {
			t.Fatalf("the page was asked %d times in an hour", n)
		}
		if got := s.site("www.example.org"); got.State != watch.Up || len(got.Assessment) != 0 {
			t.Errorf("%v, %v", got.State, got.Assessment)
		}
		s.world.set(probe.HTTP503, home+"search")
		time.Sleep(20 * time.Minute)
		got := s.site("www.example.org")
		if got.State != watch.Up || !slices.Equal(got.Assessment, []probe.Assessment{probe.Partial}) || got.Words.EN != "partly unavailable (suspected, seen from one place)" {
			t.Errorf("%v, %v: %s", got.State, got.Assessment, got.Words.EN)
		}
		if most := mostInAMinute(s.world.times(home)); most > probe.PeaceGETs {
			t.Errorf("%d requests in a minute", most)
		}
		s.world.set(probe.OK, home+"search")
		time.Sleep(40 * time.Minute)
		if got := s.site("www.example.org"); got.Words.EN != "reachable" {
			t.Errorf("all is back, and it is %s", got.Words.EN)
		}
	})
}
