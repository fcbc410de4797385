package intel

import (
	"slices"
	"strings"

	"github.com/mtibben/confusables"
	"golang.org/x/net/idna"
)

// shortest is the shortest name of which another at one letter's distance is a look-alike: shorter ones are like too many. Of names that only
// look the same, any length counts.
const shortest = 6

// lookAlike reports whether one name may be meant for the other, "www." left aside: whether one letter was added, left out or changed between
// them, as they are read and not as they are encoded; or whether they look the same though their letters are of other scripts (UTS #39,
// section 4), where one of them has such letters at all.
func lookAlike(a, b string) bool {
	a, b = strings.TrimPrefix(a, "www."), strings.TrimPrefix(b, "www.")
	if a == b {
		return false
	}
	foreign := international(a) || international(b)
	if foreign {
		a, b = readable(a), readable(b)
	}
	return oneLetter([]rune(a), []rune(b)) || foreign && confusables.Skeleton(a) == confusables.Skeleton(b)
}

// international reports whether a name has an A-label (RFC 5890, section 2.3.2.1).
func international(name string) bool {
	return strings.HasPrefix(name, "xn--") || strings.Contains(name, ".xn--")
}

// readable returns a name with U-labels in place of its A-labels, so far as these can be read.
func readable(name string) string {
	name, _ = idna.Punycode.ToUnicode(name) // it returns what it could read
	return name
}

// oneLetter reports whether one letter was added, left out or changed between two different names.
func oneLetter(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < shortest || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if i == len(a) {
		return true
	}
	if len(a) == len(b) {
		return slices.Equal(a[i+1:], b[i+1:])
	}
	return slices.Equal(a[i:], b[i+1:])
}
