package tlp

import "time"

// WarnNamed returns the routes on which a warning may go that somebody's list names a site, where that list was received under a label. Whoever is
// aimed at always hears so, whatever the label: a list says nothing of them that they may not know, and to keep it from them would serve those who
// wrote it. A warning has no delay: one that comes when the attack is over warns nobody. By name nothing goes to the public.
func WarnNamed(received Label) []Route { return upTo(max(Owner, reach(received))) }

// WarnNear returns the routes on which a warning may go that such a list names something like a site: its label alone decides, for what it names is
// somebody else.
func WarnNear(received Label) []Route { return upTo(reach(received)) }

// WarnOutage says whether word of an outage, which we measured ourselves and which our own label marks, may go by name on a route, and how long after
// its end: 0 for at once, while it lasts. The house and the owner hear at once, whatever the label. So does an authority, where the label reaches it:
// whoever named it as a receiver has decided that it hears before the time. Others wait for [Delay] as they wait for everything else, and to the
// public nothing goes by name.
func WarnOutage(own Label, to Route) (after time.Duration, may bool) {
	switch {
	case to <= Owner:
		return 0, true
	case to >= Public || own >= labels || to > furthest[own].ours:
		return 0, false
	case to == Authority:
		return 0, true
	}
	return Delay, true
}

// reach returns how far what was received under a label may go by name.
func reach(received Label) Route {
	if received >= labels {
		return House
	}
	return min(furthest[received].theirs, Community)
}

// upTo returns every route from the nearest to that one.
func upTo(r Route) []Route { return Routes()[:r+1] }
