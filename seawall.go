// Package seawall is the vocabulary of the house: the plain data that two rooms hand each other, and nothing else.
//
// A type belongs here only when two rooms exchange it; a type that one room keeps to itself stays in that room. Types here import
// the standard library alone and do no more than hold, compare and print themselves, so every room may import this package and
// none needs another to be understood.
//
// A [Request] is what an engine read, an [ActionKind] with its [Reason] is what the edge decided, an [Outcome] is what came of
// it. [Site] is what the owner configured; [Client] is who asked, as far as Seawall wants to know.
package seawall
