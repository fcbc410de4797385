package config

import "strings"

// closest returns the name that s seems to be a misspelling of, "" when there is none.
func closest(s string, names []string) string {
	best, distance := "", 3
	for _, name := range names {
		if len(name) < 3 || max(len(s)-len(name), len(name)-len(s)) >= distance {
			continue
		}
		if n := edits(strings.ToLower(s), name); n < distance && 2*n <= len(name) {
			best, distance = name, n
		}
	}
	return best
}

// edits counts the bytes to insert, delete or replace to turn a into b (Levenshtein distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
