// Package readers are the ordinary readers of the rehearsal: they open pages of The Example Courier, with all that a page needs, look
// for words, send in forms, and tell byte for byte whether what came is what was printed. Of what answers a search or a form they fetch
// the page alone.
//
// They are an open loop: everything they will do is drawn from a seed before the first click ([NewPlan]), and a click happens at its
// time whether or not earlier pages came, as readers who do not know of each other click. So three acts with one seed meet the same
// readers, and a slow server cannot slow them down. How a reader behaves is a [Model], made up ([Default]) or measured in an access log
// ([FromLog]).
package readers
