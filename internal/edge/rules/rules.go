// Package rules tells which requests are of a kind that a site's rule sets name, in bounded work whatever the sets hold.
//
// Rules are found by tuple-space search (Srinivasan, Suri and Varghese, SIGCOMM 1999). A rule's path is a row of segments, each a literal or
// a class; which is which, and how many there are, is the rule's shape. A request is hashed once for each shape with its number of
// segments, and looked up: there are at most [maxShapes] such shapes however many rules there are. A set that would need more is refused
// as a whole by [Compile], which names it.
//
// [Matcher.Match] reads only. It neither waits nor allocates, time is passed in, and what it cannot tell it lets pass: a path or query
// that is longer than any rule's, or in more parts, fits none.
//
// [Book] is a small sample of what readers ask for in peace, as hashes under a secret, so that it can be said what share of a site's
// traffic a rule would touch before it is in force.
package rules

import (
	"fmt"
	"hash/maphash"
	"math/bits"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
)

// Limits of what a [Matcher] holds.
const (
	MaxSets   = 8  // sets of a site
	maxShapes = 24 // shapes of rules with the same number of segments
	maxAlike  = 8  // rules of one shape that differ in nothing but parts of segments, or in their set
)

// Rule is one rule as it is matched, shared and read-only.
type Rule struct {
	Name   string // "set/rule"
	Effect seawall.Effect

	until int64 // unix nanoseconds
	parts []part
}

// Matcher holds the rules of one site. It is immutable; the nil Matcher has none.
type Matcher struct {
	shapes [seawall.MaxRuleSegments + 1][]shape // by the number of segments
	rules  map[uint64][]*Rule
	count  int
}

// Len returns the number of rules.
func (m *Matcher) Len() int {
	if m == nil {
		return 0
	}
	return m.count
}

// kind is what a segment of a rule demands.
type kind uint8

const (
	literal  kind = iota
	anything      // any segment that is not empty
	classed       // a segment of its class
	kinds
)

// shape says of each segment which kind it is, two bits each.
type shape uint32

func (s shape) at(i int) kind { return kind(s >> (2 * i) & 3) }

// literals returns how many of n segments are literals.
func (s shape) literals(n int) int { return n - bits.OnesCount32(uint32(s)) }

// part is what a segment of a rule demands beside its kind: what it begins and ends with.
type part struct {
	segment        int
	prefix, suffix string
}

func (p part) fits(segment string) bool {
	return len(segment) > len(p.prefix)+len(p.suffix) && segment[:len(p.prefix)] == p.prefix &&
		segment[len(segment)-len(p.suffix):] == p.suffix
}

// seed is the secret under which every matcher and every book of this process hash.
var seed = maphash.MakeSeed()

// Compile returns the matcher of a site with the given sets, each of which has passed its Check; nil for none. The error names the set for
// which there is no room.
func Compile(sets []seawall.RuleSet) (*Matcher, error) {
	if len(sets) == 0 {
		return nil, nil
	}
	if len(sets) > MaxSets {
		return nil, fmt.Errorf("rule set %s: there are %d of its site already", sets[MaxSets].ID, MaxSets)
	}
	m := &Matcher{rules: make(map[uint64][]*Rule)}
	for i := range sets {
		s := &sets[i]
		for j := range s.Rules {
			if err := m.add(s, &s.Rules[j]); err != nil {
				return nil, fmt.Errorf("rule set %s: rule %q: %w", s.ID, s.Rules[j].ID, err)
			}
		}
	}
	for n := range m.shapes {
		slices.SortStableFunc(m.shapes[n], func(a, b shape) int { return b.literals(n) - a.literals(n) }) // what says most comes first
	}
	return m, nil
}

func (m *Matcher) add(s *seawall.RuleSet, r *seawall.Rule) error {
	p, err := parse(r.Path)
	if err != nil {
		return err
	}
	if shapes := m.shapes[p.n]; !slices.Contains(shapes, p.shape) {
		if len(shapes) == maxShapes {
			return fmt.Errorf("the site has %d shapes of rules already", maxShapes)
		}
		m.shapes[p.n] = append(shapes, p.shape)
	}
	key := p.key(r.Method, r.Query)
	if len(m.rules[key]) == maxAlike {
		return fmt.Errorf("the site has %d rules like it already", maxAlike)
	}
	m.rules[key] = append(m.rules[key], &Rule{
		Name: s.ID + "/" + r.ID, Effect: r.Effect, until: s.Until.UnixNano(), parts: p.parts,
	})
	m.count++
	return nil
}

// Match returns the rule that r fits, the one with most literals if there are several; nil for none, and for rules that have ended.
func (m *Matcher) Match(now time.Time, r *seawall.Request) *Rule {
	if m == nil {
		return nil
	}
	var l look
	if !l.read(r.Path) || len(m.shapes[l.n]) == 0 {
		return nil
	}
	base, ok := baseOf(r.Method, r.Query)
	if !ok {
		return nil
	}
	for _, s := range m.shapes[l.n] {
		for _, rule := range m.rules[l.key(base, s)] {
			if now.UnixNano() < rule.until && rule.fits(&l) {
				return rule
			}
		}
	}
	return nil
}

func (r *Rule) fits(l *look) bool {
	for _, p := range r.parts {
		if !p.fits(l.segments[p.segment]) {
			return false
		}
	}
	return true
}
