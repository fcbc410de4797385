package claim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/seawall-project/seawall/internal/claim"
)

var noon = time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC)

// rounds makes a round a minute from three hours before noon on, nine hours long.
func rounds(state func(minute int) claim.State) []claim.Round {
	out := make([]claim.Round, 540)
	for i := range out {
		at := noon.Add(time.Duration(i-180) * time.Minute)
		out[i] = claim.Round{From: at, At: at, State: state(i), Home: true, Networks: 3}
	}
	return out
}

func question(rs []claim.Round) claim.Question {
	return claim.Question{
		Target: "party.example", Watched: true, Homed: true, Places: 3, Rounds: rs,
		Sources: []claim.Source{{Kind: claim.Post, First: noon, Last: noon}},
	}
}

func some(from, to int, s claim.State) func(int) claim.State {
	return func(minute int) claim.State {
		if minute >= from && minute < to {
			return s
		}
		return claim.Good
	}
}

func TestJudge(t *testing.T) {
	tests := []struct {
		name   string
		rounds []claim.Round
		want   claim.Word
		either string
	}{
		{"good", rounds(some(0, 0, 0)), claim.NoEffect, "[]"},
		{"one bad round", rounds(some(60, 61, claim.Bad)), claim.Briefly, "[]"},
		{"fourteen minutes at least", rounds(some(60, 75, claim.Bad)), claim.Briefly, "[briefly_affected confirmed]"},
		{"fifteen minutes at least", rounds(some(60, 76, claim.Bad)), claim.Confirmed, "[]"},
		{"protected", rounds(some(60, 61, claim.Guarded)), claim.Protected, "[]"},
		{"abroad", rounds(some(60, 120, claim.Abroad)), claim.Protected, "[]"},
		{"a block, and one bad round", rounds(func(m int) claim.State {
			if m == 80 {
				return claim.Bad
			}
			return some(60, 120, claim.Guarded)(m)
		}), claim.Briefly, "[]"},
		{"bad from before", append([]claim.Round{{From: noon.Add(-181 * time.Minute), At: noon.Add(-181 * time.Minute), State: claim.Bad}}, rounds(some(0, 10, claim.Bad))...), claim.Unknown, "[]"},
		{"disputed all the time", rounds(some(0, 540, claim.Argued)), claim.Unknown, "[]"},
		{"without a quorum for an hour", rounds(some(60, 120, claim.Silent)), claim.Unknown, "[]"},
		{"nothing", nil, claim.Unknown, "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := claim.Judge(question(tt.rounds))
			if got.Word != tt.want || fmt.Sprint(got.Either) != tt.either {
				t.Errorf("got %s, either %v; want %s, %s", got.Word, got.Either, tt.want, tt.either)
			}
		})
	}
}

// TestGap holds that what lies in a gap counts for the longest and not for the least.
func TestGap(t *testing.T) {
	all := rounds(some(60, 100, claim.Bad))
	all = slices.Delete(all, 62, 98) // two bad rounds, a gap, two bad rounds
	got := claim.Judge(question(all))
	if got.Bad != (claim.Minutes{Min: 2, Max: 41}) || got.Word != claim.Briefly || fmt.Sprint(got.Either) != "[briefly_affected confirmed]" {
		t.Errorf("got %+v, %s, either %v", got.Bad, got.Word, got.Either)
	}
}

func TestGroup(t *testing.T) {
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	post := func(h int) claim.Source { return claim.Source{Kind: claim.Post, First: at(h), Last: at(h)} }
	list := func(from, to int) claim.Source { return claim.Source{Kind: claim.List, First: at(from), Last: at(to)} }
	day := func(d int) claim.Source {
		from, to := claim.Day(2025, 11, d, nil)
		return claim.Source{First: from, Last: to, Day: true}
	}
	for want, sources := range map[string][]claim.Source{
		"[1]":     {post(0)},
		"[2]":     {post(8), list(-4, 0)},
		"[1 1]":   {post(0), post(30)},
		"[1 2]":   {day(17), day(16), post(0)},
		"[1 1 1]": {day(18), day(16), day(17)},
		"[4]":     {day(17), post(1), list(-2, 3), post(9)},
	} {
		var sizes []int
		for _, g := range claim.Group(sources) {
			sizes = append(sizes, len(g))
		}
		if fmt.Sprint(sizes) != want {
			t.Errorf("got groups of %v, want %s", sizes, want)
		}
	}
}

func TestOnlyAbroad(t *testing.T) {
	for p, want := range map[claim.Proof]bool{
		{HomeGood: 1, AbroadBad: 4}:                true,
		{HomeGood: 1, AbroadBad: 2, AbroadGood: 2}: false,
		{AbroadBad: 4}:                             false,
		{HomeBad: 1, AbroadBad: 4}:                 false,
		{HomeGood: 3}:                              false,
	} {
		if got := p.OnlyAbroad(); got != want {
			t.Errorf("%+v: got %v", p, got)
		}
	}
}

// TestLaws holds that a verdict moves with time, that a bad round that is mended makes nothing worse, and that what others say moves no verdict.
func TestLaws(t *testing.T) {
	states := []claim.State{claim.Good, claim.Good, claim.Good, claim.Bad, claim.Guarded, claim.Abroad, claim.Argued, claim.Silent}
	rapid.Check(t, func(t *rapid.T) {
		drawn := rapid.SliceOfN(rapid.SampledFrom(states), 90, 90).Draw(t, "states")
		each := rapid.IntRange(1, 12).Draw(t, "minutes each")
		all := rounds(func(m int) claim.State { return drawn[m/each%len(drawn)] })
		plain := claim.Judge(question(all))

		better := slices.Clone(all)
		if i := rapid.IntRange(0, len(all)-1).Draw(t, "mended"); better[i].State == claim.Bad {
			better[i].State = claim.Good
		}
		if got := claim.Judge(question(better)); got.Word > plain.Word || got.Bad.Min > plain.Bad.Min || got.Longest > plain.Longest {
			t.Errorf("got %+v with a bad round mended, %+v without", got, plain)
		}

		moved := slices.Clone(all)
		by := time.Duration(rapid.IntRange(-1000, 1000).Draw(t, "hours")) * time.Hour
		for i := range moved {
			moved[i].From, moved[i].At = moved[i].From.Add(by), moved[i].At.Add(by)
		}
		q := question(moved)
		q.Sources[0].First, q.Sources[0].Last = noon.Add(by), noon.Add(by)
		if got := claim.Judge(q); got.Word != plain.Word || got.Bad != plain.Bad || got.Coverage != plain.Coverage || got.Confidence != plain.Confidence {
			t.Errorf("got %+v when moved, %+v", got, plain)
		}

		q = question(all)
		q.Marks = []claim.Mark{{claim.Deployed, noon.Add(-4 * time.Hour), noon.Add(8 * time.Hour)}, {claim.FlashCrowd, noon, noon}}
		q.Neighbours = []claim.Neighbour{{Shares: true, Began: noon}, {Named: true, Began: noon}}
		q.Proofs = []claim.Proof{{HomeBad: 1, AbroadBad: 9}}
		if got := claim.Judge(q); got.Word != plain.Word || got.Coverage != plain.Coverage || got.Bad != plain.Bad {
			t.Errorf("got %s with what others say, %s without", got.Word, plain.Word)
		}
	})
}
