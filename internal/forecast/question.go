package forecast

import "slices"

// row is one question, as a model and the one who scores it see it: will a host of the country be listed on one of the days after issued, as
// many as the horizon says?
type row struct {
	country  string
	issued   Day // the end of this day; it is not in the window
	happened bool
	onset    bool // the country was not listed on this day and the 13 before
	dark     bool // the window touches a day without a list
}

// onsetDays is how long a country must have been out of the lists, the day of the forecast included, for an event to be an onset.
const onsetDays = 14

// horizon is the windows of a back-test and what is seen of them.
type horizon int

// resolved returns the row of a country and a day whose window has passed.
func (n horizon) resolved(h *History, country string, issued Day) row {
	r := row{country: country, issued: issued, onset: true}
	for d := issued + 1; d <= issued+Day(n); d++ {
		r.happened = r.happened || h.Listed(country, d)
		r.dark = r.dark || !h.Lit(d)
	}
	for d := issued - onsetDays + 1; d <= issued; d++ {
		r.onset = r.onset && !h.Listed(country, d)
	}
	return r
}

// state is what was known at the end of a day. It moves on day by day, by next alone, which is shown one day and no other: whatever is
// computed from a state cannot know what was listed later.
type state struct {
	first, today Day
	horizon      int
	lit          []bool // of every day from first to today
	series       map[string]*series
	names        []string // of the countries in series, in order

	// Averages and sums of how many countries were listed on a day and were known, the older days counting less.
	active, population, activeSum, populationSum float64
}

// series is what was listed of one country that was listed before.
type series struct {
	hosts  []int // on every day from first to today; 0 is not listed
	began  int   // index of the first day on which it was listed
	last   int   // index of the last
	events int   // windows that have passed and held a listing
	memory memory
}

func newState(first Day, n horizon) *state {
	return &state{first: first, today: first - 1, horizon: int(n), series: make(map[string]*series)}
}

// next moves the state on by the day that comes.
func (s *state) next(day dayRecord) {
	s.today++
	t := len(s.lit)
	s.lit = append(s.lit, day.lists > 0)
	for country := range day.listed {
		if s.series[country] == nil {
			s.series[country] = &series{hosts: make([]int, t, t+1), began: t, last: t}
			at, _ := slices.BinarySearch(s.names, country)
			s.names = slices.Insert(s.names, at, country)
		}
	}
	for country, c := range s.series {
		n := day.listed[country]
		c.hosts = append(c.hosts, n)
		c.memory.next(n)
		if n > 0 {
			c.last = t
		}
		// The window of the day that lies a horizon back has just passed.
		if t >= s.horizon && t-c.last < s.horizon {
			c.events++
		}
	}
	s.nextWorld(len(day.listed))
}

// age returns how many days have passed since day 0.
func (s *state) age() int { return len(s.lit) - 1 }

// passed returns how many windows have passed.
func (s *state) passed() int { return max(0, len(s.lit)-s.horizon) }

// reference returns the share of the country's windows so far that held a listing, drawn a little towards one in twelve windows without: the
// base rate that skill is measured against.
func (s *state) reference(c *series) float64 {
	return float64(c.events+1) / float64(s.passed()+referenceWindows)
}

// referenceWindows is how many windows the reference adds, with one listing among them.
const referenceWindows = 12

// listedIn returns on how many of the days from days ago to until days ago, both included, the country was listed.
func (c *series) listedIn(from, until int) int {
	t := len(c.hosts) - 1
	n := 0
	for _, hosts := range c.hosts[max(0, t-from):max(0, t-until+1)] {
		if hosts > 0 {
			n++
		}
	}
	return n
}

// gap returns how many days have passed since the country was last listed.
func (c *series) gap() int { return len(c.hosts) - 1 - c.last }
