package std

import (
	"net/http"
	"strings"

	"github.com/seawall-project/seawall"
)

func protoOf(r *http.Request) seawall.Proto {
	switch {
	case r.ProtoMajor == 2:
		return seawall.HTTP2
	case r.ProtoMajor == 1 && r.ProtoMinor == 0:
		return seawall.HTTP10
	}
	return seawall.HTTP11
}

// hostOf returns the host in lower case and without its port; an IPv6 address keeps its brackets (RFC 3986, section 3.2.2).
func hostOf(authority string) string {
	if end := strings.IndexByte(authority, ']'); end >= 0 && authority[0] == '[' {
		return strings.ToLower(authority[:end+1])
	}
	host, _, _ := strings.Cut(authority, ":")
	return strings.ToLower(host)
}

// splitTarget returns path and query of a request target as they were received (RFC 9112, section 3.2): origin form, absolute form
// (not in HTTP/2, whose :path has none), "*" for OPTIONS. CONNECT, which has no path, gets "/".
func splitTarget(method, target string, major int) (path, query string, ok bool) {
	switch {
	case target == "*":
		return "*", "", method == http.MethodOptions
	case strings.HasPrefix(target, "/"):
	case method == http.MethodConnect:
		return "/", "", true
	case major == 1:
		if target, ok = afterAuthority(target); !ok {
			return "", "", false
		}
	default:
		return "", "", false
	}
	path, query, _ = strings.Cut(target, "?")
	if path == "" {
		path = "/"
	}
	return path, query, true
}

// afterAuthority cuts scheme and authority off an absolute URI. What remains is empty or begins with "/" or "?".
func afterAuthority(uri string) (string, bool) {
	_, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return "", false
	}
	i := strings.IndexAny(rest, "/?#")
	if i < 0 {
		return "", true
	}
	return rest[i:], rest[i] != '#'
}
