package claims

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/claim/checkhost"
	"github.com/seawall-project/seawall/internal/watch/replay"
)

// said is what people and lists said of one target.
type said struct {
	target    string
	site      *seenSite // nil when it is not watched
	sightings []sighting
	listings  []claim.Source // that are put together already
	claims    []toldClaim
	groups    [][]claim.Source
	proofs    []proven
}

// proven is a proof, and the source that it was given for.
type proven struct {
	claim.Proof
	source claim.Source
}

type toldClaim struct {
	at    time.Time
	c     *replay.Claim
	proof *checkhost.Report // nil for none
}

// night collects everything from which a night's verdicts are made.
type night struct {
	sight  *sight
	said   map[string]*said
	feeds  feeds
	edges  []replay.Told
	quiet  map[string][]claim.Span // by site, announced windows
	lists  listSpans
	notes  []string
	counts Counts
}

// Counts are what was named and what was left out.
type Counts struct {
	Targets int `json:"targets"` // that anybody named
	Claims  int `json:"claims"`
	Lists   int `json:"listings"` // sightings
	Refused int `json:"refused"`  // named beyond the 10,000th target, or a target beyond the 64th time; edges' lines beyond the 10,000th
	Proofs  int `json:"bad_proofs"`
}

func newNight() *night {
	return &night{said: make(map[string]*said), quiet: make(map[string][]claim.Span)}
}

// maxTold bounds what is said of one target, sightings aside, which are put together.
const (
	maxTold  = claim.MaxSources
	maxNotes = 100
)

func (n *night) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(n.notes) < maxNotes && !slices.Contains(n.notes, text) {
		n.notes = append(n.notes, text)
	}
}

// siteOf returns the watched site that a host is, with or without "www."; nil when it is not watched.
func (n *night) siteOf(host string) *seenSite {
	both := seawall.Spellings(host)
	for _, name := range []string{host, both[0], both[1]} { // itself goes before the other
		if x := n.sight.ascii[name]; x != nil {
			return x
		}
	}
	return nil
}

// nameOf returns what a host is called here: the site that it is, else itself.
func (n *night) nameOf(host string) string {
	if x := n.siteOf(host); x != nil {
		return x.site.Name
	}
	return host
}

// of returns what is said of a host, and false when too many are named.
func (n *night) of(host string) (*said, bool) {
	host = asciiOf(host)
	x, name := n.siteOf(host), n.nameOf(host)
	if s := n.said[name]; s != nil {
		return s, true
	}
	if len(n.said) >= claim.MaxTargets {
		n.counts.Refused++
		n.note("more than %d targets are named; the others are left out", claim.MaxTargets)
		return nil, false
	}
	s := &said{target: name, site: x}
	n.said[name] = s
	return s, true
}

// hear takes in what a line says that is no measurement.
func (n *night) hear(t replay.Told) {
	switch {
	case t.Listing != nil:
		n.counts.Lists++
		n.feeds.list(t.Listing.Feed, t.At)
		n.feeds.list(t.Listing.Feed, t.Listing.Previous)
		s, ok := n.of(t.Listing.Host)
		if ok {
			s.sight(sighting{t.At, t.Listing.Previous, t.Listing.Feed})
		}
	case t.Claim != nil:
		n.counts.Claims++
		proof := n.proofIn(t.Claim)
		for _, target := range t.Claim.Targets {
			s, ok := n.of(target)
			switch {
			case !ok:
			case !s.claimed(toldClaim{t.At, t.Claim, proof}):
				n.counts.Refused++
				n.note("%s is claimed more than %d times; the earliest are left out", s.target, maxTold)
			}
		}
	case t.Feed != nil:
		n.feeds.say(t.Feed.Name, t.At, !t.Feed.Dark)
	case t.Edge != nil && len(n.edges) < claim.MaxTargets:
		n.edges = append(n.edges, t)
	case t.Edge != nil:
		n.counts.Refused++
		n.note("what edges saw is left out beyond %d lines", claim.MaxTargets)
	}
}

// sight notes that a list names the target, and puts sightings together when there are many.
func (s *said) sight(x sighting) {
	const many = 4096
	if s.sightings = append(s.sightings, x); len(s.sightings) >= many {
		s.listings = append(s.listings, listingsOf(s.sightings)...)
		s.listings, s.sightings = joined(s.listings), s.sightings[:0]
	}
}

// claimed notes a claim, in place of the earliest when there are too many; then it reports false. Which is earliest goes by the time that is spoken of:
// who speaks early and often does not keep out who speaks of what was.
func (s *said) claimed(x toldClaim) bool {
	if len(s.claims) < maxTold {
		s.claims = append(s.claims, x)
		return true
	}
	first := 0
	for i := range s.claims {
		if s.claims[i].when().Before(s.claims[first].when()) {
			first = i
		}
	}
	if x.when().After(s.claims[first].when()) {
		s.claims[first] = x
	}
	return false
}

// when returns the time that a claim speaks of.
func (c *toldClaim) when() time.Time {
	if c.c.PostedAt.IsZero() {
		return c.at
	}
	return c.c.PostedAt
}

// proofIn reads a claim's proof, once for all of its targets; nil where there is none.
func (n *night) proofIn(c *replay.Claim) *checkhost.Report {
	if c.Proof == nil {
		return nil
	}
	r, err := checkhost.Parse(c.Proof)
	if err != nil {
		n.counts.Proofs++
		n.note("a proof that is no report of check-host is left out")
		return nil
	}
	return &r
}

// sort puts what is said of each target into groups of sources that speak of one attack.
func (n *night) sort() {
	n.counts.Targets = len(n.said)
	for _, name := range slices.Sorted(maps.Keys(n.said)) {
		s := n.said[name]
		home := ""
		if s.site != nil {
			home = s.site.site.Home
		}
		sources := joined(append(s.listings, listingsOf(s.sightings)...))
		for _, c := range s.claims {
			source, notes := sourceOf(c.at, c.c, zoneOf(home))
			for _, text := range notes {
				n.note("%s: %s", s.target, text)
			}
			if c.proof != nil {
				source = n.prove(s, c, source, home)
			}
			sources = append(sources, source)
		}
		if more := len(sources) - maxTold; more > 0 {
			n.counts.Refused += more
			n.note("%s is named more than %d times; the earliest are left out", s.target, maxTold)
			slices.SortStableFunc(sources, func(a, b claim.Source) int { return a.Last.Compare(b.Last) })
			sources = sources[more:]
		}
		s.groups = claim.Group(sources)
	}
}

// prove takes a claim's proof for a target, unless it is of another host. Where the claim has no time of its own, the proof's is taken.
func (n *night) prove(s *said, c toldClaim, source claim.Source, home string) claim.Source {
	if h := asciiOf(hostOf(c.proof.Host)); h != "" && n.nameOf(h) != s.target {
		n.counts.Proofs++
		n.note("%s: a proof of another host is left out", s.target)
		return source
	}
	p := proofOf(c.proof, home)
	if p.At.IsZero() && !source.Day {
		p.At = source.First
	}
	if c.c.PostedAt.IsZero() && source.Kind == claim.CheckHost && !p.At.IsZero() {
		source.First, source.Last, source.Day, source.Ahead = p.At, p.At, false, p.At.Sub(c.at) > farAhead
	}
	s.proofs = append(s.proofs, proven{p, source})
	return source
}

// proofsOf returns the proofs that were given for one of the sources.
func (s *said) proofsOf(group []claim.Source) (all []claim.Proof) {
	for _, p := range s.proofs {
		if slices.Contains(group, p.source) {
			all = append(all, p.Proof)
		}
	}
	return all
}

// verdicts judges everything that was named, and finds what happened to sites that nobody named.
func (n *night) verdicts(until time.Time, incidents []replay.Incident) []Verdict {
	n.sort()
	failed, happenings := n.failed(), gather(incidents)
	n.lists = n.listed()
	out := []Verdict{}
	for _, name := range slices.Sorted(maps.Keys(n.said)) {
		s := n.said[name]
		for i := range s.groups {
			q := n.question(s, i, failed)
			q.Until = until
			v := verdictOf(claim.Judge(q), q)
			if i == 0 {
				v.Outside = n.outside(s, happenings[s.target])
			}
			out = append(out, v)
		}
	}
	out = append(out, n.unnamed(incidents)...)
	inOrder(out)
	return out
}

// hullOf is the time around the windows of a group.
func hullOf(group []claim.Source) claim.Span {
	h := group[0].Window()
	for _, s := range group[1:] {
		w := s.Window()
		if w.From.Before(h.From) {
			h.From = w.From
		}
		if w.To.After(h.To) {
			h.To = w.To
		}
	}
	return h
}

// question puts together what the i-th verdict on a target rests on; failed is nil where it is found elsewhere who else failed.
func (n *night) question(s *said, i int, failed *failures) claim.Question {
	group := s.groups[i]
	h := hullOf(group)
	q := claim.Question{Target: s.target, Sources: group, Proofs: s.proofsOf(group), Feeds: n.feeds.at(h)}
	for j, o := range s.groups {
		if j == i {
			continue
		}
		for _, source := range o {
			q.Others = append(q.Others, source.Window())
		}
	}
	x := s.site
	if x == nil {
		return q
	}
	q.Watched = len(x.places) > 0
	q.Homed = x.site.Home != ""
	q.Zone = zoneOf(x.site.Home)
	q.Places = n.sight.networks(x)
	q.Rounds = n.sight.roundsOf(x)
	q.Blind = n.sight.blindOf(x)
	if failed != nil {
		failed.surround(&q, x, h)
	}
	for _, w := range n.quiet[x.site.Name] {
		q.Marks = append(q.Marks, claim.Mark{Reason: claim.InMaintenance, From: w.From, To: w.To})
	}
	for _, e := range n.edges {
		if r, known := marks[e.Edge.Seen]; known && (e.Edge.Site == "" || n.siteOf(e.Edge.Site) == x) {
			q.Marks = append(q.Marks, claim.Mark{Reason: r, From: e.At, To: e.Edge.Until})
		}
	}
	return q
}

// marks are the words for what an edge or a site's people know.
var marks = map[string]claim.Reason{
	"templates": claim.TemplatesSeen, "templates_seen": claim.TemplatesSeen, "deploy": claim.Deployed, "flash_crowd": claim.FlashCrowd,
	"certificate": claim.BadCertificate, "wider_outage": claim.WiderOutage, "maintenance": claim.InMaintenance,
}

// named reports whether anything names a site for about a time.
func (n *night) named(x *seenSite, t time.Time) bool {
	s := n.said[x.site.Name]
	return s != nil && slices.ContainsFunc(s.groups, func(g []claim.Source) bool {
		h := hullOf(g)
		return !t.Before(h.From) && !t.After(h.To)
	})
}
