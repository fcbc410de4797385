package store

import (
	"math/rand/v2"
	"testing"
)

// TestLedgerAgainstTwin takes numbers in every order and compares with a set.
func TestLedgerAgainstTwin(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var l Ledger
		twin := make(map[int64]bool)
		for range 300 {
			n := 1 + rng.Int64N(200)
			if got, want := l.Take(n), !twin[n]; got != want {
				t.Fatalf("seed %d: Take(%d): got %v, want %v", seed, n, got, want)
			}
			twin[n] = true
		}
		held := 0
		for i, s := range l {
			if s.First > s.Last || i > 0 && s.First <= l[i-1].Last+1 {
				t.Fatalf("seed %d: spans touch or overlap: %v", seed, l)
			}
			for n := s.First; n <= s.Last; n++ {
				if !twin[n] {
					t.Fatalf("seed %d: %d was never taken", seed, n)
				}
				held++
			}
		}
		if held != len(twin) {
			t.Fatalf("seed %d: got %d numbers, want %d", seed, held, len(twin))
		}
	}
}
