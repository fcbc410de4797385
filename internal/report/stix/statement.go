package stix

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/report"
)

// statement adds all that is said of one target.
func (b *bundle) statement(s *report.Statement) {
	c := b.of(s)
	marks := []string{b.marking(s.Strictest())}
	for _, m := range marks {
		if !slices.Contains(c.marks, m) {
			c.marks = append(c.marks, m)
		}
	}
	maker := b.party(s.Maker)
	target := b.target(s.Host)
	note := b.note(s, maker, target, marks)
	c.ids = append(c.ids, s.ID)
	c.notes = append(c.notes, note)
	c.add(b.actor(s.Claim.Claimant), b.party(s.Owner), target, note)
	observed := b.observed(s, maker, target, marks)
	c.add(observed, b.sighting(s, maker, note, observed, marks), b.opinion(s, maker, note, marks))
}

// note adds what was claimed of one target. It is not ours: we say that somebody said so.
func (b *bundle) note(s *report.Statement, maker, target string, marks []string) string {
	o := b.dated("note", s, maker, marks)
	o["abstract"] = "Claim of denial of service on " + s.Host
	o["content"] = strings.Join(claimed(s), "\n")
	o["object_refs"] = append([]string{target}, nonEmpty(b.actor(s.Claim.Claimant), b.party(s.Owner))...)
	return b.put(o)
}

func claimed(s *report.Statement) []string {
	q := &s.Claim
	lines := []string{"It is claimed that " + s.Host + " was attacked. Nothing here says that it was."}
	if !q.Posted.IsZero() {
		lines = append(lines, fmt.Sprintf("posted: %s (precision: %s)", stamp(q.Posted), q.Precision))
	}
	if q.Reliability+q.Credibility != "" {
		lines = append(lines, "Admiralty grade: "+strings.ToUpper(q.Reliability)+q.Credibility)
	}
	if q.Hash != "" {
		lines = append(lines, "SHA-256 of what was received: "+q.Hash)
	}
	if q.Text != "" {
		lines = append(lines, "text, masked:", q.Text)
	}
	return lines
}

// observed adds the measuring: so many rounds in so long. No round is no object.
func (b *bundle) observed(s *report.Statement, maker, target string, marks []string) string {
	if s.Rounds == 0 {
		return ""
	}
	o := b.dated("observed-data", s, maker, marks)
	o["first_observed"], o["last_observed"] = stamp(s.Window.From), stamp(s.Window.To)
	o["number_observed"] = min(s.Rounds, 999_999_999)
	o["object_refs"] = []string{target}
	return b.put(o)
}

// sighting adds whether what was claimed was seen: once, or not, which is 0. Who cannot say adds none.
func (b *bundle) sighting(s *report.Statement, maker, note, observed string, marks []string) string {
	if s.Verdict == report.Unknown || observed == "" {
		return ""
	}
	o := b.dated("sighting", s, maker, marks)
	o["sighting_of_ref"], o["where_sighted_refs"], o["observed_data_refs"] = note, []string{maker}, []string{observed}
	o["first_seen"], o["last_seen"], o["summary"] = stamp(s.Window.From), stamp(s.Window.To), true
	o["count"], o["description"] = 0, "Looked for an effect from outside, and saw none."
	if s.Verdict.Affected() {
		o["count"], o["description"] = 1, "Saw an effect from outside. That an attack caused it is not said by this."
	}
	return b.put(o)
}

// opinion adds the verdict.
func (b *bundle) opinion(s *report.Statement, maker, note string, marks []string) string {
	o := b.dated("opinion", s, maker, marks)
	o["opinion"], o["object_refs"] = Scale(s), []string{note}
	o["confidence"] = s.Confidence.Percent()
	o["explanation"] = explain(s)
	b.definition()
	o["extensions"] = object{extensionID: extension(s, b.head)}
	return b.put(o)
}

// freshVantages is how many vantages it takes to disagree strongly.
const freshVantages = 3

// Scale returns the word of STIX's opinion-enum for a verdict on a claim of effect.
func Scale(s *report.Statement) string {
	switch s.Verdict {
	case report.Confirmed:
		return "strongly-agree"
	case report.BrieflyAffected, report.Degraded:
		return "agree"
	case report.Protected:
		return "disagree"
	case report.NoEffect:
		if s.Networks >= freshVantages {
			return "strongly-disagree"
		}
		return "disagree"
	case report.Unknown:
	}
	return "neutral"
}

func explain(s *report.Statement) string {
	seen := words(string(s.Verdict))
	if s.OnePlace() {
		seen += ", seen from one place"
	}
	text := fmt.Sprintf("Effect on %s from %s to %s: %s; bad for %.1f to %.1f minutes, by a quorum in %.1f %% of rounds.",
		s.Host, stamp(s.Window.From), stamp(s.Window.To), seen, s.Bad.Min.Minutes(), s.Bad.Max.Minutes(), 100*s.Coverage)
	return text + " Confidence: " + string(s.Confidence) + ". An attempt is not an effect: this is of the effect."
}

// claim adds the report and the grouping of a claim.
func (b *bundle) claim(c *claim) {
	q, maker := &c.first.Claim, b.party(c.first.Maker)
	name := "Claim of denial of service"
	if q.Claimant != "" {
		name += " by " + q.Claimant
	}
	slices.Sort(c.ids)
	parts := append([]string{"stix", "claim", c.first.Maker.Name, q.ID}, c.ids...)

	o := common("report", report.UUID(append(parts, "report")...), maker, c.since, c.made, c.marks)
	o["name"], o["report_types"], o["object_refs"] = name, []string{"observed-data"}, c.parts
	o["published"], o["lang"] = stamp(c.made), "en"
	o["description"] = "What was claimed, and what was measured from outside. An attempt is not an effect."
	o["external_references"] = references(q)
	c.parts = append(c.parts, b.put(o))

	g := common("grouping", report.UUID(append(parts, "grouping")...), maker, c.since, c.made, c.marks)
	g["name"], g["context"], g["object_refs"] = name, "suspicious-activity", c.parts
	b.put(g)
}

// references are the links offered as proof, and where the claim was found. What is no URI stands as a description.
func references(q *report.Claim) []object {
	var refs []object
	for _, link := range q.Links {
		ref := object{"source_name": "offered as proof"}
		if u, err := url.Parse(link); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
			ref["url"] = u.String()
		} else {
			ref["description"] = link
		}
		refs = append(refs, ref)
	}
	if q.Source != "" {
		refs = append(refs, object{"source_name": "claim", "description": "found in: " + q.Source})
	}
	return refs
}

// dated begins an object of a statement that changes with its versions.
func (b *bundle) dated(kind string, s *report.Statement, maker string, marks []string) object {
	o := common(kind, report.UUID("stix", kind, s.Maker.Name, s.ID), maker, s.First, s.Made, marks)
	if kind != "observed-data" && kind != "sighting" {
		o["lang"] = "en"
	}
	return o
}

func nonEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
