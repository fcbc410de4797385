package report

import (
	"strings"

	"github.com/google/uuid"
)

// space is the name space of every identifier that Seawall makes for others (RFC 9562, version 5). It never changes.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/seawall-project/seawall/docs/formats/exchange.md"))

// UUID returns the identifier of what parts name: the same parts give the same one, whoever asks and when.
func UUID(parts ...string) string {
	// A byte that is in none of the parts, as they are UTF-8, keeps ("a", "bc") and ("ab", "c") apart.
	return uuid.NewSHA1(space, []byte(strings.Join(parts, "\xff"))).String()
}
