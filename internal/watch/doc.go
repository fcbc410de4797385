// Package watch is the judgement of the lookout: from what many probes at several vantages found it says which sites are reachable, for whom,
// since when, and how sure that is.
//
// The heart is [Machine], a pure state machine: facts and the time go in, events come out. It reads no clock, opens nothing and starts
// nothing, so that a night can be replayed exactly and a restart changes nothing. It promises:
//
//   - One failing vote raises doubt, never an alarm. Only a quorum does: at least two, and more than half, of the fresh and healthy vantages
//     in different networks. With fewer the words stay at "suspected". The quorum is never lowered.
//   - Windows decide, not streaks: two failing rounds of four disturb a site, four of five over five minutes bring it down, three good ones
//     begin its recovery, and a failure before the end of the closing time continues the same incident.
//   - A vantage that is blind, impaired or inside (in the target's own network) has no vote. That many sites fail at once at one vantage
//     never silences it: its votes wait until its sentinels or other networks say which it was, and then are withdrawn or counted with their first times.
//   - Sites that share an address, a network or a provider and fail together are one incident.
//   - Sampling is discrete, so a start or an end is an [Interval], and what is said of its length is one too.
//   - Every transition names the probes that caused it.
//   - The order of facts of the same time, and facts told twice, change nothing. What is late fills history elsewhere and casts no vote here.
//   - Memory is bounded by the number of sites times the number of vantages.
//
// It refuses to say "down" from one place, to call a challenge page up or down, and to say anything while it is blind.
package watch
