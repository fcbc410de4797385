// Package claims joins what the lookout saw with what is claimed: rounds of the lookout's own machine become questions of internal/claim, and these
// verdicts. A written night ([Replay]) and the stored results of a running lookout ([Judge.VerdictOf]) go the same way.
//
// A [Desk] is where people work with claims on a store: they hand them in, have verdicts made and written down in the ledger with what these rest
// on, hand them out as labels and delays allow, and have them erased.
package claims
