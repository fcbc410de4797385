package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
)

// Listener is told of a night while it is played. Functions that are nil are not called.
type Listener struct {
	Config func(watch.Config)   // what the first line says, before anything else
	Fact   func(watch.Fact)     // every fact, in the order in which the machine takes them; the machine leaves those of strangers
	Round  func(watch.Round)    // as [watch.Machine.OnRound]
	Told   func(Told) error     // what people and lists said, in the order of the file; an error ends the replay
	End    func(last time.Time) // the time of the last fact
}

// Told is what a line says that is nobody's measurement: when it was said, and exactly one of the others.
type Told struct {
	At      time.Time
	Listing *Listing
	Claim   *Claim
	Feed    *Feed
	Edge    *Edge
}

// Listing is one sighting of a host in an attack list.
type Listing struct {
	Host, Feed string
	Previous   time.Time // zero when it is not known
}

// Claim is somebody's word that targets were attacked, as it stands in the line. PostedAt keeps the offset in which it was written.
type Claim struct {
	Targets    []string
	PostedAt   time.Time // zero when it is not there
	DateOnly   bool      // it was a date without a time of day
	Unreadable string    // what stood there, when it is no time
	Precision  string
	Kind       string
	Claimant   string
	Proof      json.RawMessage // a report of a public checking service; nil without
}

// Feed says whether a feed of lists is silent from now on.
type Feed struct {
	Name string
	Dark bool
}

// Edge is what a site's own edge, or its people, know of a time.
type Edge struct {
	Site  string
	Seen  string // "templates", "deploy", "flash_crowd", "certificate", "wider_outage"
	Until time.Time
}

// maxTargets bounds the targets of one claim; more are an error.
const maxTargets = 10_000

func (r *row) told() Told {
	out := Told{At: r.T.Time}
	switch {
	case r.Listing != nil:
		out.Listing = &Listing{Host: hostOf(r.Listing.Host), Feed: r.Listing.Feed}
		if t, _, err := lenientTime(r.Listing.Previous); err == nil {
			out.Listing.Previous = t.UTC()
		}
	case r.Claim != nil:
		out.Claim = r.Claim.claim()
	case r.Feed != nil:
		out.Feed = &Feed{r.Feed.Name, r.Feed.Dark == nil || *r.Feed.Dark}
	case r.Edge != nil:
		out.Edge = &Edge{Site: hostOf(either(r.Edge.Site, r.Site)), Seen: strings.ToLower(either(r.Edge.Seen, r.Edge.Kind)), Until: r.T.Time}
		if t, _, err := lenientTime(r.Edge.Until); err == nil {
			out.Edge.Until = t.UTC()
		}
	}
	return out
}

func (c *claim) claim() *Claim {
	out := &Claim{Precision: string(c.Precision), Kind: string(c.Kind), Claimant: c.Claimant}
	for _, t := range append(c.Target, c.Targets...) {
		if host := hostOf(t); host != "" {
			out.Targets = append(out.Targets, host)
		}
	}
	for _, p := range []json.RawMessage{c.Proof, c.Results, c.CheckHost} {
		if len(p) > 0 && string(p) != "null" && out.Proof == nil {
			out.Proof = p
		}
	}
	if len(c.PostedAt) > 0 && string(c.PostedAt) != "null" {
		t, dateOnly, err := lenientTime(c.PostedAt)
		if err != nil {
			out.Unreadable = brief(c.PostedAt)
		}
		out.PostedAt, out.DateOnly = t, dateOnly
	}
	return out
}

// lenientTime reads a time as people write it: RFC 3339, also without seconds, or a date. A date is midnight in UTC.
func lenientTime(data []byte) (t time.Time, dateOnly bool, err error) {
	var given string
	if err := json.Unmarshal(data, &given); err != nil {
		return time.Time{}, false, err
	}
	given = strings.TrimSpace(given)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00", time.DateOnly} {
		if t, err = time.Parse(layout, given); err == nil && t.Year() >= 1970 && t.Year() <= 9000 {
			return t, layout == time.DateOnly, nil
		}
	}
	return time.Time{}, false, errors.New("no time")
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// check returns what is wrong with a claim's targets.
func (c *claim) check() error {
	n := 0
	for _, t := range append(c.Target, c.Targets...) {
		if hostOf(t) != "" {
			n++
		}
	}
	switch {
	case n == 0:
		return errors.New("a claim needs a target")
	case n > maxTargets:
		return fmt.Errorf("a claim of %d targets, at most %d", n, maxTargets)
	}
	return nil
}
