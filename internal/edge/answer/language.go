package answer

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// languageFor returns the shipped language that Accept-Language gives the greatest weight, the first named among equals (RFC 9110,
// section 12.5.4). "da-DK" asks for "da", and "*" for what is not named. Whoever wants none of them gets fallback.
func languageFor(f seawall.Fields, fallback seawall.Language) seawall.Language {
	var named [languages]bool
	best, most, other := fallback, 0, 0
	for m := membersOf(f, "Accept-Language"); ; {
		tag, weight, ok := m.next()
		if !ok {
			break
		}
		if tag == "*" {
			other = max(other, weight)
		} else if l, ok := languageOf(tag); ok {
			named[l] = true
			if weight > most {
				best, most = l, weight
			}
		}
	}
	if other > most {
		return unnamed(named, fallback)
	}
	return best
}

// unnamed returns fallback unless it is named, else the first language that is not.
func unnamed(named [languages]bool, fallback seawall.Language) seawall.Language {
	if named[fallback] {
		for l := range languages {
			if !named[l] {
				return l
			}
		}
	}
	return fallback
}

// languageOf returns the shipped language that a language range begins with (RFC 4647, section 3.4).
func languageOf(tag string) (seawall.Language, bool) {
	primary, _, _ := strings.Cut(tag, "-")
	switch {
	case strings.EqualFold(primary, "en"):
		return seawall.English, true
	case strings.EqualFold(primary, "da"):
		return seawall.Danish, true
	}
	return 0, false
}
