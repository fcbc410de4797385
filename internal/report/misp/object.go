package misp

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/report"
)

type object struct {
	UUID            string      `json:"uuid"`
	Name            string      `json:"name"`
	MetaCategory    string      `json:"meta-category"`
	Description     string      `json:"description"`
	TemplateUUID    string      `json:"template_uuid"`
	TemplateVersion string      `json:"template_version"`
	Timestamp       string      `json:"timestamp"`
	Distribution    string      `json:"distribution"`
	Comment         string      `json:"comment"`
	Tag             []tag       `json:"Tag,omitempty"`
	Attribute       []attribute `json:"Attribute"`

	made time.Time
}

// inherit says that an object or attribute goes as far as its event.
const inherit = "5"

// template is the head of one of MISP's object definitions; a test compares them with these.
type template struct {
	name, meta, uuid, version, description string
}

var (
	ddosClaim = template{
		"ddos-claim", "network", "2722ac76-1f1f-43b7-bc68-ba5465ec5c04", "2", "DDoS-claim object describes a current claim of DDoS activity.",
	}
	ddos = template{
		"ddos", "network", "e2f124d6-f57c-4f93-99e6-8450545fa05d", "10",
		"DDoS object describes a current DDoS activity from a specific or/and to a specific target. Type of DDoS can be attached to the object as a " +
			"taxonomy or using the type field.",
	}
	victim = template{
		"victim", "misc", "a8806e40-39ad-435f-be02-ac2a13d6fc7d", "10", "Victim object describes the target of an attack or abuse.",
	}
	reportTemplate = template{
		"report", "misc", "70a68471-df22-4e3f-aa1a-5a3be19f82df", "8", "Report object to describe a report along with its metadata.",
	}
)

// start begins an object of a statement; nth tells those of one kind apart.
func (t template) start(s *report.Statement, nth int) object {
	return object{
		UUID: report.UUID("misp", t.name, s.Maker.Name, s.ID, strconv.Itoa(nth)), Name: t.name, MetaCategory: t.meta, Description: t.description,
		TemplateUUID: t.uuid, TemplateVersion: t.version, Timestamp: unix(s.Made), Distribution: inherit, made: s.Made,
	}
}

// put adds an attribute, unless it says nothing, or nothing new. It is identified by what it says, so that it is the same whatever stands beside it.
func (o *object) put(relation, kind, category, value string) {
	if value == "" || slices.ContainsFunc(o.Attribute, func(a attribute) bool { return a.Relation == relation && a.Value == value }) {
		return
	}
	o.Attribute = append(o.Attribute, attribute{
		UUID: report.UUID(o.UUID, relation, value), Relation: relation, Type: kind, Category: category, Value: value,
		Quiet: true, Timestamp: unix(o.made), Inherit: inherit,
	})
}

func claimObject(s *report.Statement) object {
	o := ddosClaim.start(s, 0)
	o.put("target", "text", "Other", s.Host)
	o.put("claim-validity", "text", "Other", string(s.Validity()))
	o.put("proof", "text", "Other", s.Claim.Text)
	for _, link := range s.Claim.Links {
		o.put("reference", "link", "External analysis", link)
	}
	o.Comment = "claim-validity speaks of attack activity seen by an edge or a provider, not of effect"
	o.Tag = claimTags(&s.Claim)
	return o
}

func reportObject(s *report.Statement) object {
	o := reportTemplate.start(s, 0)
	o.put("title", "text", "External analysis", "Effect on "+s.Host+": "+strings.ReplaceAll(string(s.Verdict), "_", " "))
	o.put("type", "text", "External analysis", "Incident")
	for _, line := range summary(s) {
		o.put("summary", "text", "Other", line)
	}
	o.Tag = []tag{{`estimative-language:confidence-in-analytic-judgment="` + string(s.Confidence) + `"`}}
	return o
}

// summary says in sentences what was measured. Confidence has a sentence of its own.
func summary(s *report.Statement) []string {
	lines := []string{
		fmt.Sprintf("verdict: %s (version %d)", s.Verdict, s.Version),
		fmt.Sprintf("window: %s/%s", stamp(s.Window.From), stamp(s.Window.To)),
		fmt.Sprintf("coverage: %.3f of %d rounds", s.Coverage, s.Rounds),
		fmt.Sprintf("bad minutes: %s to %s", minutes(s.Bad.Min), minutes(s.Bad.Max)),
		"longest minutes on end: " + minutes(s.Longest),
		fmt.Sprintf("networks measured from: %d", s.Networks),
	}
	if s.OnePlace() {
		lines = append(lines, "seen from one place")
	}
	for _, codes := range []struct {
		what string
		list []string
	}{{"for", s.For}, {"against", s.Against}, {"findings", s.Findings}} {
		if len(codes.list) > 0 {
			lines = append(lines, codes.what+": "+strings.Join(codes.list, ", "))
		}
	}
	return append(lines, "confidence: "+string(s.Confidence), "An attempt is not an effect; the effect is measured from outside.")
}

// victimObject needs a name, a country or a sector to be one.
func victimObject(s *report.Statement) (object, bool) {
	p := &s.Owner
	if p.Name == "" && p.Country == "" && len(p.Sectors) == 0 {
		return object{}, false
	}
	o := victim.start(s, 0)
	o.put("name", "target-org", "Targeting data", p.Name)
	if !isAddress(s.Host) { // the template has no field for the address of a site
		o.put("domain", "domain", "Network activity", s.Host)
	}
	o.put("classification", "text", "Other", "organization")
	o.put("regions", "target-location", "Targeting data", p.Country)
	for _, sector := range p.Sectors {
		o.put("sectors", "text", "Other", sector)
	}
	return o, true
}

func ddosObject(s *report.Statement, i int) object {
	a := s.Activity[i]
	o := ddos.start(s, i)
	if isAddress(s.Host) {
		o.put("ip-dst", "ip-dst", "Network activity", s.Host)
	} else {
		o.put("domain-dst", "domain", "Network activity", s.Host)
	}
	o.put("first-seen", "datetime", "Other", stamp(a.From))
	o.put("last-seen", "datetime", "Other", stamp(a.To))
	origin := "Logs"
	if a.By == report.Provider {
		origin = "Direct network capture"
	}
	o.put("capture-origin", "text", "Other", origin)
	o.put("type", "text", "Other", "flooding-attack")
	o.put("text", "text", "Other", a.What)
	o.Comment = "seen by the " + string(a.By)
	return o
}

// addEvidence lists what the statement rests on, as text: a hash of ours is no hash of malware.
func (e *event) addEvidence(s *report.Statement) {
	for _, v := range s.Evidence {
		e.put("sha256:"+v.Hash, "evidence for "+s.Host+": "+v.Kind, s.Made, s.ID)
	}
}

// put adds a text to the event. Its identifier is made of the comment, the value and what else it is of.
func (e *event) put(value, comment string, at time.Time, of ...string) {
	names := append(append([]string{e.UUID}, of...), comment, value)
	e.Attribute = append(e.Attribute, attribute{
		UUID: report.UUID(names...), Type: "text", Category: "Internal reference", Value: value, Quiet: true, Timestamp: unix(at), Inherit: inherit,
		Comment: comment,
	})
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func minutes(d time.Duration) string { return strconv.FormatFloat(d.Minutes(), 'f', 1, 64) }
