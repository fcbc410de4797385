package intel

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seawall-project/seawall"
)

// Bounds of what counts as a name or a word.
const (
	maxSegment = 32 // bytes of a path segment that is kept as it is
	maxName    = 64 // bytes of a name of a field or header
	maxWord    = 64 // characters of a value that is a word
	digitRun   = 5  // digits in a row that no name has
)

// drawn are the tokens that stand for what is drawn afresh for every request.
var drawn = regexp.MustCompile(`\$[_-][0-9]+`)

// email is what an e-mail address looks like anywhere in a value, as it is or percent-encoded more than once.
var email = regexp.MustCompile(`(?i)[^\s@=&]+(@|%(25)*40|\\u0040)[^\s@=&]+`)

// classify says what a value is. Percent-encoding is undone first, "+" included.
func classify(value string) seawall.Class {
	value = strings.TrimSpace(unescape(value))
	switch {
	case value == "":
		return seawall.ClassNone
	case drawn.MatchString(value):
		return seawall.ClassToken
	case email.MatchString(value):
		return seawall.ClassEmail
	case isNumber(value):
		return seawall.ClassNumber
	case isWord(value):
		return seawall.ClassWord
	}
	return seawall.ClassToken
}

// unescape undoes percent-encoding where it is valid, and returns s where it is not.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return s
}

func isNumber(s string) bool {
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+-.,", r):
			return false
		}
	}
	return digits > 0 && len(s) <= maxWord
}

// isWord reports whether s is letters and what stands between them.
func isWord(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters++
		case !unicode.IsSpace(r) && !strings.ContainsRune("-_.,:;/'’!?()[]", r):
			return false
		}
	}
	return letters > 0 && utf8.RuneCountInString(s) <= maxWord
}

// braced writes a class in the place of a literal.
func braced(c seawall.Class) string {
	if c == seawall.ClassNone {
		return ""
	}
	return "{" + string(c) + "}"
}

// maskSegment returns a segment of a path: itself when it is a plain name, else its class.
func maskSegment(s string) string {
	if isPlain(s) {
		return s
	}
	return braced(classify(s))
}

// isPlain reports whether a segment is short and of letters and "-", "_", ".", "~" alone.
func isPlain(s string) bool {
	if len(s) > maxSegment {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !strings.ContainsRune("-_.~", rune(c)) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// maskName returns the name of a field: itself when a program's author chose it, else its class in braces.
func maskName(raw string) string {
	name := unescape(raw)
	if isName(name) {
		return name
	}
	return braced(classify(name))
}

// isName reports whether a name is short, of the characters that authors of forms use, and no machine's.
func isName(s string) bool {
	if len(s) > maxName || drawn.MatchString(s) {
		return false
	}
	run, digits, letters := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			if run++; run >= digitRun {
				return false
			}
			continue
		case isLetter(c):
			letters++
		case !strings.ContainsRune("-_.:[]$ ", rune(c)):
			return false
		}
		run = 0
	}
	return letters > 0 && 4*digits < len(s)+4 || s == ""
}
