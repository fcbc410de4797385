package gateway

import (
	"strings"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
)

// redirectControl lets a redirect be kept for an hour and no longer: browsers keep a permanent one for years otherwise (RFC 9110,
// section 15.4.9), and an owner who takes Seawall away has to be rid of it soon.
const redirectControl = "max-age=3600"

// serveRedirect points the reader to the site's own address.
func (v *visit) serveRedirect(act edge.Action) {
	v.send(act.Status, seawall.Fields{
		{Name: "Location", Value: location(act.Site.Base, v.Request.Path, v.Request.Query)},
		{Name: "Cache-Control", Value: redirectControl},
		{Name: "Cache-Status", Value: cacheName + "; detail=" + act.Reason.String()},
	}, nil)
}

// location joins what the edge has found fit for a header.
func location(base, path, query string) string {
	var b strings.Builder
	b.Grow(len(base) + len(path) + 1 + len(query))
	b.WriteString(base)
	b.WriteString(path)
	if query != "" {
		b.WriteByte('?')
		b.WriteString(query)
	}
	return b.String()
}
