// Package call makes the HTTP requests of channels: through the dialler that it is given and no other, without redirects, proxies or
// cookies, with at most [MaxAnswer] bytes read of what the other side answers. What it says of a failure is in its own words: a status, or
// what became of the connection. URLs, header fields and answers do not appear in it.
package call

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of a call.
const (
	MaxAnswer  = 64 << 10 // bytes read of an answer's body, and of its head
	MaxRequest = 8        // requests within one call
)

// DialFunc opens a connection. It is where targets are refused.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Options configure a [Caller].
type Options struct {
	Dial DialFunc    // required
	TLS  *tls.Config // nil for the system's authorities
}

// Caller makes calls. It may be used by several goroutines at once.
type Caller struct{ transport *http.Transport }

// New returns a Caller. It keeps no connection open between calls: they are rare, and one that died unseen would cost an alarm its time.
func New(o Options) (*Caller, error) {
	if o.Dial == nil {
		return nil, errors.New("call without a dialler")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	return &Caller{&http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := o.Dial(ctx, network, address)
			if err != nil {
				return nil, &DialError{err}
			}
			return conn, nil
		},
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: MaxAnswer,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		ForceAttemptHTTP2:      false,
	}}, nil
}

// DialError is a failure to connect. Its text is the dialler's, which knows an address and no more, and so may be shown.
type DialError struct{ Err error }

func (e *DialError) Error() string { return e.Err.Error() }

// Unwrap returns what the dialler said.
func (e *DialError) Unwrap() error { return e.Err }

// Call is one delivery: a few requests that succeed together. It is an [http.RoundTripper].
type Call struct {
	caller *Caller
	ctx    context.Context //nolint:containedctx // a call lives as long as its context; libraries make requests without one

	mu     sync.Mutex
	made   int   // requests; guarded by mu
	failed error // why no more is asked; guarded by mu
	retry  bool  // whether the same may succeed later; guarded by mu
}

// Begin returns a call that ends with ctx.
func (c *Caller) Begin(ctx context.Context) *Call { return &Call{caller: c, ctx: ctx} }

// Client returns a client whose requests belong to the call, whatever their own contexts.
func (c *Call) Client() *http.Client {
	return &http.Client{
		Transport:     c,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// errOver is what requests get after one that failed.
var errOver = fmt.Errorf("the call has failed: %w", context.Canceled)

// RoundTrip implements [http.RoundTripper]. After a request that failed it makes no other: whether to try again is not the client's to say.
func (c *Call) RoundTrip(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.made++
	over := c.failed != nil || c.made > MaxRequest
	c.mu.Unlock()
	if over {
		return nil, errOver
	}
	resp, err := c.caller.transport.RoundTrip(req.WithContext(c.ctx))
	if err == nil && c.ctx.Err() != nil { // a server may answer because we hung up, and that is no promise
		_ = resp.Body.Close()
		err = c.ctx.Err()
	}
	if err != nil {
		c.fail(true, describe(c.ctx, err))
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		c.fail(Retry(resp.StatusCode), later(resp, statusError(resp.StatusCode)))
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, MaxAnswer), resp.Body}
	return resp, nil
}

func (c *Call) fail(retry bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed, c.retry = err, retry
	}
}

// Result returns what became of the call, as a Notifier says it: nil when every request was answered with a 2xx.
func (c *Call) Result() (retry bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil && c.made == 0 {
		return false, errors.New("nothing was sent: the message or the URL does not fit the service")
	}
	return c.retry, c.failed
}

// Retry reports whether the request that a status answers may succeed later (RFC 9110, section 15; RFC 6585, section 4).
func Retry(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// statusError returns what a status says. A redirect is not followed: it would carry tokens to somewhere else.
func statusError(status int) error {
	if status >= 300 && status <= 399 {
		return fmt.Errorf("answered %d, a redirect, which is not followed: give the URL it leads to", status)
	}
	return fmt.Errorf("answered %d %s", status, http.StatusText(status))
}
