package replay

import (
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// The types below are the output's JSON, as docs/formats/replay.md describes it. Times are RFC 3339 in UTC; a time that is not known, or not
// yet, is null.
type (
	// Transition is a change of a site's state.
	Transition struct {
		T       *time.Time  `json:"t"`
		Site    string      `json:"site"`
		From    watch.State `json:"from"`
		To      watch.State `json:"to"`
		Because []Probe     `json:"because"`
		Note    string      `json:"note,omitempty"`
	}

	// Probe is one that caused something.
	Probe struct {
		T       *time.Time  `json:"t"`
		Vantage string      `json:"vantage"`
		Site    string      `json:"site"`
		Class   probe.Class `json:"class"`
	}

	// Interval is when something happened.
	Interval struct {
		Earliest *time.Time `json:"earliest"`
		Latest   *time.Time `json:"latest"`
	}

	// Incident is what happened to one site or several.
	Incident struct {
		Sites    []string    `json:"sites"`
		Start    Interval    `json:"start"`
		End      *Interval   `json:"end"`
		Words    watch.Words `json:"words"`
		Kind     watch.Kind  `json:"kind"`
		State    watch.Phase `json:"state"`
		Grade    watch.Grade `json:"grade"`
		Flaps    int         `json:"flaps"`
		Duration Duration    `json:"duration"`
		Cause    watch.Cause `json:"cause"`
		Members  []Member    `json:"members"`
	}

	// Duration is how long a site was affected, all spells together.
	Duration struct {
		LeastS int64       `json:"least_s"`
		MostS  int64       `json:"most_s"`
		Words  watch.Words `json:"words"`
	}

	// Member is one site's part.
	Member struct {
		Site            string      `json:"site"`
		Start           Interval    `json:"start"`
		End             *Interval   `json:"end"`
		Duration        Duration    `json:"duration"`
		Flaps           int         `json:"flaps"`
		Words           watch.Words `json:"words"`
		ReachableFrom   []string    `json:"reachable_from"`
		UnreachableFrom []string    `json:"unreachable_from"`
		Abroad          bool        `json:"-"` // only those abroad were not served; the words say so
	}

	// Overlay is one that came or went.
	Overlay struct {
		T       *time.Time    `json:"t"`
		Site    string        `json:"site"`
		Overlay watch.Overlay `json:"overlay"`
		On      bool          `json:"on"`
		Matrix  []Probe       `json:"matrix"`
		Words   watch.Words   `json:"words"`
	}

	// Vantage is a change of a vantage's health.
	Vantage struct {
		T       *time.Time   `json:"t"`
		Vantage string       `json:"vantage"`
		From    watch.Health `json:"from"`
		To      watch.Health `json:"to"`
		Why     string       `json:"why"`
	}

	// NearMiss is doubt that came to nothing.
	NearMiss struct {
		T       *time.Time `json:"t"`
		Site    string     `json:"site"`
		Since   *time.Time `json:"since"`
		Because []Probe    `json:"because"`
	}

	// AskedAgain is a vantage whose sentinels were to be asked at once.
	AskedAgain struct {
		T       *time.Time `json:"t"`
		Vantage string     `json:"vantage"`
		Sites   int        `json:"sites"`
		Groups  int        `json:"groups"`
		Of      int        `json:"of"`
	}
)

func stampOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func probes(all []watch.Probe) []Probe {
	out := make([]Probe, len(all))
	for i, p := range all {
		out[i] = Probe{stampOf(p.At), p.Vantage, p.Site, p.Class}
	}
	return out
}

func transition(e watch.Event) Transition {
	t := e.Transition
	return Transition{stampOf(e.At), t.Site, t.From, t.To, probes(t.Because), t.Note}
}

func overlay(e watch.Event) Overlay {
	o := e.Overlay
	return Overlay{stampOf(e.At), o.Site, o.Overlay, o.On, probes(o.Matrix), o.Words}
}

func interval(i watch.Interval) Interval { return Interval{stampOf(i.Earliest), stampOf(i.Latest)} }

func end(i watch.Interval) *Interval {
	if i.IsZero() {
		return nil
	}
	out := interval(i)
	return &out
}

func duration(s watch.Span) Duration {
	return Duration{int64(s.Least / time.Second), int64(max(s.Least, s.Most) / time.Second), s.Words()}
}

func incident(i watch.Incident) Incident {
	out := Incident{
		Sites: i.Sites(), Start: interval(i.Start), End: end(i.End), Words: i.Words, Kind: i.Kind, State: i.Phase, Grade: i.Grade,
		Flaps: i.Flaps, Cause: i.Cause, Members: make([]Member, len(i.Members)),
	}
	if out.Cause.Shared == nil {
		out.Cause.Shared = []watch.Shared{}
	}
	var longest watch.Span
	for n, m := range i.Members {
		out.Members[n] = Member{
			Site: m.Site, Start: interval(m.Start), End: end(m.End), Duration: duration(m.Total), Flaps: m.Flaps, Words: m.Words,
			ReachableFrom: append([]string{}, m.ReachableFrom...), UnreachableFrom: append([]string{}, m.UnreachableFrom...), Abroad: m.Abroad,
		}
		if m.Total.Most >= longest.Most {
			longest = m.Total
		}
	}
	out.Duration = duration(longest)
	return out
}
