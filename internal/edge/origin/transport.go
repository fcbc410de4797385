package origin

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"
)

// newDialer returns the way to open connections to base.
func (o *Origin) newDialer(opts *Options, base *url.URL) *dialer {
	d := &dialer{
		dial: opts.Dial, port: base.Port(), conns: new(atomic.Int64), limit: o.maxConns,
		connectTimeout: opts.Timeouts.Connect, tlsTimeout: opts.Timeouts.TLS,
	}
	if d.port == "" {
		d.port = map[string]string{"http": "80", "https": "443"}[base.Scheme]
	}
	lookup := opts.Lookup
	if d.dial == nil {
		d.dial = new(net.Dialer).DialContext
		if lookup == nil {
			lookup = systemLookup
		}
	}
	if _, err := netip.ParseAddr(base.Hostname()); err != nil && lookup != nil {
		d.names = newNames(base.Hostname(), lookup, opts.Now, o.move)
		o.names = d.names
	}
	if base.Scheme == "https" {
		d.tls = &tls.Config{
			ServerName: base.Hostname(),
			RootCAs:    opts.Roots,
			MinVersion: tls.VersionTLS12,
			NextProtos: []string{"h2", "http/1.1"},
		}
	}
	return d
}

func systemLookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return new(net.Resolver).LookupNetIP(ctx, "ip", host)
}

// plain returns the same dialer without HTTP/2.
func (d *dialer) plain() *dialer {
	p := *d
	p.conns = new(atomic.Int64)
	if d.tls != nil {
		p.tls = d.tls.Clone()
		p.tls.NextProtos = []string{"http/1.1"}
	}
	return &p
}

func http2To(d *dialer) bool { return d.tls != nil }

func newTransport(d *dialer, conns int, http2 bool) *http.Transport {
	kept := max(conns/2, 1)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(http2)
	return &http.Transport{
		Proxy:                  nil, // never what the environment says
		DialContext:            d.open,
		DialTLSContext:         d.openTLS,
		DisableCompression:     true,
		MaxConnsPerHost:        conns,
		MaxIdleConns:           kept,
		MaxIdleConnsPerHost:    kept,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: headBytes,
		Protocols:              protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: pingTimeout},
	}
}
