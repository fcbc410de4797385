// Package stix writes statements as a STIX 2.1 bundle (OASIS, 2021): for each target the domain name or address, the claim as a note, what was
// measured as observed data and a sighting, and the verdict as an opinion on the note; for each claim a report and a grouping of all that.
//
// A victim is no indicator: there is no indicator in any bundle, ever. A sighting with the count 0 says that we looked and saw nothing.
//
// The scale of an opinion has five words and a verdict more to say, so an opinion carries the whole of it in an extension, of which the definition
// stands in the bundle. Identifiers are version 5 UUIDs of what they name; the same release gives the same bytes. docs/formats/exchange.md lists
// every field.
package stix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/report"
)

// Encode returns a release as one bundle. A release without statements, such as every one in public, gives a bundle without objects.
func Encode(r *report.Release) ([]byte, error) {
	b := newBundle()
	b.head = r.Head()
	for i := range r.Statements() {
		b.statement(&r.Statements()[i])
	}
	for _, c := range b.claims {
		b.claim(c)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b.finish()); err != nil {
		return nil, fmt.Errorf("encode STIX bundle: %w", err)
	}
	return out.Bytes(), nil
}

// object is any STIX object. Its keys are written in order of the alphabet.
type object map[string]any

// bundle gathers objects, each once.
type bundle struct {
	objects []object
	known   map[string]bool
	head    *report.Head // of the ledger; nil while there is none

	claims []*claim
	byID   map[string]*claim
}

// claim is what the statements of one claim have in common.
type claim struct {
	first *report.Statement
	since time.Time // the earliest of its statements was first made
	made  time.Time // the latest of its statements
	ids   []string  // of its statements
	notes []string  // what it says, one for each target
	parts []string  // all that belongs to it
	marks []string
}

func newBundle() *bundle {
	return &bundle{known: map[string]bool{}, byID: map[string]*claim{}}
}

// put adds an object unless it is there, without fields that say nothing, and returns its identifier.
func (b *bundle) put(o object) string {
	id, _ := o["id"].(string)
	if b.known[id] {
		return id
	}
	b.known[id] = true
	for key, value := range o {
		switch v := value.(type) {
		case string:
			if v == "" {
				delete(o, key)
			}
		case []string:
			if len(v) == 0 {
				delete(o, key)
			}
		case []object:
			if len(v) == 0 {
				delete(o, key)
			}
		}
	}
	b.objects = append(b.objects, o)
	return id
}

// finish returns the bundle, named after what is in it.
func (b *bundle) finish() object {
	ids := []string{"stix", "bundle"}
	for _, o := range b.objects {
		id, _ := o["id"].(string)
		modified, _ := o["modified"].(string)
		ids = append(ids, id, modified)
	}
	out := object{"type": "bundle", "id": "bundle--" + report.UUID(ids...)}
	if len(b.objects) > 0 { // an empty list is not allowed
		out["objects"] = b.objects
	}
	return out
}

// of returns the gathering of the statement's claim.
func (b *bundle) of(s *report.Statement) *claim {
	c, ok := b.byID[s.Claim.ID]
	if !ok {
		c = &claim{first: s, since: s.First, made: s.Made}
		b.byID[s.Claim.ID] = c
		b.claims = append(b.claims, c)
	}
	if s.First.Before(c.since) {
		c.since = s.First
	}
	if s.Made.After(c.made) {
		c.made = s.Made
	}
	return c
}

func (c *claim) add(ids ...string) {
	for _, id := range ids {
		if id != "" && !slices.Contains(c.parts, id) {
			c.parts = append(c.parts, id)
		}
	}
}

// common returns the properties that every object of ours has.
func common(kind, id, by string, created, modified time.Time, marks []string) object {
	return object{
		"type": kind, "spec_version": "2.1", "id": kind + "--" + id, "created_by_ref": by,
		"created": stamp(created), "modified": stamp(modified), "object_marking_refs": marks,
	}
}

// stamp writes a time as STIX wants it: in UTC, to the millisecond.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func words(code string) string { return strings.ReplaceAll(code, "_", " ") }
