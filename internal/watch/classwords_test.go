package watch

import (
	"testing"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestClassWords holds that every class has words of its own in both languages.
func TestClassWords(t *testing.T) {
	seen := map[string]probe.Class{}
	for _, c := range probe.Classes() {
		w := ClassWords(c)
		for _, text := range []string{w.EN, w.DA} {
			if other, is := seen[text]; text == "" || is {
				t.Errorf("%v: %q, which is said of %v", c, text, other)
			}
			seen[text] = c
		}
	}
	if got := ClassWords(probe.Class(255)); got != ClassWords(probe.Unknown) {
		t.Errorf("of no class is said %q", got)
	}
}
