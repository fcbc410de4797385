// Package stix reads STIX 2.1 bundles (OASIS, 2021) for what they claim of whom: notes, reports and groupings that refer to names and addresses are
// claims, and those names are targets. What nothing refers to is counted and not kept, and neither is what a relationship ties to an indicator, malware or
// infrastructure, for it may be the attacker's. Persons are left out.
//
// Reading is lenient and bounded: see [Limits] and [Reason]. The hosts are victims: they are never contacted or resolved, and no error holds a byte of a
// bundle.
package stix

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/intel/bounds"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

// ErrTooLarge says that a bundle is longer than [Limits.Bytes] or nests deeper than [Limits.Depth].
var ErrTooLarge = errors.New("too large")

// ErrNotSTIX says that the bytes are no bundle.
var ErrNotSTIX = errors.New("not a STIX bundle")

// Limits bound what a bundle can take. A zero field means its default, given here.
type Limits struct {
	Bytes   int64 // 16 MiB
	Values  int   // objects, lists and members of such: 500,000
	Depth   int   // how deep brackets may nest, 64
	Objects int   // 100,000
	Refs    int   // followed in all, 200,000
}

func (l Limits) withDefaults() Limits {
	l.Bytes = orDefault(l.Bytes, 16<<20)
	l.Values = orDefault(l.Values, 500_000)
	l.Depth = orDefault(l.Depth, 64)
	l.Objects = orDefault(l.Objects, 100_000)
	l.Refs = orDefault(l.Refs, 200_000)
	return l
}

func orDefault[N int | int64](n, def N) N {
	if n <= 0 {
		return def
	}
	return n
}

// Bundle is what could be read.
type Bundle struct {
	ID      string
	Claims  []Claim
	Skipped map[Reason]int
	Unknown map[string]int // objects of types that are not read, by type, 64 types at most
}

// Claim is a note, report or grouping that refers to targets, or observed data of them.
type Claim struct {
	ID, Kind string   // the object's identifier and type
	Hosts    []string // names and addresses, see [ddosia.NormalHost], each once
	Victims  []string // organisations that it names
	Claimant string   // the intrusion set or threat actor that it names; a group
	Source   string   // the organisation that made the object
	Text     string   // name, abstract, description and content, in lines
	Links    []string
	Lang     string
	Time     time.Time // published, or created; zero when it is not said
	First    time.Time // first_observed or first_seen
	Last     time.Time
	TLP      string // in upper case, the strictest; "" when it has none
}

// Reason is why something was not kept. The set is closed.
type Reason string

// The reasons.
const (
	NotObject  Reason = "not_object" // an element that is no object with a type and an identifier
	Duplicate  Reason = "duplicate"  // an identifier that was there before
	Revoked    Reason = "revoked"    // its maker took it back
	Indicator  Reason = "indicator"  // not read: it may be the attacker's
	Attackers  Reason = "attackers"  // a name that a relationship ties to an indicator, malware, a tool or infrastructure
	Person     Reason = "person"     // an identity that is an individual
	BadHost    Reason = "bad_host"   // a name that is none
	NoTarget   Reason = "no_target"  // a claim that refers to nobody
	Unreferred Reason = "unreferred" // a name that no claim refers to
	Future     Reason = "future"     // a time after now, taken as not said
	BadTime    Reason = "bad_time"   // no time
	BadTLP     Reason = "bad_tlp"    // a marking that is not there or not known, taken as the red
	TooMany    Reason = "too_many"   // beyond a limit
)

// maxVictims is how many organisations are kept of one claim.
const maxVictims = 1000

type object struct {
	Type, ID      string
	Revoked       bool
	Value         string
	Name          string
	IdentityClass string   `json:"identity_class"`
	CreatedBy     string   `json:"created_by_ref"`
	Marks         []string `json:"object_marking_refs"`
	Refs          []string `json:"object_refs"`
	SightingOf    string   `json:"sighting_of_ref"`
	Source        string   `json:"source_ref"`
	Target        string   `json:"target_ref"`
	Abstract      string
	Description   string
	Content       string
	Lang          string
	Created       string
	Published     string
	FirstObserved string `json:"first_observed"`
	LastObserved  string `json:"last_observed"`
	FirstSeen     string `json:"first_seen"`
	LastSeen      string `json:"last_seen"`
	External      []struct {
		URL string
	} `json:"external_references"`
	Definition struct{ TLP string }
	Extensions map[string]struct {
		TLP2 string `json:"tlp_2_0"`
	}
}

// Parse reads one bundle to its end. now is when it is read: later times are named and not kept.
func Parse(r io.Reader, now time.Time, limits Limits) (*Bundle, error) {
	limits = limits.withDefaults()
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read STIX bundle: %w", err)
	case int64(len(data)) > limits.Bytes:
		return nil, fmt.Errorf("read STIX bundle: longer than %d bytes: %w", limits.Bytes, ErrTooLarge)
	}
	if err := bounds.JSON(data, limits.Depth, limits.Values); err != nil {
		return nil, fmt.Errorf("read STIX bundle: %w: %w", err, ErrTooLarge)
	}
	var doc struct {
		Type, ID string
		Objects  []json.RawMessage
	}
	if json.Unmarshal(data, &doc) != nil || doc.Type != "bundle" {
		return nil, fmt.Errorf("read STIX bundle: %w", ErrNotSTIX)
	}
	p := parser{
		limits: limits, now: now, objects: map[string]*object{}, referred: map[string]bool{}, attackers: map[string]bool{},
		bundle: &Bundle{ID: doc.ID, Skipped: map[Reason]int{}, Unknown: map[string]int{}},
	}
	p.gather(doc.Objects)
	for _, id := range p.order {
		p.claim(p.objects[id])
	}
	for _, id := range p.order {
		if isTarget(p.objects[id].Type) && !p.referred[id] {
			p.skip(Unreferred)
		}
	}
	return p.bundle, nil
}

type parser struct {
	limits   Limits
	now      time.Time
	bundle   *Bundle
	objects  map[string]*object
	order    []string
	referred map[string]bool

	attackers map[string]bool
	refs      int
}

func (p *parser) skip(why Reason) { p.bundle.Skipped[why]++ }

// gather keeps the objects that are read, by identifier.
func (p *parser) gather(all []json.RawMessage) {
	for i, raw := range all {
		if i == p.limits.Objects {
			p.bundle.Skipped[TooMany] += len(all) - i
			return
		}
		var o object
		switch {
		case json.Unmarshal(raw, &o) != nil || o.Type == "" || o.ID == "":
			p.skip(NotObject)
		case p.objects[o.ID] != nil:
			p.skip(Duplicate)
		case o.Revoked:
			p.skip(Revoked)
		case o.Type == "indicator":
			p.skip(Indicator)
		case o.Type == "relationship":
			p.relate(o.Source, o.Target)
		case o.Type == "identity" && o.IdentityClass == "individual":
			p.skip(Person)
		case !known[o.Type]:
			p.unknown(o.Type)
		default:
			p.objects[o.ID] = &o
			p.order = append(p.order, o.ID)
		}
	}
}

// relate notes the names that are tied to what attackers have.
func (p *parser) relate(source, target string) {
	for _, pair := range [][2]string{{source, target}, {target, source}} {
		kind, _, _ := strings.Cut(pair[0], "--")
		switch kind {
		case "indicator", "malware", "tool", "infrastructure":
			p.attackers[pair[1]] = true
		}
	}
}

var known = map[string]bool{
	"identity": true, "domain-name": true, "url": true, "ipv4-addr": true, "ipv6-addr": true, "report": true, "note": true, "grouping": true,
	"observed-data": true, "sighting": true, "intrusion-set": true, "threat-actor": true, "marking-definition": true,
}

func isTarget(kind string) bool {
	return kind == "domain-name" || kind == "url" || kind == "ipv4-addr" || kind == "ipv6-addr"
}

func (p *parser) unknown(kind string) {
	if _, ok := p.bundle.Unknown[kind]; !ok && (len(p.bundle.Unknown) == 64 || len(kind) > 250) {
		kind = "other"
	}
	p.bundle.Unknown[kind]++
}

func (p *parser) claim(o *object) {
	switch o.Type {
	case "report", "note", "grouping", "observed-data", "sighting":
	default:
		return
	}
	c := Claim{
		ID: o.ID, Kind: o.Type, Lang: o.Lang, Time: p.time(o.Published, o.Created), First: p.time(o.FirstObserved, o.FirstSeen),
		Last: p.time(o.LastObserved, o.LastSeen), Text: lines(o.Name, o.Abstract, o.Description, o.Content), TLP: p.label(o.Marks),
	}
	if maker := p.objects[o.CreatedBy]; maker != nil && maker.Type == "identity" {
		c.Source = maker.Name
	}
	for _, x := range o.External {
		if x.URL != "" && len(c.Links) < 1000 {
			c.Links = append(c.Links, x.URL)
		}
	}
	for _, ref := range append(slices.Clone(o.Refs), o.SightingOf) {
		if p.refs == p.limits.Refs {
			p.skip(TooMany)
			break
		}
		p.refs++
		p.refer(&c, ref)
	}
	if len(c.Hosts)+len(c.Victims) == 0 {
		p.skip(NoTarget)
		return
	}
	p.bundle.Claims = append(p.bundle.Claims, c)
}

// refer adds what a claim refers to.
func (p *parser) refer(c *Claim, ref string) {
	o := p.objects[ref]
	if o == nil {
		return
	}
	switch o.Type {
	case "intrusion-set", "threat-actor":
		if c.Claimant == "" {
			c.Claimant = o.Name
		}
	case "identity":
		switch {
		case o.Name == "" || slices.Contains(c.Victims, o.Name):
		case len(c.Victims) >= maxVictims:
			p.skip(TooMany)
		default:
			c.Victims = append(c.Victims, o.Name)
		}
	case "domain-name", "url", "ipv4-addr", "ipv6-addr":
		p.referred[ref] = true
		if p.attackers[ref] {
			p.skip(Attackers)
			return
		}
		value := o.Value
		if u, err := url.Parse(value); o.Type == "url" && err == nil {
			value = u.Host
		}
		host, ok := ddosia.NormalHost(value)
		if !ok {
			p.skip(BadHost)
			return
		}
		if len(c.Hosts) < 10_000 && !slices.Contains(c.Hosts, host) {
			c.Hosts = append(c.Hosts, host)
		}
	}
}

func (p *parser) time(all ...string) time.Time {
	for _, s := range all {
		if s == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339Nano, s)
		switch {
		case err != nil:
			p.skip(BadTime)
		case t.After(p.now):
			p.skip(Future)
		default:
			return t.UTC()
		}
	}
	return time.Time{}
}

var labels = []string{"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}

// published are the identifiers of markings that bundles may leave out: those of TLP 1 and of TLP 2.0.
var published = map[string]int{
	"613f2e26-407d-48c7-9eca-b8e91df99dc9": 0, "34098fce-860f-48ae-8e50-ebd3cc5e41da": 1, "f88d31f6-486f-44da-b317-01333bde0b82": 2,
	"5e57c739-391a-4eb3-b6be-7d15ca92d5ed": 4, "94868c89-83c2-464b-929b-a1a8aa3c8487": 0, "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": 1,
	"55d920b0-5e8b-4f79-9ee9-91f868d9b421": 2, "939a9414-2ddd-4d32-a0cd-375ea402b003": 3, "e828b379-4e03-4974-9ac4-e53a884c97c1": 4,
}

// label returns the strictest of the labels that marks refer to. A statement marking is no label; a mark that is not there is the red.
func (p *parser) label(marks []string) string {
	rank := -1
	for _, ref := range marks {
		if r, ok := published[strings.TrimPrefix(ref, "marking-definition--")]; ok {
			rank = max(rank, r)
			continue
		}
		o := p.objects[ref]
		if o == nil || o.Type != "marking-definition" {
			p.skip(BadTLP)
			rank = len(labels) - 1
			continue
		}
		for _, s := range append([]string{o.Definition.TLP}, tlp2(o)...) {
			if s == "white" {
				s = "clear"
			}
			known := slices.Index(labels, "TLP:"+strings.ToUpper(s))
			if s != "" && known < 0 {
				p.skip(BadTLP)
				known = len(labels) - 1
			}
			rank = max(rank, known)
		}
	}
	if rank < 0 {
		return ""
	}
	return labels[rank]
}

func tlp2(o *object) []string {
	var all []string
	for _, e := range o.Extensions {
		all = append(all, e.TLP2)
	}
	return all
}

func lines(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return strings.TrimSpace(s) == "" }), "\n")
}
