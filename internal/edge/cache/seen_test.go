package cache

import (
	"math/rand/v2"
	"testing"
)

func TestSeen(t *testing.T) {
	s := newSeen(64 << 10)
	random := rand.New(rand.NewPCG(1, 2))
	next := func() Key { return Key{hi: random.Uint64(), lo: random.Uint64()} }
	first := next()
	if s.add(first) || !s.add(first) || !s.add(first) {
		t.Error("a key is not known after the first time, or was before")
	}
	recent := make([]Key, 0, 100_000)
	for range cap(recent) {
		k := next()
		if s.add(k) {
			t.Fatal("a new key was taken for one that was seen")
		}
		recent = append(recent, k)
	}
	if s.add(first) {
		t.Error("nothing is ever forgotten")
	}
	known := 0
	for _, k := range recent[len(recent)-len(s.buckets)*2:] {
		if s.add(k) {
			known++
		}
	}
	if want := len(s.buckets) * 2 * 95 / 100; known < want {
		t.Errorf("of the last keys %d were known, want %d", known, want)
	}
	if s.bytes() > 64<<10 {
		t.Errorf("takes %d bytes", s.bytes())
	}
}
