package store

import "slices"

// Span is a row of sequence numbers, both ends included.
type Span struct{ First, Last int64 }

// Ledger is the set of sequence numbers of one run that were kept: spans in order, with gaps between them. Runs number their results without
// gaps, so it is short where nothing was lost.
type Ledger []Span

// Take adds n and reports whether it was new.
func (l *Ledger) Take(n int64) bool {
	s := *l
	i, found := slices.BinarySearchFunc(s, n, func(a Span, n int64) int {
		switch {
		case a.Last < n:
			return -1
		case a.First > n:
			return 1
		}
		return 0
	})
	if found {
		return false
	}
	after := i < len(s) && s[i].First == n+1
	before := i > 0 && s[i-1].Last == n-1
	switch {
	case before && after:
		s[i-1].Last = s[i].Last
		s = slices.Delete(s, i, i+1)
	case before:
		s[i-1].Last = n
	case after:
		s[i].First = n
	default:
		s = slices.Insert(s, i, Span{n, n})
	}
	*l = s
	return true
}
