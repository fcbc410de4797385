// Package origin is the way to the server that makes the pages: one pool of connections, requests sent on as a gateway must send
// them (RFC 9110, section 7.6), answers handed back as they stream in, and failures named so that the edge can tell a reader what
// happened and whether a form may have been carried out.
//
// An [Origin] asks once. It neither caches nor queues nor follows redirects, and takes an answer of 502 or 503 for an answer; whether
// to ask at all, and what to say when asking failed, is decided elsewhere. The one repetition is net/http's own: a safe request
// without a body goes out again when a kept connection turned out to be closed.
//
// What a client says about itself on the way is not believed: fields that tell who the client is, which host it asked and whether it
// came encrypted are replaced by what Seawall saw.
package origin

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// Bounds that no site has needed to change.
const (
	dialTimeout  = 3 * time.Second  // for a connection, and again for its TLS handshake
	stallTimeout = 20 * time.Second // between bytes of an answer's body
	idleTimeout  = 30 * time.Second // for a kept connection; short of the 60 s and more that servers commonly allow
	headBytes    = 64 << 10         // an answer's head, interim answers included
	uploadRate   = 32 << 10         // bytes of a request's body that buy it one more second
)

// Why a fetch was given up, see [context.Cause].
var (
	errClosed  = errors.New("origin is closed")
	errDial    = fmt.Errorf("origin took no connection within %v", dialTimeout)
	errHead    = errors.New("origin sent no answer in time")
	errStalled = fmt.Errorf("origin sent nothing of its answer for %v", stallTimeout)
)

// Options say where an origin is and how long to wait for it. Zero fields but BaseURL mean their default.
type Options struct {
	BaseURL string // "http://host:port" or "https://host:port", without a path

	// Dial opens connections; 3 s are allowed for each. The default is a [net.Dialer].
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Roots are the authorities that may have signed an https origin's certificate, which has to name BaseURL's host. The
	// default is the system's.
	Roots *x509.CertPool

	MaxConns int // open at once, 512; further fetches wait within their timeout

	HeadTimeout time.Duration // from the beginning of a fetch to the head of its answer, 15 s
	// FormTimeout takes the place of HeadTimeout for methods that may change something, 30 s. For both, each 32 KiB of the
	// request's body that the client sends add a second.
	FormTimeout time.Duration

	Now func() time.Time // the clock that stamps responses, time.Now
}

// Origin is one server that makes pages. It may be used by any number of goroutines.
type Origin struct {
	scheme, host string
	headTimeout  time.Duration
	formTimeout  time.Duration
	now          func() time.Time
	transport    *http.Transport
	closed       atomic.Bool
}

// New returns the origin that o describes. Nothing is dialled before the first fetch.
func New(o Options) (*Origin, error) {
	base, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("origin %q: %w", o.BaseURL, err)
	}
	if o.MaxConns < 0 || o.HeadTimeout < 0 || o.FormTimeout < 0 {
		return nil, fmt.Errorf("origin %q: a limit is negative", o.BaseURL)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Origin{
		scheme:      base.Scheme,
		host:        base.Host,
		headTimeout: cmp.Or(o.HeadTimeout, 15*time.Second),
		formTimeout: cmp.Or(o.FormTimeout, 30*time.Second),
		now:         o.Now,
		transport:   newTransport(&o, base.Scheme == "https"),
	}, nil
}

// Fetch sends r to the origin and returns its answer as soon as the head is there; the caller closes the answer's body. It blocks
// until then, at most as long as [Options] allow or until ctx ends, which is taken for the client having gone unless its deadline
// has passed. Every error is an [*Error].
//
// extra are fields of the edge's own, such as the validators of a stored response. They replace fields of the same name, and when
// extra is not nil, even if it is empty, all of the client's conditional fields with Range: the answer is then a whole one or 304.
//
// body yields r.BodySize bytes, or as many as there are when that is -1; it is not asked for when that is 0. It is read while Fetch
// runs and until the answer's body is closed, never after: Fetch and Close wait for a Read that is under way.
func (o *Origin) Fetch(ctx context.Context, r *seawall.Request, extra seawall.Fields, body io.Reader) (*Response, error) {
	if o.closed.Load() {
		return nil, &Error{Reason: seawall.ReasonOriginDown, Err: errClosed}
	}
	f := newFetch(ctx, o.patience(r.Method))
	req, err := o.request(r, extra, f.take(body, r.BodySize))
	if err != nil {
		f.end()
		return nil, err
	}
	sent := o.now()
	resp, err := o.transport.RoundTrip(req.WithContext(f.traced()))
	if err == nil && resp.StatusCode < 200 {
		resp.Body.Close()
		err = fmt.Errorf("origin switched protocols unasked, status %d", resp.StatusCode)
	}
	if err != nil {
		failed := f.failure(err)
		f.end()
		return nil, failed
	}
	f.deadline.stop()
	return newResponse(resp, f, sent, o.now()), nil
}

// Close closes connections that are not in use, and the others once their fetches are over; further fetches fail. It does not wait
// for fetches under way and may be called twice.
func (o *Origin) Close() {
	o.closed.Store(true)
	o.transport.CloseIdleConnections()
}

func (o *Origin) patience(method string) time.Duration {
	if seawall.SafeMethod(method) {
		return o.headTimeout
	}
	return o.formTimeout
}

func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("scheme is neither http nor https")
	case u.Hostname() == "":
		return nil, errors.New("no host")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.ForceQuery, u.Fragment != "", u.User != nil:
		return nil, errors.New("more than scheme, host and port")
	}
	return u, nil
}

func newTransport(o *Options, encrypted bool) *http.Transport {
	conns := cmp.Or(o.MaxConns, 512)
	kept := max(conns/2, 1)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(encrypted)
	return &http.Transport{
		Proxy:                  nil, // never what the environment says
		DialContext:            counted(o.Dial),
		TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		DisableCompression:     true,
		MaxConnsPerHost:        conns,
		MaxIdleConns:           kept,
		MaxIdleConnsPerHost:    kept,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: headBytes,
		Protocols:              protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: stallTimeout, PingTimeout: dialTimeout},
	}
}
