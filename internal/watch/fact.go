package watch

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Fact is something that the [Machine] is told: when, and exactly one of the others.
type Fact struct {
	At          time.Time     `json:"at"`        // by the clock of whoever saw it
	Corrected   bool          `json:"corrected"` // At is by our clock already, whatever the vantage's is known to be off by
	Reading     *Reading      `json:"reading,omitempty"`
	Report      *HealthReport `json:"report,omitempty"`
	Listing     *Listing      `json:"listing,omitempty"`
	Claim       *Claim        `json:"claim,omitempty"`
	Maintenance *Maintenance  `json:"maintenance,omitempty"`
}

// Reading is what one probe says about one site, without its evidence.
type Reading struct {
	Vantage    string        `json:"vantage"`
	Site       string        `json:"site"`
	Class      probe.Class   `json:"class"`
	Assessment []string      `json:"assessment,omitempty"` // "wrong_content", "maintenance", "partial"; others say nothing here
	TTFB       time.Duration `json:"ttfb"`                 // until the first byte; zero or less when it was not reached
}

// ReadingOf returns the fact that a probe's result is. Results name a URL, so site says which watched site that was.
func ReadingOf(site string, r probe.Result) Fact {
	return Fact{At: r.At, Reading: &Reading{
		Vantage: r.Vantage, Site: site, Class: r.Class, Assessment: NamesOf(r.Assessment), TTFB: r.Timings.TTFB,
	}}
}

// NamesOf returns assessments as readings carry them; nil for none.
func NamesOf(all []probe.Assessment) (names []string) {
	for _, a := range all {
		names = append(names, a.String())
	}
	return names
}

// Listing says that an attack list names a host. It alone changes nothing but how long incidents stay open to be continued.
type Listing struct {
	Host     string    `json:"host"`
	Previous time.Time `json:"previous"` // of the last list without the host; zero when unknown
}

// Claim is somebody's word that a target was attacked. It changes nothing here: judging it belongs to others.
type Claim struct {
	Target    string    `json:"target"`
	PostedAt  time.Time `json:"posted_at"`
	Precision string    `json:"precision"`
	Kind      string    `json:"kind"`
}

// Maintenance is a declared window, From until Until, in which failures of a site count for nothing. Another with the same From takes its place,
// so that one whose Until is not after From takes a window back. The last 16 of a site are kept.
type Maintenance struct {
	Site  string    `json:"site"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// order is the one order in which facts of the same time are taken up: health first, then readings by vantage and site, better votes first.
func order(a, b Fact) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	if c := cmp.Compare(a.kind(), b.kind()); c != 0 {
		return c
	}
	switch {
	case a.Reading != nil:
		return cmp.Or(
			strings.Compare(a.Reading.Vantage, b.Reading.Vantage),
			strings.Compare(a.Reading.Site, b.Reading.Site),
			cmp.Compare(preference(a.Reading.Class.Vote()), preference(b.Reading.Class.Vote())),
			cmp.Compare(a.Reading.Class, b.Reading.Class),
			cmp.Compare(a.Reading.TTFB, b.Reading.TTFB),
			slices.Compare(a.Reading.Assessment, b.Reading.Assessment),
		)
	case a.Report != nil:
		return cmp.Or(strings.Compare(a.Report.Vantage, b.Report.Vantage), cmp.Compare(a.Report.judge(), b.Report.judge()))
	case a.Listing != nil:
		return strings.Compare(a.Listing.Host, b.Listing.Host)
	case a.Claim != nil:
		return strings.Compare(a.Claim.Target, b.Claim.Target)
	case a.Maintenance != nil:
		return cmp.Or(
			strings.Compare(a.Maintenance.Site, b.Maintenance.Site), a.Maintenance.From.Compare(b.Maintenance.From),
			a.Maintenance.Until.Compare(b.Maintenance.Until),
		)
	}
	return 0
}

func (f Fact) kind() int {
	switch {
	case f.Maintenance != nil:
		return 0
	case f.Listing != nil:
		return 1
	case f.Claim != nil:
		return 2
	case f.Report != nil:
		return 3
	case f.Reading != nil:
		return 4
	default:
		return 5
	}
}

// preference orders votes of one vantage at one instant, as from two address families: a reader gets the better one.
func preference(v probe.Vote) int {
	return slices.Index([]probe.Vote{probe.Up, probe.Degraded, probe.Protected, probe.Down, probe.NoVote}, v)
}
