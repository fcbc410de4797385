package rules

import (
	"errors"
	"strings"

	"github.com/seawall-project/seawall"
)

// pattern is a rule's path taken apart.
type pattern struct {
	look  // hashes of literals, classes of classes
	shape shape
	parts []part
}

var errSegments = errors.New("its path has too many segments")

// classes by the names that a path has for them; {token} may be anything.
var named = map[seawall.Class]class{seawall.ClassWord: word, seawall.ClassNumber: number, seawall.ClassEmail: email}

// parse takes a rule's path apart. Braces that hold no class are literals.
func parse(path string) (p pattern, err error) {
	for seg := range strings.SplitSeq(path[1:], "/") {
		if p.n == len(p.segments) {
			return p, errSegments
		}
		p.segment(seg)
		p.n++
	}
	return p, nil
}

// segment adds one segment: a literal, a class, or literals about classes, of which the outer ones count.
func (p *pattern) segment(seg string) {
	first, last, only := classesIn(seg)
	p.segments[p.n], p.classes[p.n] = seg, mixed
	switch kind := named[only]; {
	case first < 0:
		p.hashes[p.n] = hash(seg)
		return
	case first == 0 && last == len(seg) && kind != empty:
		p.shape |= shape(classed) << (2 * p.n)
		p.classes[p.n] = kind
		return
	}
	p.shape |= shape(anything) << (2 * p.n)
	if first > 0 || last < len(seg) {
		p.parts = append(p.parts, part{segment: p.n, prefix: seg[:first], suffix: seg[last:]})
	}
}

// classesIn finds where the first class of a segment begins and the last one ends, -1 when there is none; only is the class if there is one
// alone.
func classesIn(seg string) (first, last int, only seawall.Class) {
	first = -1
	for i := 0; i < len(seg); i++ {
		if seg[i] != '{' {
			continue
		}
		name, _, closed := strings.Cut(seg[i+1:], "}")
		c := seawall.Class(name)
		if !closed || named[c] == empty && c != seawall.ClassToken {
			continue
		}
		if only = c; first < 0 {
			first = i
		} else {
			only = seawall.ClassNone
		}
		i += len(name) + 1
		last = i + 1
	}
	return first, last, only
}

// key returns what the rule is found by.
func (p *pattern) key(method string, query []string) uint64 {
	base, _ := baseOf(method, strings.Join(query, "&"))
	return p.look.key(base, p.shape)
}
