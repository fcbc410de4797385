package watch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// said plays an hour of one site that is read at home and fails from a second on, for so long, everywhere or only abroad, and returns all that was said
// of its incidents. Vantages ask at seconds of their own, and twice as often in doubt.
func said(t *testing.T, seconds [3]int, begin, length int, everywhere bool) (words []string) {
	t.Helper()
	places := []watch.Vantage{
		{Name: "dk1", Network: "AS64501", Country: "DK", Health: watch.Healthy},
		{Name: "de1", Network: "AS64502", Country: "DE", Health: watch.Healthy},
		{Name: "us1", Network: "AS64503", Country: "US", Health: watch.Healthy},
	}
	m, err := watch.New(watch.Config{Sites: []watch.Site{{Name: "www.example.org", Home: "DK"}}, Vantages: places})
	if err != nil {
		t.Fatal(err)
	}
	for s := range 3600 {
		at := eve.Add(time.Duration(s) * time.Second)
		for i, v := range places {
			if seconds[i] != s {
				continue
			}
			r := probe.Result{Vantage: v.Name, At: at, Class: probe.OK}
			if s >= begin && s < begin+length && (everywhere || v.Country != "DK") {
				r.Class = probe.HTTP503
			}
			m.Observe(watch.ReadingOf("www.example.org", r))
			seconds[i] += 60
			if m.Pace("www.example.org", at).Doubt {
				seconds[i] -= 30
			}
		}
		for _, e := range m.Tick(at) {
			if e.Incident != nil {
				words = append(words, e.Incident.Incident.Words.EN)
			}
		}
	}
	return words
}

// TestWhereDoesNotDependOnPhases: where an outage is seen does not depend on who asks first. While it begins, the vantage at home may have been served a
// moment before those abroad were not; nothing said of it may be that home is reachable.
func TestWhereDoesNotDependOnPhases(t *testing.T) {
	for _, seconds := range [][3]int{{0, 20, 41}, {20, 0, 41}, {41, 0, 20}, {30, 0, 15}, {5, 35, 50}} {
		for begin := 900; begin < 960; begin += 7 {
			for _, length := range []int{50, 70, 90, 110, 130, 170, 230, 310} {
				for _, w := range said(t, seconds, begin, length, true) {
					if strings.Contains(w, "abroad") {
						t.Errorf("at %v, from %d for %d s: %s", seconds, begin, length, w)
					}
				}
			}
			all := said(t, seconds, begin, 900, false)
			if len(all) == 0 || !strings.HasPrefix(all[len(all)-1], "not reachable from abroad") {
				t.Errorf("only abroad, at %v, from %d: %q", seconds, begin, all)
			}
		}
	}
}
