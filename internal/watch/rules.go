package watch

import "time"

// The rules' numbers. They are not settings: what an incident means must not depend on who runs the lookout.
const (
	peacePace = time.Minute      // between two probes of a site at one vantage, until its own spacing is known
	doubtPace = 15 * time.Second // the same while there is doubt
	doubtFor  = 10 * time.Minute // the longest doubt, and the rest after it
	leastPace = 10 * time.Second
	mostPace  = 5 * time.Minute // longer spacings are gaps, not a pace
	sitePace  = 2 * time.Minute // one vantage's spacing stretches the freshness of another's votes no further than this

	windowRounds  = 4 // of which failingRounds make a disturbance
	failingRounds = 2
	cleanRounds   = 3 // make an end of doubt, or begin a recovery
	downWindow    = 5 * time.Minute
	leastInWindow = 3 // rounds, below which the window reaches further back
	sparseWindow  = 15 * time.Minute
	downShare     = 0.8
	leastShare    = 0.2

	closing         = 15 * time.Minute // of good rounds, until an incident is closed
	closingCampaign = 30 * time.Minute // the same while a list names the site
	listedFor       = 48 * time.Hour   // how long a listing counts

	together = 5 * time.Minute // failures no further apart have one cause if the sites share something

	massGroups = 20
	massShare  = 0.3
	massWait   = 2 * time.Minute  // how long votes wait for sentinels or others
	massWindow = 75 * time.Second // one round of a vantage over all its sites, and the longest that a probe takes

	blindReach = 2 * time.Minute // how long before it was noticed blindness may have begun
	healthAge  = 5 * time.Minute // how long a good report bounds that reach

	slowLeast    = 3 * time.Second
	slowTimes    = 4 // the site's own p95
	slowWindow   = 5 * time.Minute
	slowSamples  = 3                // per vantage in the window, at least
	baseSamples  = 30               // before the site's own p95 is believed
	learnSlowFor = 24 * time.Hour   // what is slow for longer is how the site is
	aheadMost    = 5 * time.Minute  // a fact further ahead of the time is from a wrong clock
	leadSpread   = 30 * time.Second // clocks of sentinels that differ by more say nothing about ours
	offsetMost   = 10 * time.Minute // a clock further off says nothing about times

	briefly = 15 * time.Minute
	period  = time.Hour

	maxRounds   = 40
	maxSamples  = 24
	maxWindows  = 16 // maintenance windows kept per site
	maxBegins   = 1 << 16
	maxPending  = 1 << 20
	maxBecause  = 32
	maxMembers  = 1 << 12
	maxVantages = 64
	maxSites    = 1 << 17
)
