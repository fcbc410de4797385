package readers

import (
	"math/rand/v2"
	"sort"
)

// weights draws ranks, from 0, in proportion to shares.
type weights struct {
	upTo []float64 // running sums
}

// newWeights takes the first limit shares. Without any, rank 0 is always drawn.
func newWeights(shares []float64, limit int) weights {
	shares = shares[:min(len(shares), limit)]
	upTo := make([]float64, len(shares))
	sum := 0.0
	for i, s := range shares {
		sum += s
		upTo[i] = sum
	}
	return weights{upTo}
}

func (w weights) draw(r *rand.Rand) int {
	if len(w.upTo) == 0 {
		return 0
	}
	x := r.Float64() * w.upTo[len(w.upTo)-1]
	return min(sort.SearchFloat64s(w.upTo, x), len(w.upTo)-1)
}

// sample returns one of list, or the zero value when it is empty.
func sample[T any](r *rand.Rand, list []T) T {
	if len(list) == 0 {
		var zero T
		return zero
	}
	return list[r.IntN(len(list))]
}

// chance is true with probability p.
func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }
