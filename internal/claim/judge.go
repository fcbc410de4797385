package claim

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// What the rules are held against.
const (
	leastCoverage = 0.6
	fullCoverage  = 0.9
	longInAll     = 15 * time.Minute
	longOnEnd     = 5 * time.Minute
	longSlow      = 5 * time.Minute
)

// Minutes is a length as far as samples tell.
type Minutes struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Verdict is what is so of a target, as far as was seen. It is plain data.
type Verdict struct {
	Target     string
	Word       Word
	Either     []Word // when the two ends of what sampling leaves open give two verdicts: the milder, which is given, and the other
	Words      Words
	Confidence Confidence
	OnePlace   bool    // it was watched from one network only
	Coverage   float64 // 0…1: the share of the window for which a quorum of fresh healthy votes tells
	Bad        Minutes // of failures that began in the window
	Longest    float64 // minutes on end, the middle of what samples leave open
	Slow       Minutes
	Windows    []Span
	Day        bool // the windows are those of claims that are known to the day only
	Lists      Listed
	For        []Reason
	Against    []Reason
	Findings   []Finding
	Began      time.Time // when the first bad round was; zero without
	NotYet     bool      // the window is not over
}

// Listed is what can be said of lists.
type Listed uint8

// What can be said.
const (
	NoListKnown Listed = iota // no feed gave a list in those days
	IsListed
	NotListed
)

var listedNames = [...]string{NoListKnown: "no list known to us", IsListed: "listed", NotListed: "not listed"}

// String returns what can be said.
func (l Listed) String() string { return nameOf(listedNames[:], l) }

// Judge answers a question. Rules, in this order, the first that fits:
//
//   - [Unknown] when a quorum tells of less than 60 % of the window;
//   - [Confirmed] when the site was bad for 15 minutes in all and 5 on end, of failures that began in the window;
//   - [Briefly] when it was bad for less than 15 minutes;
//   - [Degraded] when it was bad for 15 minutes and never 5 on end, or slow for 5;
//   - [Protected] when it met readers with a protection product, or failed abroad only;
//   - [NoEffect] when a quorum tells of 90 % of the window, and no failure from before reaches into it;
//   - [Unknown] else.
//
// Sampling leaves lengths open; when the two ends give two verdicts, the milder is given. Sources that are known to the hour decide over those
// known to the day, unless something was seen on that day and nothing in their windows.
func Judge(q Question) Verdict {
	sharp, days := q.windows()
	views := make([]view, 0, 2)
	if len(sharp) > 0 {
		views = append(views, q.view(sharp, false))
	}
	if len(days) > 0 {
		views = append(views, q.view(days, true))
	}
	if len(views) == 0 {
		return Verdict{Target: q.Target, Words: None.words(false), Lists: q.listed()}
	}
	best := views[0]
	if last := views[len(views)-1]; last.low > best.low && last.low > NoEffect {
		best = last
	}
	return q.verdict(best)
}

// view is what one set of windows shows.
type view struct {
	windows   []Span
	day       bool
	seen      seen
	low, high Word
}

func (q *Question) view(windows []Span, day bool) view {
	v := view{windows: windows, day: day}
	h := hull(windows)
	v.seen = look(q.around(h), windows, q.Until)
	least, most := v.seen.lengths()
	v.low = v.seen.rule(least, v.seen.slow[0])
	v.high = v.seen.rule(most, v.seen.slow[1])
	return v
}

// Measure returns what was seen of a site in a span that nobody asked about: the share of it of which a quorum tells, how long the site was bad in
// failures that began in it, and for how many minutes on end.
func Measure(rounds []Round, s Span) (coverage float64, bad Minutes, longest float64) {
	v := look(rounds, []Span{s}, time.Time{})
	least, most := v.lengths()
	return math.Floor(v.coverage()*1e4) / 1e4, Minutes{minutes(least.all), minutes(most.all)}, minutes((least.onEnd + most.onEnd) / 2)
}

// BadFrom returns when each failure of a site was first seen.
func BadFrom(rounds []Round) []time.Time {
	all := spells(rounds, paces(rounds), isBad)
	out := make([]time.Time, len(all))
	for i, x := range all {
		out[i] = x.from
	}
	return out
}

// around returns the rounds that may belong to windows: those in them, what lasted into them, and what began in them and went on.
func (q *Question) around(h Span) []Round {
	const reach = 24 * time.Hour
	return between(q.Rounds, Span{h.From.Add(-reach), h.To.Add(14 * reach)})
}

// rule is the first that fits, of lengths at one end of what sampling leaves open.
func (s *seen) rule(bad length, slow time.Duration) Word {
	coverage := s.coverage()
	switch {
	case coverage < leastCoverage:
		return Unknown
	case bad.all >= longInAll && bad.onEnd >= longOnEnd:
		return Confirmed
	case len(s.bad) > 0 && bad.all < longInAll:
		return Briefly
	case len(s.bad) > 0 || slow >= longSlow:
		return Degraded
	case s.before:
		return Unknown
	case s.guarded+s.abroad > 0:
		return Protected
	case coverage >= fullCoverage:
		return NoEffect
	}
	return Unknown
}

func (q *Question) verdict(v view) Verdict {
	least, most := v.seen.lengths()
	word := min(v.low, v.high)
	out := Verdict{
		Target: q.Target, Word: word, OnePlace: q.Places == 1 && q.Watched, Coverage: math.Floor(v.seen.coverage()*1e4) / 1e4, Windows: v.windows, Day: v.day,
		Bad: Minutes{minutes(least.all), minutes(most.all)}, Longest: minutes((least.onEnd + most.onEnd) / 2),
		Slow: Minutes{minutes(v.seen.slow[0]), minutes(v.seen.slow[1])}, Lists: q.listed(),
	}
	if v.low != v.high {
		out.Either = []Word{word, max(v.low, v.high)}
	}
	if len(v.seen.bad) > 0 {
		out.Began = v.seen.bad[0].from
	}
	out.NotYet = !q.Until.IsZero() && hull(v.windows).To.After(q.Until)
	out.Words = word.words(out.OnePlace)
	base := q.baseline(v)
	out.Confidence = q.confidence(v, base, &out)
	q.reasons(v, base, &out)
	q.findings(v, &out)
	return out
}

// minutes returns a length to a tenth of a minute.
func minutes(d time.Duration) float64 { return math.Round(d.Minutes()*10) / 10 }

// confidence says how sure the verdict is of what was seen.
func (q *Question) confidence(v view, base baseline, out *Verdict) Confidence {
	best := High
	atMost := func(c Confidence, when bool) {
		if when {
			best = min(best, c)
		}
	}
	coverage := v.seen.coverage()
	effect := out.Word > NoEffect
	atMost(Low, out.Word == Unknown || out.OnePlace || v.day || !q.Watched)
	atMost(Moderate, coverage < fullCoverage)
	atMost(Low, coverage < 0.75)
	atMost(Moderate, v.seen.networks < 3 || out.Either != nil || out.NotYet)
	atMost(Moderate, q.Homed && 2*v.seen.homeless > v.seen.rounds)
	atMost(Moderate, v.seen.argued >= 5 || 10*v.seen.argued > v.seen.rounds)
	atMost(Low, len(v.seen.bad) > 0 && !v.seen.bad[0].seenBefore)
	atMost(Moderate, effect && (!base.known || base.share >= flakyShare))
	atMost(Low, effect && base.known && base.share >= veryFlaky)
	atMost(Moderate, slices.ContainsFunc(q.Sources, func(s Source) bool { return s.Blur > sharp }))
	return best
}

// listed says what can be said of lists.
func (q *Question) listed() Listed {
	switch {
	case slices.ContainsFunc(q.Sources, func(s Source) bool { return s.Kind == List }):
		return IsListed
	case q.Feeds == FeedsLive:
		return NotListed
	}
	return NoListKnown
}

// claimed reports whether anybody but a list names the target.
func (q *Question) claimed() bool {
	return slices.ContainsFunc(q.Sources, func(s Source) bool { return s.Kind != List })
}

// add puts a reason or a finding into a list, once and in order.
func add[T cmp.Ordered](all []T, x T) []T {
	if slices.Contains(all, x) {
		return all
	}
	return append(all, x)
}
