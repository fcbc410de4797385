package forecast

import (
	"slices"
	"time"
)

// Level is how ready a site should be. It is a hint for people: no edge goes by it.
type Level string

// The levels, from low to high.
const (
	Calm   Level = "calm"
	Raised Level = "raised"
	High   Level = "high"
)

// Thresholds of the hint: they are choices, and no probability of harm.
const (
	unlikelyFrom = 0.2 // ICD 203 leaves "very unlikely" here
	evenFrom     = 0.5
	// namedLately is how long a site that was named in a list counts as one that may be named again.
	namedLately = 365 * oneDay
)

// Ahead is what is known of the days to come for one site.
type Ahead struct {
	Probability float64   // that a host of its country is listed
	Election    bool      // there is one in its country before the time to be ready for
	Named       time.Time // when a list named the site last; zero for never
}

// Hint is what is proposed to the people of a site.
type Hint struct {
	Site     string   `json:"site"`
	Level    Level    `json:"level"`
	Because  []string `json:"because"`
	Proposes []string `json:"proposes"`
}

// Posture returns what an outlook means for a site. It changes nothing anywhere.
func Posture(site string, now time.Time, a Ahead) Hint {
	h := Hint{Site: site, Level: Calm, Because: []string{}, Proposes: []string{}}
	points := 0
	add := func(n int, why string) {
		points += n
		h.Because = append(h.Because, why)
	}
	switch {
	case a.Probability >= evenFrom:
		add(2, "hosts of its country are more likely listed than not")
	case a.Probability >= unlikelyFrom:
		add(1, "hosts of its country may well be listed")
	}
	if a.Election {
		add(1, "there is an election in its country")
	}
	switch {
	case a.Named.IsZero() || now.Sub(a.Named) > namedLately:
	case now.Sub(a.Named) <= Dark:
		add(3, "a list names it now")
	default:
		add(1, "lists have named it within a year")
	}
	switch {
	case points >= 3:
		h.Level = High
	case points >= 2:
		h.Level = Raised
	default:
		return h
	}
	h.Proposes = proposals(h.Level, !a.Named.IsZero())
	return h
}

// proposals returns what people can do beforehand, most useful first.
func proposals(l Level, named bool) []string {
	all := []string{
		"see that nobody can go around the protection to the origin, and that it is no slower than usual",
		"see that the list of who is called is right, and that everybody on it can be reached",
	}
	if named {
		all = slices.Insert(all, 0, "have drafts prepared from what was aimed at it before, and look at those that wait for a person")
	}
	if l == High {
		all = append(all, "have somebody look on, and tell the provider what may come")
	}
	return all
}
