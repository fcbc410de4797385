package claims

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// maxRounds bounds the rounds that are kept of all sites together, at 32 bytes each.
const maxRounds = 8_000_000

// ErrTooMuch says that more was seen than can be judged at once.
var ErrTooMuch = errors.New("more rounds than can be judged at once")

// kept is a round in little memory.
type kept struct {
	number   int64
	from     int64 // milliseconds
	at       int32 // after from
	outcome  watch.Outcome
	class    probe.Class
	networks uint8
	flags    uint8
}

const (
	flagSlow = 1 << iota
	flagQuiet
	flagHome
	flagAbroad
	flagChecked
	flagHomeDown // most of the vantages at home that voted were not served
)

// seenSite is what was seen of one site.
type seenSite struct {
	site    watch.Site
	rounds  []kept
	places  map[string]bool         // networks that asked from outside
	downs   map[string][]claim.Span // by vantage, when it said that the site fails
	asked   map[string]bool         // vantages
	outside map[string]bool         // of these, those that asked from outside the site's own network
	mark    int                     // see failures
}

// sight collects what a machine is told and says, for whatever sites it watches.
type sight struct {
	sites    map[string]*seenSite // by name, as the machine has it
	ascii    map[string]*seenSite // by name, as it is matched
	vantages map[string]watch.Vantage
	blind    map[string][]claim.Span // by vantage, when it could not see; a zero To is not over
	speaks   map[string]bool         // vantages that ever reported on themselves
	total    int
	last     time.Time
}

func newSight(c watch.Config) *sight {
	s := &sight{
		sites: make(map[string]*seenSite, len(c.Sites)), ascii: make(map[string]*seenSite, len(c.Sites)), vantages: make(map[string]watch.Vantage, len(c.Vantages)),
		blind: make(map[string][]claim.Span), speaks: make(map[string]bool),
	}
	for _, x := range c.Sites {
		x.Home = strings.ToUpper(x.Home)
		s.sites[x.Name] = &seenSite{
			site: x, places: make(map[string]bool), downs: make(map[string][]claim.Span), asked: make(map[string]bool), outside: make(map[string]bool),
		}
		s.ascii[asciiOf(x.Name)] = s.sites[x.Name]
	}
	for _, v := range c.Vantages {
		s.vantages[v.Name] = v
		if v.Health == watch.Impaired || v.Health == watch.BlindHere {
			s.blind[v.Name] = []claim.Span{{}}
		}
	}
	return s
}

// inOrder returns the sites in order of their names.
func (s *sight) inOrder() []*seenSite {
	all := make([]*seenSite, 0, len(s.sites))
	for _, name := range slices.Sorted(maps.Keys(s.sites)) {
		all = append(all, s.sites[name])
	}
	return all
}

// downGap is the longest time between two failing probes that belong together.
const downGap = 15 * time.Minute

// fact takes in what the machine is told.
func (s *sight) fact(f watch.Fact) {
	if f.At.After(s.last) {
		s.last = f.At
	}
	if f.Report != nil {
		s.speaks[f.Report.Vantage] = true
	}
	if f.Reading == nil {
		return
	}
	x, v := s.sites[f.Reading.Site], s.vantages[f.Reading.Vantage]
	if x == nil || v.Name == "" {
		return
	}
	x.note(f)
	if !slices.Contains(v.Inside, f.Reading.Site) {
		x.places[strings.ToLower(v.Network)], x.outside[v.Name] = true, true
	}
}

// inside takes in a reading from inside the site's own network, of which the machine is not told.
func (s *sight) inside(f watch.Fact) {
	if f.At.After(s.last) {
		s.last = f.At
	}
	s.sites[f.Reading.Site].note(f)
}

// note notes that a vantage asked, and whether the site failed.
func (x *seenSite) note(f watch.Fact) {
	name := f.Reading.Vantage
	x.asked[name] = true
	if f.Reading.Class.Vote() != probe.Down {
		return
	}
	spans := x.downs[name]
	if n := len(spans); n > 0 && f.At.Sub(spans[n-1].To) <= downGap {
		spans[n-1].To = f.At
		return
	}
	const most = 256
	if len(spans) < most {
		x.downs[name] = append(spans, claim.Span{From: f.At, To: f.At})
	}
}

// round takes in what the machine says of a round, in place of what it said before.
func (s *sight) round(r watch.Round) {
	x := s.sites[r.Site]
	k := keep(r, x.site.Home)
	for i := len(x.rounds) - 1; i >= 0 && x.rounds[i].number >= r.Number; i-- {
		if x.rounds[i].number == r.Number {
			x.rounds[i] = k
			return
		}
	}
	if s.total < maxRounds {
		x.rounds = append(x.rounds, k)
	}
	s.total++
}

// err says whether anything had to be left out.
func (s *sight) err() error {
	if s.total > maxRounds {
		return fmt.Errorf("%w: %d, at most %d", ErrTooMuch, s.total, maxRounds)
	}
	return nil
}

func keep(r watch.Round, home string) kept {
	k := kept{number: r.Number, from: r.From.UnixMilli(), at: int32(min(r.At.Sub(r.From).Milliseconds(), 1<<30)), outcome: r.Outcome} //nolint:gosec // bounded
	for flag, on := range map[uint8]bool{flagSlow: r.Slow, flagQuiet: r.Quiet, flagHome: r.AtHome, flagAbroad: r.Abroad, flagChecked: r.Checked} {
		if on {
			k.flags |= flag
		}
	}
	networks := make(map[string]bool, len(r.Voted))
	classes := make(map[probe.Class]int)
	down, served := 0, 0 // at home
	for _, v := range r.Voted {
		networks[v.Network] = true
		switch {
		case home == "" || v.Country != home:
		case v.Vote == probe.Down:
			down++
		default:
			served++
		}
		if v.Vote == probe.Down || v.Vote == probe.Protected {
			classes[v.Class]++
		}
	}
	if down > served {
		k.flags |= flagHomeDown
	}
	k.networks = uint8(min(len(networks), 255)) //nolint:gosec // bounded
	for c, n := range classes {
		if most := classes[k.class]; n > most || n == most && c > k.class {
			k.class = c
		}
	}
	return k
}

// expand returns a round as it is judged; alone says that the site is watched from one place only.
func (k kept) expand(alone bool) claim.Round {
	from := time.UnixMilli(k.from).UTC()
	r := claim.Round{
		From: from, At: from.Add(time.Duration(k.at) * time.Millisecond), Slow: k.flags&flagSlow != 0, Quiet: k.flags&flagQuiet != 0,
		Home: k.flags&flagHome != 0, Networks: k.networks,
	}
	abroad := k.flags&flagAbroad != 0
	weak := alone && k.flags&flagChecked != 0
	switch o := k.outcome; {
	case o == watch.OutcomeGood, o == watch.OutcomeWeakGood && weak:
		r.State = claim.Good
	case o == watch.OutcomeFailing && abroad, o == watch.OutcomeProtected && abroad:
		r.State = claim.Abroad
	case o == watch.OutcomeFailing, o == watch.OutcomeWeakFailing && weak:
		r.State = claim.Bad
	case o == watch.OutcomeProtected, o == watch.OutcomeWeakProtected && weak:
		r.State = claim.Guarded
	case o == watch.OutcomeDisputed:
		r.State = claim.Argued
	}
	if k.class != probe.Unknown {
		r.Class = k.class.String()
	}
	return r
}

// networks returns from how many a site is watched: those that asked, and those of vantages that spoke of themselves, as one does that is blind. A
// vantage that asked from inside the site's network alone is not outside it when it is blind.
func (s *sight) networks(x *seenSite) int {
	all := make(map[string]bool)
	for n := range x.places {
		all[n] = true
	}
	for name := range s.speaks {
		if v, known := s.vantages[name]; known && !slices.Contains(v.Inside, x.site.Name) && (x.outside[name] || !x.asked[name]) {
			all[strings.ToLower(v.Network)] = true
		}
	}
	return len(all)
}

// roundsOf returns what was seen of a site, in order.
func (s *sight) roundsOf(x *seenSite) []claim.Round {
	alone := s.networks(x) == 1
	out := make([]claim.Round, 0, len(x.rounds))
	for i, k := range x.rounds {
		r := k.expand(alone)
		if r.State == claim.Abroad && k.outcome == watch.OutcomeFailing && x.homeFailed(i) {
			r.State = claim.Bad
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b claim.Round) int { return a.From.Compare(b.From) })
	return out
}

// homeFailed reports whether home failed in the round before or after one in which it was served and others were not. Vantages ask one after the other,
// so that the votes of one moment may lie in two rounds: a failure that home saw too is none of those abroad alone. What lies more than [downGap]
// away says nothing.
func (x *seenSite) homeFailed(i int) bool {
	from := x.rounds[i].from
	down := func(i int) bool {
		if i < 0 || i >= len(x.rounds) || x.rounds[i].flags&flagHomeDown == 0 {
			return false
		}
		return (time.Duration(x.rounds[i].from-from) * time.Millisecond).Abs() <= downGap
	}
	return down(i-1) || down(i+1)
}

// unseeing is how long before it was noticed a vantage may not have seen.
const unseeing = 2 * time.Minute

// health takes in that a vantage's health changed.
func (s *sight) health(at time.Time, c *watch.VantageChange) {
	spans := s.blind[c.Vantage]
	open := len(spans) > 0 && spans[len(spans)-1].To.IsZero()
	lost := c.To == watch.Impaired || c.To == watch.BlindHere
	switch {
	case lost && !open:
		s.blind[c.Vantage] = append(spans, claim.Span{From: at.Add(-unseeing)})
	case !lost && open:
		spans[len(spans)-1].To = at
	}
}

// blindOf returns when vantages that ask about a site could not see.
func (s *sight) blindOf(x *seenSite) []claim.Span {
	var out []claim.Span
	for name, spans := range s.blind {
		if !x.asked[name] {
			continue
		}
		for _, b := range spans {
			if b.To.IsZero() {
				b.To = s.last
			}
			out = append(out, b)
		}
	}
	return out
}

// fooled reports whether a vantage that could not see said meanwhile that the site fails.
func (s *sight) fooled(x *seenSite) bool {
	for name, spans := range s.blind {
		for _, b := range spans {
			if b.To.IsZero() {
				b.To = s.last
			}
			for _, d := range x.downs[name] {
				if !d.From.After(b.To) && !b.From.After(d.To) {
					return true
				}
			}
		}
	}
	return false
}
