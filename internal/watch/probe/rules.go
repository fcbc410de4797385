package probe

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/egress"
)

// Rules are what must not be asked, whoever asks for it. They may change while probes are under way.
type Rules struct {
	// OptOut are the hosts whose owners want no probes. Names below them are meant too.
	OptOut []string
	// Listed is what attack orders name, by host.
	Listed map[string]Listed
}

// Listed is what attack orders name of one host.
type Listed struct {
	// Paths are the paths, as orders write them: what follows a "?" does not count, and "$_" with a number stands for anything. "/" is
	// excepted: the home page is what readers ask for.
	Paths []string
	// Ports are the ports. 80 and 443 are excepted, where the home page is.
	Ports []uint16
}

// ruleset is Rules in the form in which they are asked. It is immutable.
type ruleset struct {
	optOut map[string]bool
	listed map[string]listing
}

type listing struct {
	paths [][]string // each the parts between what stands for anything
	ports []uint16
}

func compile(r Rules) (*ruleset, error) {
	set := &ruleset{optOut: make(map[string]bool, len(r.OptOut)), listed: make(map[string]listing, len(r.Listed))}
	for _, name := range r.OptOut {
		host, err := egress.Host(name)
		if err != nil {
			return nil, fmt.Errorf("opt-out of %q: %w", name, err)
		}
		set.optOut[host] = true
	}
	for name, l := range r.Listed {
		host, err := egress.Host(name)
		if err != nil {
			return nil, fmt.Errorf("listed host %q: %w", name, err)
		}
		set.listed[host] = l.compile()
	}
	return set, nil
}

func (l Listed) compile() listing {
	c := listing{ports: slices.DeleteFunc(slices.Clone(l.Ports), func(p uint16) bool { return p == 80 || p == 443 })}
	for _, p := range l.Paths {
		p, _, _ = strings.Cut(p, "?")
		if decoded, err := url.PathUnescape(p); err == nil {
			p = decoded
		}
		if p = plainPath(p); p != "/" {
			c.paths = append(c.paths, splitTemplate(p))
		}
	}
	return c
}

// plainPath returns a path as it is compared: no two ways to write one place on a server that is not strict about it.
func plainPath(p string) string {
	return strings.ToLower(path.Clean("/" + p))
}

// splitTemplate cuts a template at each "$_" that is followed by digits.
func splitTemplate(p string) []string {
	var parts []string
	begin := 0
	for i := 0; i < len(p); {
		if !strings.HasPrefix(p[i:], "$_") {
			i++
			continue
		}
		end := i + 2
		for end < len(p) && p[end] >= '0' && p[end] <= '9' {
			end++
		}
		if end == i+2 {
			i = end
			continue
		}
		parts = append(parts, p[begin:i])
		begin, i = end, end
	}
	return append(parts, p[begin:])
}

// matches reports whether p is the parts in order, with anything between them.
func matches(parts []string, p string) bool {
	if !strings.HasPrefix(p, parts[0]) {
		return false
	}
	p = p[len(parts[0]):]
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(p, part)
		}
		at := strings.Index(p, part)
		if at < 0 {
			return false
		}
		p = p[at+len(part):]
	}
	return p == ""
}

// refuses returns why a place must not be asked, or "".
func (s *ruleset) refuses(host string, port uint16, p string) string {
	for name := host; name != ""; {
		if s.optOut[name] {
			return name + " has opted out"
		}
		_, name, _ = strings.Cut(name, ".")
	}
	l, ok := s.listed[host]
	if !ok {
		return ""
	}
	if slices.Contains(l.ports, port) {
		return fmt.Sprintf("port %d is named by an attack order", port)
	}
	if l.names(p) {
		return "the path is named by an attack order"
	}
	return ""
}

// names reports whether a path is named.
func (l listing) names(p string) bool {
	p = plainPath(p)
	return p != "/" && slices.ContainsFunc(l.paths, func(parts []string) bool { return matches(parts, p) })
}

// Names reports whether orders name a path of the host, which may be written as in a URL.
func (l Listed) Names(p string) bool {
	if decoded, err := url.PathUnescape(p); err == nil {
		p = decoded
	}
	return l.compile().names(p)
}
