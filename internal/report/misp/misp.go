// Package misp writes statements as MISP events (MISP core format, draft-dulaunoy-misp-core-format): an event for each claim, and in it for each
// target the object ddos-claim, what was measured as the object report, whose site it is as the object victim, and what an edge or a provider saw
// as the object ddos.
//
// The claim-validity of ddos-claim speaks of the activity of an attack, not of its effect: see [report.Statement.Validity].
//
// A victim is no indicator: no attribute is ever marked to_ids, and none takes part in correlation. Identifiers are the same in every export of
// the same claim, so an import updates what is there. docs/formats/exchange.md lists every field.
package misp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

// Encode returns the events of a release as JSON, {"response":[{"Event":{…}}]}, in the order in which claims come. The same release gives the
// same bytes. A release in public has no statements, and gives no events.
func Encode(r *report.Release) ([]byte, error) {
	var events []wrapper
	at := map[string]int{}
	for i := range r.Statements() {
		s := &r.Statements()[i]
		j, ok := at[s.Claim.ID]
		if !ok {
			j = len(events)
			at[s.Claim.ID] = j
			events = append(events, wrapper{newEvent(s)})
		}
		events[j].Event.add(s)
	}
	for _, w := range events {
		w.Event.seal(r.Head())
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string][]wrapper{"response": append([]wrapper{}, events...)}); err != nil {
		return nil, fmt.Errorf("encode MISP events: %w", err)
	}
	return b.Bytes(), nil
}

type wrapper struct{ Event *event }

type event struct {
	UUID         string      `json:"uuid"`
	Info         string      `json:"info"`
	Date         string      `json:"date"`
	Timestamp    string      `json:"timestamp"`
	Published    bool        `json:"published"`
	Analysis     string      `json:"analysis"`
	ThreatLevel  string      `json:"threat_level_id"`
	Distribution string      `json:"distribution"`
	Orgc         org         `json:"Orgc"`
	Tag          []tag       `json:"Tag"`
	Attribute    []attribute `json:"Attribute"`
	Object       []object    `json:"Object"`

	made  time.Time
	label tlp.Label
	facts facts
}

// facts are what the event's tags are of.
type facts struct{ attacked, affected bool }

type org struct {
	UUID string `json:"uuid"`
	Name string `json:"name"`
}

type tag struct {
	Name string `json:"name"`
}

type attribute struct {
	UUID      string `json:"uuid"`
	Relation  string `json:"object_relation,omitempty"`
	Type      string `json:"type"`
	Category  string `json:"category"`
	Value     string `json:"value"`
	ToIDs     bool   `json:"to_ids"`
	Quiet     bool   `json:"disable_correlation"`
	Timestamp string `json:"timestamp"`
	Inherit   string `json:"distribution"`
	Comment   string `json:"comment"`
}

// analysis says whether the maker has come to an end: 2 is "completed", as far as the version goes.
const analysisCompleted = "2"

// undefinedThreat is MISP's threat level for what has none: an attempt is not an effect, and neither is a level of threat.
const undefinedThreat = "4"

func newEvent(s *report.Statement) *event {
	who := s.Claim.Claimant
	if who == "" {
		who = "somebody unnamed"
	}
	return &event{
		UUID:        report.UUID("misp", "event", s.Maker.Name, s.Claim.ID),
		Info:        "Claim of denial of service by " + who + ", measured from outside",
		Date:        s.Window.From.UTC().Format(time.DateOnly),
		Analysis:    analysisCompleted,
		ThreatLevel: undefinedThreat,
		Orgc:        org{report.UUID("party", s.Maker.Name), s.Maker.Name},
		Attribute:   []attribute{},
		label:       s.Strictest(),
	}
}

// add puts a statement into its event.
func (e *event) add(s *report.Statement) {
	e.label = e.label.Stricter(s.Strictest())
	if s.Made.After(e.made) {
		e.made = s.Made
	}
	e.facts.attacked = e.facts.attacked || s.Validity() == report.Valid
	e.facts.affected = e.facts.affected || s.Verdict.Affected()
	e.Object = append(e.Object, claimObject(s), reportObject(s))
	if o, ok := victimObject(s); ok {
		e.Object = append(e.Object, o)
	}
	for i, a := range s.Activity {
		if a.Seen {
			e.Object = append(e.Object, ddosObject(s, i))
		}
	}
	e.addEvidence(s)
}

// seal writes what depends on all statements of the event, and the head of the ledger.
func (e *event) seal(head *report.Head) {
	e.Timestamp = unix(e.made)
	e.Distribution = distribution(e.label)
	e.Tag = append([]tag{{e.label.Tag()}}, e.facts.tags()...)
	if head != nil {
		e.put(head.Line, "signed head of the ledger that holds the evidence", e.made)
	}
}

// distribution is how far MISP itself may pass an event on: 0 is the own organisation, 1 the community, 3 everybody.
func distribution(l tlp.Label) string {
	switch l {
	case tlp.Clear:
		return "3"
	case tlp.Green:
		return "1"
	}
	return "0"
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
