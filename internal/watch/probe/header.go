package probe

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxHeader is the most of one field that is kept, in bytes.
const maxHeader = 200

// telling are the fields that tell which product answered, and how.
var telling = [...]string{
	"Age", "Alt-Svc", "Cache-Control", "Cache-Status", "Cf-Cache-Status", "Cf-Mitigated", "Cf-Ray", "Content-Encoding", "Content-Length", "Content-Type",
	"Location", "Proxy-Status", "Retry-After", "Server", "Via", "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "X-Amzn-Waf-Action", "X-Cache", "X-Cdn", "X-Datadome",
	"X-Iinfo", "X-Served-By", "X-Sucuri-Block", "X-Sucuri-Cache", "X-Sucuri-Id", "X-Vercel-Cache", "X-Vercel-Id", "X-Vercel-Mitigated",
}

// kept returns the fields that tell which product answered. Of cookies only the names are kept, under "set-cookie".
func kept(header http.Header) map[string]string {
	fields := make(map[string]string)
	for _, name := range telling {
		if values := header.Values(name); len(values) > 0 {
			fields[strings.ToLower(name)] = clip(strings.Join(values[:min(len(values), 8)], ", "), maxHeader)
		}
	}
	if names := cookieNames(header); len(names) > 0 {
		fields["set-cookie"] = clip(strings.Join(names, ", "), maxHeader)
	}
	return fields
}

// cookieNames returns the names of the cookies that an answer sets, at most 32.
func cookieNames(header http.Header) []string {
	var names []string
	for _, line := range header.Values("Set-Cookie") {
		name, _, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); ok && name != "" && !slices.Contains(names, name) && len(names) < 32 {
			names = append(names, name)
		}
	}
	return names
}

// lead returns by how much now is ahead of the clock of whoever answered: of the Date, to which an Age is added where the answer comes from a cache
// (RFC 9110, section 6.6.1; RFC 9111, section 5.1). It is zero when the answer does not tell.
func lead(header http.Header, now time.Time) time.Duration {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 0
	}
	if age, err := strconv.ParseUint(header.Get("Age"), 10, 31); err == nil {
		date = date.Add(time.Duration(age) * time.Second) //nolint:gosec // G115: 31 bits
	}
	return now.Sub(date.Add(time.Second / 2))
}
