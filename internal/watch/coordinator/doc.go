// Package coordinator is the lookout's side of the bus: it says to each vantage what to ask, and takes in what they found.
//
// Together the vantages keep the budget of every site ([probe.PeaceGETs] a minute, [probe.DoubtGETs] in doubt), which belongs to a registrable domain:
// at most three of them ask a domain at the same time, each its own part. A place that a vantage leaves is given to another one only when the first can
// no longer be asking: when it said so, or when the assignment that it may still hold has ended. Which vantages ask a domain depends on nothing but
// their names and the list, so that a restarted lookout deals as before.
//
// What arrives is checked here: a result or a health report belongs to the vantage whose subject it came on, to a site that is watched, and is
// bounded. What is not so is counted and dropped; all else is handed on in batches, again and again until it was taken.
package coordinator
