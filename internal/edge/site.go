package edge

import "github.com/seawall-project/seawall"

// Site is one site's policy as the edge holds it: immutable, reached through the policy's table of host names.
type Site struct {
	*seawall.Site
	Index int    // position in the configuration; parts of the edge keep their own tables by it
	Base  string // what stands before the path in the site's own address: "https://www.example.org", see baseOf
}

// baseOf returns the beginning of a site's own address. Where Seawall is not told how readers reach it, because something before it
// ends TLS, the scheme stays the reader's: "//www.example.org" (RFC 3986, section 4.2). It names no port, so it is the scheme's own.
func baseOf(s *seawall.Site) string {
	if s.HTTPS {
		return "https://" + s.Name
	}
	return "//" + s.Name
}
