package intel

import (
	"slices"
	"strings"
)

// notCountries are two letters at the end of names that say nothing of where a site belongs: sold to everybody, or none's.
var notCountries = []string{"eu", "io", "tv", "me", "cc", "co", "ai", "su"}

// Country returns the country that a host's name says it belongs to, two lower-case letters as in the name ("uk", not "gb"); empty when it says
// none.
func Country(host string) string {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if len(last) != 2 || len(last) == len(host) || !isLetter(last[0]) || !isLetter(last[1]) || slices.Contains(notCountries, last) {
		return ""
	}
	return last
}
