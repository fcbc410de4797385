// Package claim judges claims: from who said when that a target was attacked, which lists named it, and what the lookout saw of it, [Judge] says what
// is so. It is a pure function over plain values: it reads no clock, asks nobody and keeps nothing, so that a verdict can be made again by anyone
// who has what it rests on.
//
// A [Verdict] is about effect: whether readers were served. What speaks for and against a connection between the effect and the claim stands
// beside it and never moves it. How sure the verdict is, its [Confidence], is kept apart from how likely anything is. It refuses to say that a host
// was not listed while no list is known, to say "no effect" of what was not watched, and to speak of one place as of all.
//
// docs/claims.md gives the rules, docs/formats/verdict.md the form.
package claim
