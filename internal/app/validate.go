package app

import (
	"strings"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// validationPath is where certificate authorities look (RFC 8555, section 8.3).
const validationPath = "/.well-known/acme-challenge/"

// validate answers a certificate authority that asks, in plain HTTP, for what we have promised to show. Whatever else is asked for
// below that path goes its ordinary way; it may be the origin's own.
func (g *graph) validate(x *gateway.Exchange) bool {
	r := &x.Request
	if r.TLS || g.certs == nil || !strings.HasPrefix(r.Path, validationPath) || r.Method != "GET" && r.Method != "HEAD" {
		return false
	}
	text, ok := g.certs.Validation(r.Host, r.Path[len(validationPath):])
	if !ok {
		return false
	}
	out := seawall.Outcome{
		ID: r.ID, Time: r.Received, Client: r.Client.Prefix(), Proto: r.Proto,
		Action: seawall.ActionServe, Reason: seawall.ReasonValidation, Status: 200,
	}
	err := x.Out.Head(200, seawall.Fields{{Name: "Content-Type", Value: "application/octet-stream"}, {Name: "Cache-Control", Value: "no-store"}}, int64(len(text)))
	if err == nil && r.Method == "GET" {
		var n int
		n, err = x.Out.Write([]byte(text))
		out.Bytes = int64(n)
	}
	if err != nil {
		out.Reason = seawall.ReasonClientGone
	}
	out.Took = g.gateway.Now().Sub(r.Received)
	g.report(out)
	return true
}
