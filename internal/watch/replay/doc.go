// Package replay runs the lookout's own state machine over a written night: who watched what from where, and what each probe found, a line
// each, as docs/formats/replay.md describes. It adds no judgement of its own.
//
// Reading is by stream and bounded: lines of at most a megabyte, 65,536 rows waiting to be put in order. It is lenient in what may be
// missing and strict in what is there: whatever is wrong is an error that names the line.
package replay
