package cache

import "strings"

// directive is one member of a Cache-Control field (RFC 9111, section 5.2).
type directive struct {
	name     string // the leading token, in the sender's case
	value    string // the argument, of a quoted string what is between the quotes, escapes as they are
	argument bool   // whether there was an argument, even an empty one
	broken   bool   // not as the grammar has it: blanks about "=", rubbish after the value
}

func (d directive) is(name string) bool { return strings.EqualFold(d.name, name) }

// nextDirective cuts the first directive off s. ok is false when there is none left. A quoted string that does not end makes
// the directive broken and takes the rest of the field with it, told by torn: what it swallowed is not known.
func nextDirective(s string) (d directive, rest string, torn, ok bool) {
	s = strings.TrimLeft(s, ", \t")
	if s == "" {
		return directive{}, "", false, false
	}
	d.name = s[:tokenLen(s)]
	s = s[len(d.name):]
	if value, found := strings.CutPrefix(s, "="); found {
		d.argument = true
		d.value, s, torn = cutValue(value)
	}
	junk, rest, torn2 := cutMember(s)
	d.broken = torn || torn2 || d.name == "" || strings.Trim(junk, " \t") != ""
	return d, rest, torn || torn2, true
}

// cutValue cuts a token or a quoted string off s.
func cutValue(s string) (value, rest string, torn bool) {
	if !strings.HasPrefix(s, `"`) {
		n := tokenLen(s)
		return s[:n], s[n:], false
	}
	n := quotedLen(s)
	if n < 0 {
		return "", "", true
	}
	return s[1 : n-1], s[n:], false
}

// cutMember cuts s at its first comma outside quotes.
func cutMember(s string) (member, rest string, torn bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ',':
			return s[:i], s[i+1:], false
		case '"':
			n := quotedLen(s[i:])
			if n < 0 {
				return s, "", true
			}
			i += n - 1
		}
	}
	return s, "", false
}

// quotedLen returns the length of the quoted string that s begins with, quotes included (RFC 9110, section 5.6.4), or -1 when
// it does not end.
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

// tokenLen returns the length of the token that s begins with (RFC 9110, section 5.6.2).
func tokenLen(s string) int {
	for i := range len(s) {
		if !tokenByte(s[i]) {
			return i
		}
	}
	return len(s)
}

func tokenByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b != 0 && strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

// hasDirective reports whether the Cache-Control value s holds the directive called name, with or without an argument, or is
// torn so that it may.
func hasDirective(s, name string) bool {
	for s != "" {
		d, rest, torn, ok := nextDirective(s)
		if ok && (torn || d.is(name)) {
			return true
		}
		s = rest
	}
	return false
}
