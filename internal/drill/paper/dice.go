package paper

import "hash/fnv"

// dice are SplitMix64 (Steele, Lea, Flood 2014): fixed for ever, where a library's generator might change the paper under us.
type dice struct{ state uint64 }

// throw returns dice that depend on name alone.
func throw(name string) *dice { return &dice{sum([]byte(name))} }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// between returns a number from low to high, both included.
func (d *dice) between(low, high int) int {
	return low + int(d.next()%uint64(high-low+1))
}

// pick returns one of list.
func pick[T any](d *dice, list []T) T { return list[d.between(0, len(list)-1)] }

// shuffled returns n different numbers below limit, in random order.
func (d *dice) shuffled(n, limit int) []int {
	all := make([]int, limit)
	for i := range all {
		all[i] = i
	}
	for i := range n {
		j := d.between(i, limit-1)
		all[i], all[j] = all[j], all[i]
	}
	return all[:n]
}

func sum(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}
