// Package origin is the way to the servers that make the pages: pools of connections, requests sent on as a gateway must send
// them (RFC 9110, section 7.6), answers handed back as they stream in, and failures named so that the edge can tell a reader what
// happened and whether a form may have been carried out.
//
// An [Origin] is one server. It asks once; the one repetition is net/http's own: a safe request without a body goes out again when a
// kept connection turned out to be closed. A [Group] is the servers of one site: it chooses the one with the least to do, leaves
// those alone that fail, and asks a second time where that can do no harm.
//
// Neither caches nor queues nor follows redirects, and an answer of 502 or 503 is an answer; whether to ask at all, and what to say
// when asking failed, is decided elsewhere. What a client says about itself on the way is not believed: fields that tell who the
// client is, which host it asked and whether it came encrypted are replaced by what Seawall saw.
package origin

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// Bounds that no site has needed to change.
const (
	quietTimeout = 5 * time.Minute  // between bytes of an event stream, if that is more than Timeouts.BetweenBytes
	pingTimeout  = 3 * time.Second  // for the answer to an HTTP/2 ping
	idleTimeout  = 30 * time.Second // for a kept connection; short of the 60 s and more that servers commonly allow
	headBytes    = 64 << 10         // an answer's head, interim answers included
	uploadRate   = 32 << 10         // bytes of a request's body that buy the origin one more second to take them
	typingGrace  = 30 * time.Second // that a client may take for its body in all, and
	typingRate   = 8 << 10          // bytes that buy it one more second
	tunnelsKept  = 2                // idle connections that an origin refused to switch on
	namesRenewed = 30 * time.Second // between looks at whether a name has other addresses
)

var (
	errClosed = errors.New("origin is closed")
	errStray  = errors.New("origin sent more than its answer to an earlier request")
)

// Options say where an origin is and how long to wait for it. Zero fields but BaseURL mean their default.
type Options struct {
	BaseURL string // "http://host:port" or "https://host:port", without a path

	// Dial opens connections; 3 s are allowed for each. The default is a [net.Dialer]. A Dial that is given is handed BaseURL's
	// host as it stands, unless Lookup is given too.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Lookup finds the addresses of BaseURL's host when that is a name; the default is the system's. They are believed for 10 s,
	// and used for an hour when there are no newer ones. All are tried, IPv6 and IPv4 in turn, a quarter of a second apart.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Roots are the authorities that may have signed an https origin's certificate, which has to name BaseURL's host. The
	// default is the system's.
	Roots *x509.CertPool

	MaxConns int // open at once, 1024, and as many more that have switched protocols; further fetches wait within their timeout
	Timeouts Timeouts

	Now func() time.Time // the clock that stamps responses, time.Now
}

// Origin is one server that makes pages. It may be used by any number of goroutines.
type Origin struct {
	scheme, host string
	timeouts     Timeouts
	now          func() time.Time
	names        *names // nil when the host has no name to be looked up
	maxConns     int
	dialer       *dialer // for transport
	switching    *dialer // for tunnels
	transport    atomic.Pointer[http.Transport]
	tunnels      *http.Transport
	closed       atomic.Bool
}

// New returns the origin that o describes. Nothing is dialled before the first fetch.
func New(o Options) (*Origin, error) {
	base, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("origin %q: %w", o.BaseURL, err)
	}
	if o.MaxConns < 0 || o.Timeouts.negative() {
		return nil, fmt.Errorf("origin %q: a limit is negative", o.BaseURL)
	}
	o.Timeouts = o.Timeouts.withDefaults()
	if o.Now == nil {
		o.Now = time.Now
	}
	made := &Origin{
		scheme:   base.Scheme,
		host:     base.Host,
		timeouts: o.Timeouts,
		now:      o.Now,
		maxConns: cmp.Or(o.MaxConns, 1024),
	}
	made.dialer = made.newDialer(&o, base)
	made.transport.Store(newTransport(made.dialer, made.maxConns, http2To(made.dialer)))
	made.switching = made.dialer.plain()
	made.tunnels = newTransport(made.switching, made.maxConns, false)
	made.tunnels.MaxIdleConns, made.tunnels.MaxIdleConnsPerHost = tunnelsKept, tunnelsKept
	return made, nil
}

// Fetch sends r to the origin and returns its answer as soon as the head is there; the caller closes the answer's body. It blocks
// until then, at most as long as [Options] allow or until ctx ends, which is taken for the client having gone unless its deadline
// has passed. Every error is an [*Error].
//
// extra are fields of the edge's own, such as the validators of a stored response. They replace fields of the same name, and when
// extra is not nil, even if it is empty, all of the client's conditional fields with Range: the answer is then a whole one or 304.
//
// body yields r.BodySize bytes, or as many as there are when that is -1; it is not asked for when that is 0. It is read while Fetch
// runs and until the answer's body is closed, never after: Fetch and Close wait for a Read that is under way. When it is [Trailered] and
// its length unknown, those trailers that r announces in its Trailer field are sent too.
func (o *Origin) Fetch(ctx context.Context, r *seawall.Request, extra seawall.Fields, body io.Reader) (*Response, error) {
	return o.ask(call{ctx: ctx, request: r, extra: extra, body: body, patience: o.patience(r.Method)})
}

// call is one question to an origin.
type call struct {
	ctx      context.Context
	request  *seawall.Request
	extra    seawall.Fields
	body     io.Reader
	protocol string        // to switch to, "" for none
	patience time.Duration // for the head
	whenOver func(*Error)  // see [fetch]; is not told when ask returns an error
}

func (o *Origin) ask(c call) (*Response, error) {
	if o.closed.Load() {
		return nil, &Error{Reason: seawall.ReasonOriginDown, Type: Unavailable, Err: errClosed}
	}
	f := newFetch(c.ctx, c.patience, o.dialerFor(c.protocol))
	req, err := o.request(c.request, c.extra, f.take(c.body, c.request.BodySize), c.protocol)
	if err != nil {
		f.end()
		return nil, err
	}
	sent := o.now()
	resp, err := o.pool(c.protocol).RoundTrip(req.WithContext(f.traced()))
	if err == nil {
		if err = f.accept(resp, c.protocol); err != nil {
			resp.Body.Close()
		}
	}
	if err != nil {
		failed := f.failure(err)
		f.end()
		return nil, failed
	}
	f.answer.stop()
	f.headed, f.whenOver = true, c.whenOver
	return newResponse(resp, f, &o.timeouts, sent, o.now()), nil
}

// accept checks that an answer is one to the question that was asked.
func (f *fetch) accept(resp *http.Response, protocol string) error {
	switch {
	case f.trail.strayed():
		return errStray
	case resp.StatusCode < 200:
		return switched(resp, protocol)
	}
	return nil
}

func (o *Origin) dialerFor(protocol string) *dialer {
	if protocol != "" {
		return o.switching
	}
	return o.dialer
}

func (o *Origin) pool(protocol string) *http.Transport {
	if protocol != "" {
		return o.tunnels
	}
	return o.transport.Load()
}

// Run looks now and then whether the origin's name has other addresses, and moves there. It blocks until ctx ends.
func (o *Origin) Run(ctx context.Context) {
	if o.names == nil {
		return
	}
	tick := time.NewTicker(namesRenewed)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_, _ = o.names.get(ctx) // when it fails, what is known stays
		case <-ctx.Done():
			return
		}
	}
}

// move starts a new pool, so that no connection to an old address is used again. Those of the old one end with their fetches.
func (o *Origin) move() {
	old := o.transport.Swap(newTransport(o.dialer, o.maxConns, http2To(o.dialer)))
	old.CloseIdleConnections()
	o.tunnels.CloseIdleConnections()
}

// Close closes connections that are not in use, and the others once their fetches are over; further fetches fail. It does not wait
// for fetches under way and may be called twice.
func (o *Origin) Close() {
	o.closed.Store(true)
	o.transport.Load().CloseIdleConnections()
	o.tunnels.CloseIdleConnections()
}

func (o *Origin) patience(method string) time.Duration {
	if seawall.SafeMethod(method) {
		return o.timeouts.FirstByte
	}
	return o.timeouts.FormFirstByte
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
