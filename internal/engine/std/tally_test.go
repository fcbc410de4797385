package std

import (
	"testing"
	"testing/synctest"
)

func TestTally(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n tally
		n.enter()
		closed := false
		go func() { n.close(); closed = true }()
		synctest.Wait()
		if closed {
			t.Fatal("closed while somebody was in")
		}
		if !n.enter() {
			t.Error("nobody may enter although it is not empty")
		}
		n.leave()
		n.leave()
		synctest.Wait()
		if !closed {
			t.Error("not closed although it is empty")
		}
		if n.enter() {
			t.Error("entered after the end")
		}
	})
}
