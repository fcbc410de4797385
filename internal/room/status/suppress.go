package status

import (
	"cmp"
	"slices"
)

// Least is the smallest number of sites that an authority's page tells of.
const Least = 5

// Count is a sector's figures: sites of which is known whether they were disturbed, and those that were.
type Count struct {
	Sector    string // "" where none was given
	Measured  int
	Disturbed int // at most Measured
}

// row is what may be shown of a sector: Measured always, the others only when shown.
type row struct {
	Count
	other bool // of sectors that are too small to be shown alone
	shown bool
}

// table is what may be shown.
type table struct {
	rows  []row
	total row // of all rows; only with more than one
}

// suppress returns what may be shown of counts: nothing, when there are fewer than [Least] sites in all.
//
// Sectors with fewer sites are counted together, with the smallest of the others when they are too few even so. The disturbed and the
// undisturbed sites of a row are withheld, both, when either are fewer than Least. Since the row itself is shown, one of them would give the
// other away; and the row does not say which of the two it was: that nearly all or nearly none of a sector stands is what an attacker would like
// to hear. The total is withheld too when with its help a withheld figure could be told to lie among fewer than Least (see [narrowed]).
func suppress(counts []Count) table {
	rows := merge(counts)
	if len(rows) == 0 {
		return table{}
	}
	t := table{rows: rows, total: row{shown: true}}
	var hidden []Count
	for i := range t.rows {
		r := &t.rows[i]
		r.shown = tellable(r.Count)
		if !r.shown {
			hidden = append(hidden, r.Count)
		}
		t.total.Measured += r.Measured
		t.total.Disturbed += r.Disturbed
	}
	t.total.shown = tellable(t.total.Count) && !narrowed(hidden)
	return t
}

// tellable reports whether both figures of a row are large enough.
func tellable(c Count) bool { return c.Disturbed >= Least && c.Measured-c.Disturbed >= Least }

// merge returns a row for each sector of at least [Least] sites, by name, and last one for all others together.
func merge(counts []Count) []row {
	sum := map[string]Count{}
	for _, c := range counts {
		s := sum[c.Sector]
		sum[c.Sector] = Count{c.Sector, s.Measured + c.Measured, s.Disturbed + c.Disturbed}
	}
	other := row{Count: sum[""], other: true} // where no sector was given
	delete(sum, "")
	var rows []row
	for _, c := range sum {
		rows = append(rows, row{Count: c})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(b.Measured-a.Measured, cmp.Compare(a.Sector, b.Sector)) })
	for len(rows) > 0 {
		last := rows[len(rows)-1]
		if last.Measured >= Least && (other.Measured == 0 || other.Measured >= Least) {
			break
		}
		other.Measured += last.Measured
		other.Disturbed += last.Disturbed
		rows = rows[:len(rows)-1]
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Sector, b.Sector) })
	if other.Measured >= Least {
		rows = append(rows, other)
	}
	return rows
}

// narrowed reports whether somebody who knows the sum of the withheld figures, and the rule by which they are withheld, could tell that one of
// them lies among fewer than [Least]. Each is under Least, or all but fewer than Least; what the others can add up to leaves some of these.
func narrowed(hidden []Count) bool {
	sum := 0
	for _, c := range hidden {
		sum += c.Disturbed
	}
	before := make([][]bool, len(hidden)+1) // before[i][s]: those before i can add up to s
	before[0] = reach(sum)
	for i, c := range hidden {
		before[i+1] = widen(before[i], c.Measured)
	}
	after := reach(sum)
	for i, c := range slices.Backward(hidden) {
		least, most := sum, -1
		for v := range min(c.Measured, sum) + 1 {
			if withheld(v, c.Measured) && meet(before[i], after, sum-v) {
				least, most = min(least, v), max(most, v)
			}
		}
		if most-least+1 < Least {
			return true
		}
		after = widen(after, c.Measured)
	}
	return false
}

// withheld reports whether a row of so many sites is withheld when v of them are disturbed.
func withheld(v, measured int) bool { return v < Least || measured-v < Least }

// reach returns the sums from 0 to most, of which nothing yet reaches more than 0.
func reach(most int) []bool {
	sums := make([]bool, most+1)
	sums[0] = true
	return sums
}

// widen returns what sums can become with a withheld row of so many sites added.
func widen(sums []bool, measured int) []bool {
	wider := make([]bool, len(sums))
	for v := range min(measured, len(sums)-1) + 1 {
		if !withheld(v, measured) {
			continue
		}
		for s, ok := range sums[:len(sums)-v] {
			wider[s+v] = wider[s+v] || ok
		}
	}
	return wider
}

// meet reports whether a sum in a and one in b make up want.
func meet(a, b []bool, want int) bool {
	for s := range want + 1 {
		if a[s] && b[want-s] {
			return true
		}
	}
	return false
}
