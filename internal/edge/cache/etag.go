package cache

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// cutTag cuts an entity-tag off s (RFC 9110, section 8.8.3). tag is the opaque part with its quotes.
func cutTag(s string) (tag, rest string, weak, ok bool) {
	s, weak = strings.CutPrefix(s, "W/")
	if !strings.HasPrefix(s, `"`) {
		return "", s, false, false
	}
	end := strings.IndexByte(s[1:], '"')
	if end < 0 {
		return "", s, false, false
	}
	tag = s[:end+2]
	for i := range len(tag) {
		if tag[i] <= ' ' || tag[i] == 0x7f {
			return "", s, false, false
		}
	}
	return tag, s[len(tag):], weak, true
}

// entityTag returns the ETag of f. ok is false when it is missing, malformed, or there are several fields.
func entityTag(f seawall.Fields) (tag string, weak, ok bool) {
	found := 0
	for value := range f.Values("ETag") {
		var rest string
		tag, rest, weak, ok = cutTag(value)
		ok = ok && rest == ""
		found++
	}
	return tag, weak, ok && found == 1
}

// listsTag reports whether the list of entity-tags holds one whose opaque part is tag: the weak comparison of RFC 9110, section
// 8.8.3.2. Reading stops at the first malformed member.
func listsTag(list, tag string) bool {
	for {
		list = strings.TrimLeft(list, ", \t")
		one, rest, _, ok := cutTag(list)
		if !ok {
			return false
		}
		rest = strings.TrimLeft(rest, " \t")
		if rest != "" && rest[0] != ',' {
			return false
		}
		if one == tag {
			return true
		}
		list = rest
	}
}
