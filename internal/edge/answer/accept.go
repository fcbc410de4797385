package answer

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// maxMembers is how many members of Accept and of Accept-Language are considered; the rest is as if it were not there. Browsers
// send fewer than ten.
const maxMembers = 16

// noWeight marks what a field does not mention; weights themselves are 0 to fullWeight thousandths (RFC 9110, section 12.4.2).
const (
	noWeight   = -1
	fullWeight = 1000
)

// members walks through a field's comma-separated members, over all its lines, without allocating.
type members struct {
	fields seawall.Fields // lines not yet looked at
	name   string
	rest   string // what is left of the present line
	left   int
}

func membersOf(f seawall.Fields, name string) members {
	return members{fields: f, name: name, left: maxMembers}
}

// next returns the next member without its parameters, and its weight. ok is false after the last one.
func (m *members) next() (value string, weight int, ok bool) {
	for m.left > 0 {
		if m.rest == "" && !m.nextLine() {
			return "", 0, false
		}
		m.left--
		var member string
		member, m.rest = cutMember(m.rest)
		value, params, _ := strings.Cut(member, ";")
		if value = strings.Trim(value, " \t"); value != "" {
			return value, weightIn(params), true
		}
	}
	return "", 0, false
}

func (m *members) nextLine() bool {
	for i := range m.fields {
		if f := &m.fields[i]; f.Value != "" && strings.EqualFold(f.Name, m.name) {
			m.rest, m.fields = f.Value, m.fields[i+1:]
			return true
		}
	}
	m.fields = nil
	return false
}

// cutMember cuts s after its first member; a comma within a quoted string separates nothing.
func cutMember(s string) (member, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// weightIn returns the weight among a member's parameters, fullWeight when there is none or it is malformed.
func weightIn(params string) int {
	for params != "" {
		var p string
		p, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(strings.Trim(p, " \t"), "=")
		if strings.EqualFold(name, "q") {
			return parseWeight(value)
		}
	}
	return fullWeight
}

func parseWeight(s string) int {
	whole, fraction, _ := strings.Cut(s, ".")
	if whole != "0" || len(fraction) > 3 {
		return fullWeight
	}
	weight := 0
	for i := range 3 {
		weight *= 10
		if i < len(fraction) {
			if fraction[i] < '0' || fraction[i] > '9' {
				return fullWeight
			}
			weight += int(fraction[i] - '0')
		}
	}
	return weight
}
