package orders

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/seawall-project/seawall/internal/drill/work"
)

// index finds the order that a request came from. GETs are told by their whole target, POSTs by their path.
type index struct {
	get, post shapes
}

// shapes are targets or paths, those without tokens by themselves, the others by path where the path has no token.
type shapes struct {
	static map[string]bool // to whether an answer must not be stored; one that fits a shape never is
	byPath map[string][]shape
	others []shape
	known  map[string]bool // the shapes, spelt out
}

// shape is a pattern to be recognised rather than filled. Between two tokens stands at least one byte that no token can hold, which
// pins every literal to one place, so that recognising takes one pass.
type shape struct{ pattern }

func newIndex(templates []Template) index {
	var x index
	for i := range templates {
		t := &templates[i]
		switch {
		case t.Proto == Loris: // never a whole request
		case t.Method == http.MethodPost:
			x.post.add(t.target.path(), t.NoStore)
		default:
			x.get.add(t.target, t.NoStore)
		}
	}
	return x
}

func (x *index) match(method, target string) (work.Kind, bool, bool) {
	path, _, _ := strings.Cut(target, "?")
	switch method {
	case http.MethodPost:
		noStore, _, ok := x.post.match(path, path)
		return work.Form, noStore, ok
	case http.MethodGet, http.MethodHead:
		noStore, tokenised, ok := x.get.match(target, path)
		if tokenised {
			return work.Search, noStore, ok
		}
		return work.Page, noStore, ok
	}
	return 0, false, false
}

func (s *shapes) add(p pattern, noStore bool) {
	if s.static == nil {
		s.static, s.byPath, s.known = map[string]bool{}, map[string][]shape{}, map[string]bool{}
	}
	if !p.tokenised() {
		text := strings.Join(p.literals, "")
		s.static[text] = s.static[text] || noStore
		return
	}
	merged := p.merged()
	spelt := fmt.Sprintf("%q %v", merged.literals, merged.tokens)
	if s.known[spelt] {
		return
	}
	s.known[spelt] = true
	path, _, hasQuery := strings.Cut(merged.literals[0], "?")
	if !hasQuery {
		s.others = append(s.others, shape{merged})
		return
	}
	s.byPath[path] = append(s.byPath[path], shape{merged})
}

// match finds text, whose path is path.
func (s *shapes) match(text, path string) (noStore, tokenised, ok bool) {
	if noStore, ok := s.static[text]; ok {
		return noStore, false, true
	}
	for _, some := range [][]shape{s.byPath[path], s.others} {
		for i := range some {
			if some[i].matches(text) {
				return true, true, true
			}
		}
	}
	return false, false, false
}

// path returns the pattern up to its query.
func (p *pattern) path() pattern {
	for i, literal := range p.literals {
		if path, _, found := strings.Cut(literal, "?"); found {
			literals := append(append([]string(nil), p.literals[:i]...), path)
			return pattern{literals: literals, tokens: p.tokens[:i]}
		}
	}
	return *p
}

// merged joins tokens that only letters and digits part into one, so that no literal between two is ambiguous.
func (p *pattern) merged() pattern {
	m := pattern{literals: []string{p.literals[0]}}
	for i, t := range p.tokens {
		last := len(m.tokens) - 1
		if between := m.literals[len(m.literals)-1]; last >= 0 && isAllAlnum(between) {
			m.tokens[last] = token{class: alnum, min: m.tokens[last].min + len(between) + t.min, max: m.tokens[last].max + len(between) + t.max}
			m.literals[len(m.literals)-1] = p.literals[i+1]
			continue
		}
		m.tokens = append(m.tokens, t)
		m.literals = append(m.literals, p.literals[i+1])
	}
	return m
}

// matches reports whether s is a text that the shape can become.
func (p *shape) matches(s string) bool {
	s, ok := strings.CutPrefix(s, p.literals[0])
	if !ok {
		return false
	}
	for i, t := range p.tokens {
		gap := t.gap(s, p.literals[i+1], i == len(p.tokens)-1)
		if gap < 0 {
			return false
		}
		s = s[gap+len(p.literals[i+1]):]
	}
	return true
}

// gap returns how many bytes of s the token takes when literal follows it, at the end of s if last; -1 when it does not fit.
func (t token) gap(s, literal string, last bool) int {
	n := len(s) - len(literal)
	if n < t.min {
		return -1
	}
	if last && !strings.HasSuffix(s, literal) {
		return -1
	}
	if !last {
		at := strings.Index(s[t.min:], literal)
		if at < 0 {
			return -1
		}
		n = t.min + at
	}
	if n > t.max {
		return -1
	}
	for i := range n {
		if !t.class.has(s[i]) {
			return -1
		}
	}
	return n
}

func isAllAlnum(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) {
			return false
		}
	}
	return true
}
