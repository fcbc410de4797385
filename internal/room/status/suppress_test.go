package status

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// String prints what is shown of a row, as the page does.
func (r row) String() string {
	name := r.Sector
	if r.other {
		name = "other"
	}
	if !r.shown {
		return fmt.Sprintf("%s %d ?", name, r.Measured)
	}
	return fmt.Sprintf("%s %d %d", name, r.Measured, r.Disturbed)
}

// public is everything that a reader gets.
func (t table) public() []string {
	var all []string
	for _, r := range t.rows {
		all = append(all, r.String())
	}
	if len(t.rows) > 0 {
		all = append(all, "all"+t.total.String())
	}
	return all
}

func TestSuppress(t *testing.T) {
	tests := map[string]struct {
		counts []Count
		want   []string
	}{
		"nobody":                     {nil, nil},
		"four in all":                {[]Count{{"a", 2, 2}, {"b", 2, 0}}, nil},
		"five in all":                {[]Count{{"a", 2, 2}, {"b", 3, 0}}, []string{"other 5 ?", "all 5 ?"}},
		"all is well":                {[]Count{{"a", 40, 0}, {"b", 12, 0}}, []string{"a 40 ?", "b 12 ?", "all 52 ?"}},
		"four disturbed":             {[]Count{{"a", 40, 4}}, []string{"a 40 ?", "all 40 ?"}},
		"five disturbed":             {[]Count{{"a", 40, 5}}, []string{"a 40 5", "all 40 5"}},
		"five stand":                 {[]Count{{"a", 40, 35}}, []string{"a 40 35", "all 40 35"}},
		"four stand":                 {[]Count{{"a", 40, 36}}, []string{"a 40 ?", "all 40 ?"}},
		"one row withheld":           {[]Count{{"a", 40, 10}, {"b", 12, 3}}, []string{"a 40 10", "b 12 ?", "all 52 ?"}},
		"two that give them away":    {[]Count{{"a", 40, 10}, {"b", 20, 4}, {"c", 20, 4}}, []string{"a 40 10", "b 20 ?", "c 20 ?", "all 80 ?"}},
		"many that cover each other": {[]Count{{"a", 12, 9}, {"b", 16, 1}, {"c", 40, 1}}, []string{"a 12 ?", "b 16 ?", "c 40 ?", "all 68 11"}},
		"two that pin each other":    {[]Count{{"a", 12, 9}, {"b", 16, 1}}, []string{"a 12 ?", "b 16 ?", "all 28 ?"}},
		"small ones together":        {[]Count{{"a", 40, 10}, {"b", 4, 4}, {"c", 4, 0}}, []string{"a 40 10", "other 8 ?", "all 48 ?"}},
		"small ones with the next":   {[]Count{{"a", 40, 10}, {"b", 4, 4}, {"c", 9, 2}}, []string{"a 40 10", "other 13 6", "all 53 16"}},
		"no sector":                  {[]Count{{"", 30, 7}, {"a", 40, 10}}, []string{"a 40 10", "other 30 7", "all 70 17"}},
		"a sector twice":             {[]Count{{"a", 20, 5}, {"a", 20, 5}}, []string{"a 40 10", "all 40 10"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, suppress(tt.counts).public()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestNothingCanBeWorkedOut plays a reader who knows the rules and how many sites are watched in each sector: of every way in which they
// could be disturbed it keeps those that would have given the same table. What is withheld must still be able to be many things, and at
// lie among at least [Least] figures; nothing that can be told for certain is about fewer than Least sites.
func TestNothingCanBeWorkedOut(t *testing.T) {
	sizes := [][]int{{5}, {9}, {12}, {30}, {5, 5}, {5, 12}, {12, 12}, {20, 20}, {11, 25}, {5, 5, 5}, {5, 9, 14}, {12, 12, 12}, {12, 16, 20}, {3, 4, 12}, {2, 4, 10, 11}, {1, 10, 15}}
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			same := map[string][][]Count{} // by what a reader gets
			each(size, func(counts []Count) {
				key := fmt.Sprint(suppress(counts).public())
				same[key] = append(same[key], counts)
			})
			for key, worlds := range same {
				check(t, key, worlds)
			}
		})
	}
}

// each calls f with every way in which sectors of these sizes can be disturbed.
func each(size []int, f func([]Count)) {
	counts := make([]Count, len(size))
	var next func(i int)
	next = func(i int) {
		if i == len(size) {
			f(append([]Count(nil), counts...))
			return
		}
		for d := range size[i] + 1 {
			counts[i] = Count{string(rune('a' + i)), size[i], d}
			next(i + 1)
		}
	}
	next(0)
}

// check looks at every figure, shown or not, of a table that all these worlds have given.
func check(t *testing.T, key string, worlds [][]Count) {
	t.Helper()
	shown := suppress(worlds[0])
	for n, r := range append(shown.rows, shown.total) {
		least, most := r.Measured, 0
		for _, w := range worlds {
			of := suppress(w)
			d := append(of.rows, of.total)[n].Disturbed
			least, most = min(least, d), max(most, d)
		}
		switch {
		case r.shown && (least != most || least < Least || r.Measured-least < Least):
			t.Fatalf("%s: row %v is shown, and is %d to %d of %d", key, r, least, most, r.Measured)
		case !r.shown && n < len(shown.rows) && most-least+1 < Least:
			t.Fatalf("%s: row %v is withheld, and can be worked out to be %d to %d", key, r, least, most)
		case !r.shown && most-least+1 < Least:
			t.Fatalf("%s: the total is withheld, and can be worked out to be %d to %d", key, least, most)
		}
	}
}

// TestNarrowedAgainstTwin compares with trying out every way to make up the sum.
func TestNarrowedAgainstTwin(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var size []int
		for range 1 + rng.IntN(3) {
			size = append(size, 5+rng.IntN(12))
		}
		hidden := make([]Count, len(size))
		sum := 0
		for i, n := range size {
			d := rng.IntN(n + 1)
			for !withheld(d, n) {
				d = rng.IntN(n + 1)
			}
			hidden[i] = Count{"", n, d}
			sum += d
		}
		if got, want := narrowed(hidden), narrowedSlowly(size, sum); got != want {
			t.Fatalf("seed %d: %v: got %v, want %v", seed, hidden, got, want)
		}
	}
}

func narrowedSlowly(size []int, sum int) bool {
	least, most := make([]int, len(size)), make([]int, len(size))
	for i := range least {
		least[i], most[i] = 1000, -1
	}
	each(size, func(counts []Count) {
		s := 0
		for _, c := range counts {
			if !withheld(c.Disturbed, c.Measured) {
				return
			}
			s += c.Disturbed
		}
		if s != sum {
			return
		}
		for i, c := range counts {
			least[i], most[i] = min(least[i], c.Disturbed), max(most[i], c.Disturbed)
		}
	})
	for i := range least {
		if most[i]-least[i]+1 < Least {
			return true
		}
	}
	return false
}

func BenchmarkSuppress(b *testing.B) {
	var counts []Count
	for i := range MaxSectors {
		counts = append(counts, Count{string(rune('a' + i)), 40, i % 41})
	}
	for b.Loop() {
		suppress(counts)
	}
}
