package claims

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/replay"
)

// Verdict is one entry of the output, as docs/formats/verdict.md describes it.
type Verdict struct {
	Target     string           `json:"target"`
	Verdict    claim.Word       `json:"verdict"`
	Words      claim.Words      `json:"words"`
	Confidence claim.Confidence `json:"confidence"`
	Coverage   float64          `json:"coverage"`
	Bad        claim.Minutes    `json:"bad_minutes"`
	Longest    float64          `json:"longest_minutes"`
	Slow       claim.Minutes    `json:"slow_minutes"`
	Window     Span             `json:"window"`
	Windows    []Span           `json:"windows"`
	For        []claim.Reason   `json:"for"`
	Against    []claim.Reason   `json:"against"`
	Findings   []claim.Finding  `json:"findings"`
	Either     []claim.Word     `json:"either"`
	OnePlace   bool             `json:"one_place"`
	Lists      string           `json:"lists"`
	Began      *time.Time       `json:"began"`
	NotYet     bool             `json:"preliminary"`
	Watched    bool             `json:"watched"`
	Sources    []Source         `json:"sources"`
	Outside    []Outside        `json:"outside"`

	Rounds   int `json:"-"` // of its windows, in which somebody voted
	Networks int `json:"-"` // that voted in most of these
}

// Span is a stretch of time, both ends included.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// holds reports whether a time lies in s.
func (s Span) holds(t time.Time) bool { return !t.Before(s.From) && !t.After(s.To) }

// speaksOf reports whether a time is that of one of the sources. Whatever else is said of the time of one is a source too, see [claim.Group].
func (e *Verdict) speaksOf(first, last time.Time) bool {
	first, last = second(first), second(last)
	return slices.ContainsFunc(e.Sources, func(s Source) bool { return !first.After(s.Last) && !s.First.After(last) })
}

// Source is what named the target.
type Source struct {
	Kind  claim.Kind `json:"kind"`
	Name  string     `json:"name,omitempty"`
	First time.Time  `json:"first"`
	Last  time.Time  `json:"last"`
	Day   bool       `json:"day_only"`
}

// Outside is what happened to a target at a time of which nobody spoke. It stands in the first entry of the target.
type Outside struct {
	From     time.Time       `json:"from"`
	To       time.Time       `json:"to"`
	Words    claim.Words     `json:"words"`
	Findings []claim.Finding `json:"findings"`
}

// Verdicts is what a night amounts to.
type Verdicts struct {
	Verdicts []Verdict `json:"verdicts"`
	Notes    []string  `json:"notes"`
	Counts   Counts    `json:"counts"`
}

func verdictOf(v claim.Verdict, q claim.Question) Verdict {
	out := Verdict{
		Target: v.Target, Verdict: v.Word, Words: v.Words, Confidence: v.Confidence, Coverage: v.Coverage, Bad: v.Bad, Longest: v.Longest, Slow: v.Slow,
		Windows: []Span{}, For: full(v.For), Against: full(v.Against), Findings: full(v.Findings), Either: full(v.Either), OnePlace: v.OnePlace,
		Lists: v.Lists.String(), NotYet: v.NotYet, Watched: q.Watched, Sources: []Source{}, Outside: []Outside{},
	}
	for _, w := range v.Windows {
		out.Windows = append(out.Windows, Span{second(w.From), second(w.To)})
	}
	if n := len(out.Windows); n > 0 {
		out.Window = Span{out.Windows[0].From, out.Windows[n-1].To}
	}
	out.Rounds, out.Networks = votes(q.Rounds, v.Windows)
	if !v.Began.IsZero() {
		out.Began = &v.Began
	}
	for _, s := range q.Sources {
		out.Sources = append(out.Sources, Source{s.Kind, s.Name, second(s.First), second(s.Last), s.Day})
	}
	return out
}

// votes returns in how many rounds of windows somebody voted, and the median of the networks that did.
func votes(rounds []claim.Round, windows []claim.Span) (n, networks int) {
	var all []uint8
	for _, r := range rounds {
		in := slices.ContainsFunc(windows, func(w claim.Span) bool { return !r.At.Before(w.From) && !r.At.After(w.To) })
		if in && r.Networks > 0 {
			all = append(all, r.Networks)
		}
	}
	if len(all) == 0 {
		return 0, 0
	}
	slices.Sort(all)
	return len(all), int(all[(len(all)-1)/2])
}

// second rounds the last instant of a day to the next.
func second(t time.Time) time.Time { return t.UTC().Round(time.Second) }

func full[T any](all []T) []T { return append([]T{}, all...) }

// unnamed returns entries without a verdict: what happened to sites of which nobody spoke, one for each incident.
func (n *night) unnamed(incidents []replay.Incident) []Verdict {
	var out []Verdict
	had := make(map[string]bool)
	for _, i := range incidents {
		for _, m := range i.Members {
			x := n.sight.sites[m.Site]
			if x == nil || n.said[m.Site] != nil || m.Start.Latest == nil {
				continue
			}
			e := n.bare(x, n.spanOf(m))
			e.Words, e.Findings = claim.Words(m.Words), n.happened(x, &i, &m)
			had[m.Site] = true
			out = append(out, e)
		}
	}
	for name, x := range n.sight.sites {
		if had[name] || n.said[name] != nil || !n.sight.fooled(x) {
			continue
		}
		e := n.bare(x, n.all(x))
		e.Words = claim.Words{EN: "no incident", DA: "ingen hændelse"}
		e.Findings = []claim.Finding{claim.VantageBlind}
		out = append(out, e)
	}
	return out
}

// happening is what an incident was for one of its members.
type happening struct {
	incident *replay.Incident
	member   *replay.Member
}

// gather returns what happened to each site, in the order of the incidents.
func gather(incidents []replay.Incident) map[string][]happening {
	all := make(map[string][]happening)
	for i := range incidents {
		for j := range incidents[i].Members {
			m := &incidents[i].Members[j]
			all[m.Site] = append(all[m.Site], happening{&incidents[i], m})
		}
	}
	return all
}

// outside returns what happened to a named site at a time of which nobody spoke.
func (n *night) outside(s *said, all []happening) []Outside {
	out := []Outside{}
	for _, h := range all {
		m := h.member
		if s.site == nil || m.Start.Latest == nil || n.named(s.site, *m.Start.Latest) {
			continue
		}
		span := n.spanOf(*m)
		out = append(out, Outside{span.From, span.To, claim.Words(m.Words), n.happened(s.site, h.incident, m)})
	}
	return out
}

// happened returns the findings on what happened to a site at a time of which nobody spoke.
func (n *night) happened(x *seenSite, i *replay.Incident, m *replay.Member) []claim.Finding {
	outage := i.Kind == watch.Outage
	shared := outage && i.Cause.Verdict == watch.Common && len(i.Sites) > 1
	found := claim.IncidentFindings(outage && !m.Abroad, n.lists.nameAnother(x, *m.Start.Latest), shared)
	if m.Abroad {
		found = append(found, claim.GeoFilterAbroad)
	}
	if n.sight.fooled(x) {
		found = append(found, claim.VantageBlind)
	}
	return found
}

// spanOf returns when an incident was, as far as it may reach.
func (n *night) spanOf(m replay.Member) claim.Span {
	s := claim.Span{From: *m.Start.Latest, To: n.sight.last}
	if m.Start.Earliest != nil {
		s.From = *m.Start.Earliest
	}
	if m.End != nil && m.End.Latest != nil {
		s.To = *m.End.Latest
	}
	return s
}

// all is the time in which a site was watched.
func (n *night) all(x *seenSite) claim.Span {
	if len(x.rounds) == 0 {
		return claim.Span{From: n.sight.last, To: n.sight.last}
	}
	return claim.Span{From: time.UnixMilli(x.rounds[0].from).UTC(), To: n.sight.last}
}

// bare returns an entry that gives no verdict.
func (n *night) bare(x *seenSite, s claim.Span) Verdict {
	out := verdictOf(claim.Verdict{Target: x.site.Name, Windows: []claim.Span{s}}, claim.Question{Watched: true})
	out.OnePlace = n.sight.networks(x) == 1
	out.Coverage, out.Bad, out.Longest = claim.Measure(n.sight.roundsOf(x), s)
	out.Lists = "not listed"
	if n.feeds.at(s) == claim.FeedsDark {
		out.Lists = "no list known to us"
	}
	return out
}

// WriteText writes the verdicts for a person: effect and confidence first, what speaks for and against a connection below.
func (v *Verdicts) WriteText(w io.Writer) error {
	var b strings.Builder
	if len(v.Verdicts) == 0 {
		b.WriteString("Nobody named a site, and nothing happened to one.\n")
	}
	for _, e := range v.Verdicts {
		e.write(&b)
	}
	for _, n := range v.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const clock = "2006-01-02 15:04"

func (e *Verdict) write(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s\n", e.Target, e.Words.EN)
	fmt.Fprintf(b, "  window   %s to %s UTC, coverage %.1f %%\n", e.Window.From.Format(clock), e.Window.To.Format(clock), 100*e.Coverage)
	if e.Verdict != claim.None {
		fmt.Fprintf(b, "  confidence in what was seen: %s\n", e.Confidence)
	}
	if e.Bad.Max > 0 {
		fmt.Fprintf(b, "  bad      %g to %g minutes, about %g on end\n", e.Bad.Min, e.Bad.Max, e.Longest)
	}
	if e.Slow.Max > 0 {
		fmt.Fprintf(b, "  slow     %g to %g minutes\n", e.Slow.Min, e.Slow.Max)
	}
	if len(e.Either) > 1 {
		fmt.Fprintf(b, "  between two samples it may also have been: %s\n", e.Either[1])
	}
	fmt.Fprintf(b, "  lists    %s\n", e.Lists)
	for _, r := range e.For {
		fmt.Fprintf(b, "  for a connection      %s\n", r.Words().EN)
	}
	for _, r := range e.Against {
		fmt.Fprintf(b, "  against               %s\n", r.Words().EN)
	}
	for _, o := range e.Outside {
		fmt.Fprintf(b, "  beside it, unnamed    %s from %s to %s UTC\n", o.Words.EN, o.From.Format(clock), o.To.Format(clock))
	}
	if len(e.Findings) > 0 {
		names := make([]string, len(e.Findings))
		for i, f := range e.Findings {
			names[i] = string(f)
		}
		slices.Sort(names)
		fmt.Fprintf(b, "  findings %s\n", strings.Join(names, ", "))
	}
}
