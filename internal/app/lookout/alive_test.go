package lookout

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestAlive: judging alone is no life: whoever is to be asked has to be asked. While nobody is, there is nothing to miss.
func TestAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		time.Sleep(time.Hour)
		if !s.l.Alive(time.Now()) {
			t.Error("dead with nobody to ask")
		}
		s.add(Spec{URL: home})
		for range 10 {
			time.Sleep(20 * time.Second)
			if !s.l.Alive(time.Now()) {
				t.Error("dead while the site is asked")
			}
		}
		s.l.schedule.Set(time.Now(), nil) // which asks nobody from now on
		time.Sleep(10 * time.Minute)
		if s.l.Alive(time.Now()) {
			t.Error("alive while nobody is asked")
		}
	})
}
