package forecast

import (
	"net/netip"
	"strings"
)

// notCountries are top-level domains of two letters under which sites of every country stand, or that belong to none.
var notCountries = map[string]bool{
	"ai": true, "cc": true, "co": true, "eu": true, "io": true, "me": true, "su": true, "tv": true,
}

// Countries calls yield with the country of each host that a list's entry names; several hosts may be joined by "/". A country is the last
// label of a host's name, in lower case, if that is two ASCII letters and a country's alone. Addresses have none.
func Countries(entry string, yield func(country, host string)) {
	for host := range strings.SplitSeq(strings.ToLower(entry), "/") {
		host = strings.TrimSuffix(strings.TrimSpace(host), ".")
		if _, err := netip.ParseAddr(host); err == nil {
			continue
		}
		dot := strings.LastIndexByte(host, '.')
		if dot <= 0 {
			continue
		}
		if last := host[dot+1:]; isCountry(last) {
			yield(last, host)
		}
	}
}

func isCountry(label string) bool {
	return len(label) == 2 && isLetter(label[0]) && isLetter(label[1]) && !notCountries[label]
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }
