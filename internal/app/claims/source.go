package claims

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/claim/checkhost"
	"github.com/seawall-project/seawall/internal/watch/replay"
)

// asciiOf returns a host as it is matched: internationalised names as A-labels. What cannot be one stays as it is.
func asciiOf(host string) string {
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		return a
	}
	return host
}

// kindOf reads what a source is called, and reports whether the word is known; other words are taken as posts.
func kindOf(word string) (claim.Kind, bool) {
	w := strings.NewReplacer("-", "_", " ", "_", ".", "_").Replace(strings.ToLower(strings.TrimSpace(word)))
	switch {
	case strings.HasPrefix(w, "check"):
		return claim.CheckHost, true
	case slices.Contains([]string{"list", "listing", "lists", "listed", "target_list", "targets", "order", "orders", "ddosia", "ddosia_list"}, w):
		return claim.List, true
	case slices.Contains([]string{"", "post", "claim", "message", "chat", "channel", "social", "text", "pasted", "url", "misp", "stix", "report", "news", "press", "mail"}, w):
		return claim.Post, true
	}
	return claim.Post, false
}

// precisionOf reads how well a time is known: to the day, or how far it may be off. It reports false when the word is not known; such a time is taken
// as known to the day.
func precisionOf(word string) (day bool, blur time.Duration, known bool) {
	w := strings.ToLower(strings.TrimSpace(word))
	switch w {
	case "exact", "second", "seconds", "s", "sec", "minute", "minutes", "m", "min", "hour", "hours", "h", "time", "full":
		return false, 0, true
	case "day", "days", "d", "date", "unknown", "none", "", "week", "month", "year":
		return true, 0, true
	}
	if d, err := time.ParseDuration(strings.TrimPrefix(strings.ReplaceAll(w, " ", ""), "±")); err == nil && d >= 0 {
		return d >= 12*time.Hour, d, true
	}
	if d, err := time.ParseDuration(strings.TrimPrefix(w, "pt")); err == nil && strings.HasPrefix(w, "pt") && d >= 0 { // ISO 8601, hours and less
		return d >= 12*time.Hour, d, true
	}
	if strings.HasPrefix(w, "p") && strings.HasSuffix(w, "d") {
		return true, 0, true
	}
	if d, err := time.ParseDuration(w + "s"); err == nil && d >= 0 { // a bare number is seconds
		return d >= 12*time.Hour, d, true
	}
	return true, 0, false
}

// farAhead is how far a claimed time may lie after the claim.
const farAhead = 24 * time.Hour

// sourceOf returns what a claim says of a target whose readers live in a zone, and notes of what was guessed.
func sourceOf(at time.Time, c *replay.Claim, zone *time.Location) (claim.Source, []string) {
	var notes []string
	kind, known := kindOf(c.Kind)
	if !known {
		notes = append(notes, fmt.Sprintf("claims of kind %.40q are taken as posts", c.Kind))
	}
	day, blur, known := precisionOf(c.Precision)
	if !known {
		notes = append(notes, fmt.Sprintf("precision %.40q is not known; the day is taken", c.Precision))
	}
	when := c.PostedAt
	switch {
	case when.IsZero():
		when = at
	case strings.TrimSpace(c.Precision) == "" && !c.DateOnly && !midnight(when):
		day = false // a time of day was written
	}
	s := claim.Source{Kind: kind, Name: c.Claimant, First: when.UTC(), Last: when.UTC(), Blur: blur, Ahead: when.Sub(at) > farAhead}
	if day || c.DateOnly {
		s.Day = true
		s.First, s.Last = dayOf(when, zone)
	}
	if s.Ahead {
		notes = append(notes, "a claimed time lies more than a day after the claim")
	}
	return s, notes
}

func midnight(t time.Time) bool { return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 }

// dayOf returns the day that a time means which is known to the day: the date as it was written, when it was written as midnight; else the date that
// the readers' clocks showed. A nil zone is that in which the time was written.
func dayOf(t time.Time, zone *time.Location) (first, last time.Time) {
	if zone == nil {
		zone = t.Location()
	}
	if !midnight(t) {
		t = t.In(zone)
	}
	return claim.Day(t.Year(), t.Month(), t.Day(), zone)
}

// sighting is one time that a list named a host.
type sighting struct {
	at, previous time.Time
	feed         string
}

// listingsOf puts sightings of one host together: those of one feed that are at most 36 hours apart.
func listingsOf(all []sighting) []claim.Source {
	slices.SortStableFunc(all, func(a, b sighting) int { return a.at.Compare(b.at) })
	var out []claim.Source
	last := make(map[string]int)
	for _, s := range all {
		if i, seen := last[s.feed]; seen && s.at.Sub(out[i].Last) <= seawall.ListingGap {
			out[i].Last = s.at
			continue
		}
		last[s.feed] = len(out)
		out = append(out, claim.Source{Kind: claim.List, Name: s.feed, First: s.at, Last: s.at, Previous: s.previous})
	}
	return out
}

// proofOf reads a report of a checking service for a target of a country; false when it is none.
func proofOf(raw []byte, home string) (claim.Proof, bool) {
	r, err := checkhost.Parse(raw)
	if err != nil {
		return claim.Proof{}, false
	}
	p := claim.Proof{At: r.At}
	for _, n := range r.Nodes {
		good := n.Fate == checkhost.Served
		switch {
		case n.Fate == checkhost.Pending:
			p.NodesPending++
			continue
		case n.Country == "" || home == "":
			p.NodesUnknown++
		case n.Country == home && good:
			p.HomeGood++
		case n.Country == home:
			p.HomeBad++
		case good:
			p.AbroadGood++
		default:
			p.AbroadBad++
		}
		if n.Fate == checkhost.Refused {
			p.Refused++
		}
	}
	return p, true
}
