package edge

import "github.com/seawall-project/seawall"

// maxLocation is the longest path and query, in bytes, that a redirect repeats.
const maxLocation = 4 << 10

// elsewhere reports whether a request came by another name than the site's own, or in plain text to a site that is encrypted.
func elsewhere(site *Site, r *seawall.Request) bool {
	return site.HTTPS && !r.TLS || r.Host != site.Name
}

// redirect points a reader to the same path and query at the site's own address, which begins with the configured name, so that no
// request can point anyone to another host. A target that could end a header line, or that is longer than [maxLocation], is refused.
func redirect(site *Site, r *seawall.Request) Action {
	switch {
	case len(r.Path)+len(r.Query) > maxLocation:
		return refuse(site, 414, seawall.ReasonBadRequest)
	case !visible(r.Path) || !visible(r.Query):
		return refuse(site, 400, seawall.ReasonBadRequest)
	}
	return Action{Kind: seawall.ActionServe, Reason: seawall.ReasonElsewhere, Site: site, Status: 308, Answer: seawall.AnswerRedirect}
}

// visible reports whether s is made of visible ASCII alone, as a URI is (RFC 3986, section 2).
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
