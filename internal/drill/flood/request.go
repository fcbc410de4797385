package flood

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/orders"
)

// ask sends one request and reads its answer, whatever it is: a bot learns nothing from either.
func (b *bot) ask(ctx context.Context, client http.RoundTripper, one order) {
	ctx, cancel := context.WithTimeoutCause(ctx, requestTime, errTimeout)
	defer cancel()
	req, err := b.request(ctx, one)
	if err != nil {
		return
	}
	resp, err := client.RoundTrip(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, answerBytes) // cut off or not, the bot has done its work
}

// request builds a request whose target is sent byte by byte as the order has it.
func (b *bot) request(ctx context.Context, one order) (*http.Request, error) {
	scheme := "http"
	if b.o.Roots != nil {
		scheme = "https"
	}
	req, err := http.NewRequestWithContext(ctx, one.template.Method, scheme+"://"+b.o.ServerName+"/", strings.NewReader(one.body))
	if err != nil {
		return nil, err
	}
	path, query, hasQuery := strings.Cut(one.target, "?")
	req.URL.Path, req.URL.Opaque = "", path
	req.URL.RawQuery, req.URL.ForceQuery = query, hasQuery && query == ""
	req.Header.Set("User-Agent", one.agent)
	req.Header.Set("Accept-Encoding", "gzip") // as net/http does, without its unpacking
	if one.template.ContentType != "" {
		req.Header.Set("Content-Type", one.template.ContentType)
	}
	return req, nil
}

// clients are a bot's two HTTP clients, made when first needed. They share no connection with another bot.
type clients struct {
	o      *Options
	from   netip.Addr
	dialer *loopback.Dialer
	http1  *http.Transport
	http2  *http.Transport
}

func (c *clients) get(proto orders.Proto) *http.Transport {
	which := &c.http1
	if proto == orders.HTTP2 && c.o.Roots != nil {
		which = &c.http2
	}
	if *which == nil {
		*which = c.transport(which == &c.http2)
	}
	return *which
}

func (c *clients) transport(http2 bool) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(http2)
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeoutCause(ctx, requestTime, errTimeout)
			defer cancel()
			return c.dialer.Dial(ctx, c.from)
		},
		TLSClientConfig:     tlsConfig(c.o),
		TLSHandshakeTimeout: requestTime,
		DisableCompression:  true,
		Protocols:           protocols,
	}
}

func (c *clients) close() {
	for _, t := range []*http.Transport{c.http1, c.http2} {
		if t != nil {
			t.CloseIdleConnections()
		}
	}
}

func tlsConfig(o *Options) *tls.Config {
	if o.Roots == nil {
		return nil
	}
	return &tls.Config{RootCAs: o.Roots, ServerName: o.ServerName}
}
