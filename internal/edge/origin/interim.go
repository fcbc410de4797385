package origin

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/textproto"

	"github.com/seawall-project/seawall"
)

// WithInterim returns a context in which interim answers to what is fetched (RFC 9110, section 15.2), such as 103 (Early Hints), are handed
// to pass, as they come and with their hop-by-hop fields removed. pass is called by another goroutine while [Origin.Fetch] waits, and,
// where Fetch gave up, perhaps for a moment after it. 100 (Continue) and 101 (Switching Protocols) are the origin's and ours.
func WithInterim(ctx context.Context, pass func(status int, fields seawall.Fields)) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
			if status > http.StatusSwitchingProtocols {
				pass(status, responseFields(http.Header(header)))
			}
			return nil
		},
	})
}
