package watch

import (
	"slices"
	"time"
)

// recent returns the last n rounds that say something, oldest first: none from a maintenance window, none from before a gap.
func (s *siteState) recent(n int) []*round {
	var all []*round
	next := time.Time{}
	for i := len(s.Rounds) - 1; i >= 0 && len(all) < n; i-- {
		r := &s.Rounds[i]
		if r.Quiet || !next.IsZero() && next.Sub(r.At) > sparseWindow {
			break
		}
		next = r.From
		if r.decided() {
			all = append(all, r)
		}
	}
	slices.Reverse(all)
	return all
}

// fails returns those of rounds that fail, for a quorum or, when weak is wanted too, in one place's sight.
func fails(rounds []*round, outcomes ...outcome) []*round {
	var all []*round
	for _, r := range rounds {
		if slices.Contains(outcomes, r.Outcome) {
			all = append(all, r)
		}
	}
	return all
}

// lately returns the rounds of the last five minutes before now, or, when there were few, the last few of a quarter of an hour.
func (s *siteState) lately(now time.Time) []*round {
	all := s.recent(maxRounds)
	first := len(all)
	for first > 0 {
		age := now.Sub(all[first-1].At)
		if age >= downWindow && (len(all)-first >= leastInWindow || age >= sparseWindow) {
			break
		}
		first--
	}
	return all[first:]
}

// share returns which part of rounds fails for a quorum.
func share(rounds []*round) float64 {
	if len(rounds) == 0 {
		return 0
	}
	return float64(len(fails(rounds, failing))) / float64(len(rounds))
}

// failingSince returns the first failing round of the present spell: no gap, and no recovery since.
func (s *siteState) failingSince(e *episode) time.Time {
	var since time.Time
	for _, r := range s.recent(maxRounds) {
		if r.Outcome == failing && !r.At.Before(e.Segment.Latest) && since.IsZero() {
			since = r.From
			if e.Segment.Latest.After(since) {
				since = e.Segment.Latest
			}
		}
	}
	return since
}

// isDown reports whether a site fails badly enough to be called down: five minutes of it, and a quorum failing in at least four of five
// rounds over them, and not only for some.
func (s *siteState) isDown(e *episode, now time.Time) bool {
	rounds := s.lately(now)
	if len(rounds) < leastInWindow || share(rounds) < downShare {
		return false
	}
	since, newest := s.failingSince(e), rounds[len(rounds)-1]
	if since.IsZero() || newest.Outcome != failing || newest.At.Sub(since) < downWindow {
		return false
	}
	partial := 0
	for _, r := range rounds {
		if r.Abroad || r.Home {
			partial++
		}
	}
	return 2*partial <= len(rounds)
}

// wavers reports whether a site fails in some rounds only, over five minutes.
func (s *siteState) wavers(e *episode, now time.Time) bool {
	since := s.failingSince(e)
	part := share(s.lately(now))
	return !since.IsZero() && now.Sub(since) >= downWindow && part >= leastShare && part < downShare
}

// allRecent reports whether the last n rounds are all so.
func (s *siteState) allRecent(n int, so func(r *round) bool) bool {
	rounds := s.recent(n)
	return len(rounds) == n && !slices.ContainsFunc(rounds, func(r *round) bool { return !so(r) })
}
