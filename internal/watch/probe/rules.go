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
	// HomeOnly are hosts of which, as of those below, nothing but the home page is asked, where Listed does not say what is named of the host itself.
	HomeOnly []string
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
	optOut, homeOnly map[string]bool
	listed           map[string]listing
}

type listing struct {
	paths [][]string // each the parts between what stands for anything
	ports []uint16
}

func compile(r Rules) (*ruleset, error) {
	set := &ruleset{listed: make(map[string]listing, len(r.Listed))}
	var err error
	if set.optOut, err = hosts(r.OptOut); err != nil {
		return nil, fmt.Errorf("opt-out of %w", err)
	}
	if set.homeOnly, err = hosts(r.HomeOnly); err != nil {
		return nil, fmt.Errorf("home page only of %w", err)
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

func hosts(names []string) (map[string]bool, error) {
	all := make(map[string]bool, len(names))
	for _, name := range names {
		host, err := egress.Host(name)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		all[host] = true
	}
	return all, nil
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
	if name := above(s.optOut, host); name != "" {
		return name + " has opted out"
	}
	l, ok := s.listed[host]
	switch {
	case !ok && plainPath(p) != "/" && above(s.homeOnly, host) != "":
		return "attack orders name so much of the domain that only home pages are asked"
	case slices.Contains(l.ports, port):
		return fmt.Sprintf("port %d is named by an attack order", port)
	case l.names(p):
		return "the path is named by an attack order"
	default:
		return ""
	}
}

// above returns which of hosts is the host, or above it; "" when none is.
func above(hosts map[string]bool, host string) string {
	for host != "" && !hosts[host] {
		_, host, _ = strings.Cut(host, ".")
	}
	return host
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
