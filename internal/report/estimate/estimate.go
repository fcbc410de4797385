// Package estimate says probabilities in words, by scales that others published, and by one of our own for Danish.
//
// A word is never given without its scale and the range that the scale gives it: the same word means other things elsewhere. Where a scale has no word
// for a probability, that is said. How sure one is of a probability is another matter, and has no place in the sentence that gives it (ICD 203,
// section D.6.e.2.b).
package estimate

import (
	"fmt"
	"math"
	"strings"
)

// Word is what a scale calls a probability.
type Word struct {
	Scale string  `json:"scale"`
	Word  string  `json:"word"`
	Low   float64 `json:"low"` // percent, of the scale's range
	High  float64 `json:"high"`
}

// String writes the word with its range and its scale.
func (w Word) String() string {
	return fmt.Sprintf("%s (%s: %s to %s %%)", w.Word, w.Scale, percent(w.Low), percent(w.High))
}

func percent(p float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", p), ".0") }

// Scale is a list of words, each from a percentage on.
type Scale struct {
	Name  string
	terms []term
}

// term is a word of a scale, from low to high percent. A probability on the border of two belongs to the upper one.
type term struct {
	low, high float64
	word      string
}

// The scales.
var (
	// ICD203 is that of Intelligence Community Directive 203, "Analytic Standards" (2 January 2015), section D.6.e.2.a, its first row of terms.
	ICD203 = Scale{"ICD 203", []term{
		{1, 5, "almost no chance"},
		{5, 20, "very unlikely"},
		{20, 45, "unlikely"},
		{45, 55, "roughly even chance"},
		{55, 80, "likely"},
		{80, 95, "very likely"},
		{95, 99, "almost certain"},
	}}
	// PHIA is the Probability Yardstick of the United Kingdom's Professional Head of Intelligence Assessment ("Explaining Uncertainty in UK
	// Intelligence Assessment", 24 March 2025). Its ranges are approximate, and it leaves gaps between them.
	PHIA = Scale{"PHIA Probability Yardstick", []term{
		{0, 5, "remote chance"},
		{10, 20, "highly unlikely"},
		{25, 35, "unlikely"},
		{40, 50, "realistic possibility"},
		{55, 75, "likely"},
		{80, 90, "highly likely"},
		{95, 100, "almost certain"},
	}}
	// Danish is our own: Danish authorities use the words without percentages, and call their degrees assessed and not calculated.
	Danish = Scale{"Seawall's own Danish scale", []term{
		{0, 10, "usandsynligt"}, {10, 40, "mindre sandsynligt"}, {40, 60, "muligt"}, {60, 90, "sandsynligt"}, {90, 100, "meget sandsynligt"},
	}}
)

// Scales returns all of them.
func Scales() []Scale { return []Scale{ICD203, PHIA, Danish} }

// Of returns what the scale calls a probability from 0 to 1. In a gap between two words it is between them; beyond the ends it is below the first
// word or above the last. It is what is printed that counts: p is taken in tenths of a percent.
func (s Scale) Of(p float64) Word {
	x := math.Round(1000*p) / 10
	first, last := s.terms[0], s.terms[len(s.terms)-1]
	switch {
	case x < first.low:
		return Word{s.Name, "below " + first.word, 0, first.low}
	case x > last.high:
		return Word{s.Name, "above " + last.word, last.high, 100}
	}
	for i := len(s.terms) - 1; ; i-- {
		t := s.terms[i]
		switch {
		case x < t.low:
		case x <= t.high:
			return Word{s.Name, t.word, t.low, t.high}
		default:
			next := s.terms[i+1]
			return Word{s.Name, "between " + t.word + " and " + next.word, t.high, next.low}
		}
	}
}

// Words returns what every scale calls a probability.
func Words(p float64) []Word {
	var all []Word
	for _, s := range Scales() {
		all = append(all, s.Of(p))
	}
	return all
}
