package forecast

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// Countries calls yield with the country of each host that a list's entry names, as [seawall.CountryOf] has it; several hosts may be joined by
// "/".
func Countries(entry string, yield func(country, host string)) {
	for host := range strings.SplitSeq(strings.ToLower(entry), "/") {
		host = strings.TrimSuffix(strings.TrimSpace(host), ".")
		if country := seawall.CountryOf(host); country != "" {
			yield(country, host)
		}
	}
}
