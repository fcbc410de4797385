// Package claims joins what the lookout saw with what is claimed: rounds of the lookout's own machine become questions of internal/claim, and these
// verdicts. A written night ([Replay]) and the stored results of a running lookout ([Judge.VerdictOf]) go the same way.
package claims
