package probe

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// connKey is under which a request carries its connection to the transport.
type connKey struct{}

var errNoConn = errors.New("probe: the transport wants a connection that nobody opened")

// newTransport returns what speaks HTTP over connections that are there already. It opens none itself.
func newTransport(l Limits) *http.Transport {
	given := func(ctx context.Context, _, _ string) (net.Conn, error) {
		if conn, ok := ctx.Value(connKey{}).(net.Conn); ok {
			return conn, nil
		}
		return nil, errNoConn
	}
	return &http.Transport{
		DialContext: given, DialTLSContext: given, ForceAttemptHTTP2: true, DisableCompression: true, DisableKeepAlives: true,
		MaxResponseHeaderBytes: l.HeaderBytes,
		HTTP2:                  &http.HTTP2Config{MaxReceiveBufferPerConnection: 1 << 20, MaxReceiveBufferPerStream: 512 << 10, MaxDecoderHeaderTableSize: 4096},
	}
}

var errTTFB = fmt.Errorf("the time to wait for the answer is over: %w", context.DeadlineExceeded)

// get sends one GET and judges the answer.
func (run *run) get(ctx context.Context, at place, conn net.Conn, secure *tls.Conn) (next place, end *failure) {
	run.r.Phase = PhaseTTFB
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	switch {
	case secure == nil:
		conn = newPatient(conn)
	case speaksHTTP2(secure):
		conn = secure // whose type tells the transport
	default:
		conn = newPatient(secure)
	}
	var answer *answer
	f := timed(&run.r.Timings.TTFB, func() (f *failure) {
		timer := time.AfterFunc(run.limits.TTFB, func() { cancel(errTTFB) })
		defer timer.Stop()
		answer, f = run.roundTrip(ctx, at, conn)
		return f
	})
	if f != nil {
		return at, f
	}
	defer answer.close()
	run.r.Status, run.r.Protocol = answer.StatusCode, answer.Proto
	run.r.Evidence.Headers = kept(answer.Header)
	run.r.Lead = lead(answer.Header, run.options.Now())
	if next, f, ok := redirect(at, answer.Response); ok {
		return next, f
	}
	return at, run.page(ctx, answer.Response)
}

func speaksHTTP2(secure *tls.Conn) bool {
	return secure != nil && secure.ConnectionState().NegotiatedProtocol == "h2"
}

// answer is a response with the connection that it comes over.
type answer struct {
	*http.Response
	client *http.ClientConn
}

// close ends an answer, which has been read as far as it will be.
func (a *answer) close() {
	_ = a.Body.Close()
	_ = a.client.Close()
}

// roundTrip sends the request and waits for the head of its answer.
func (run *run) roundTrip(ctx context.Context, at place, conn net.Conn) (*answer, *failure) {
	var first atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: func() { first.Store(true) }})
	client, err := run.transport.NewClientConn(context.WithValue(ctx, connKey{}, conn), at.scheme, net.JoinHostPort(at.host, fmt.Sprint(at.port)))
	if err != nil {
		return nil, &failure{answerClass(cause(ctx, err), false), cause(ctx, err)}
	}
	req := (&http.Request{
		Method: http.MethodGet, URL: at.url(), Host: at.authority(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Close: true,
		Header: http.Header{
			"User-Agent": {run.agent}, "Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Encoding": {"gzip"},
		},
	}).WithContext(ctx)
	resp, err := client.RoundTrip(req) //nolint:bodyclose // answer.close does
	if err != nil {
		_ = client.Close() // it has failed already
		err = cause(ctx, err)
		secure, _ := conn.(*tls.Conn)
		begun := first.Load() || speaksHTTP2(secure) && !brokenOff(err) // frames that break the rules begin no answer, and are some
		return nil, &failure{answerClass(err, begun), err}
	}
	return &answer{resp, client}, nil
}

// cause returns why a context ended when that is why a call failed, else the call's error.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// redirect reads where an answer leads. It reports whether it leads anywhere.
func redirect(at place, resp *http.Response) (next place, end *failure, is bool) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return at, nil, false
	}
	next, err := follow(at, resp.Header.Values("Location"))
	if err == nil {
		return next, nil, true
	}
	if refusal(err) {
		return at, &failure{RefusedTarget, err}, true
	}
	return at, &failure{BadResponse, fmt.Errorf("status %d: %w", resp.StatusCode, err)}, true
}

// follow returns the place that a Location leads to (RFC 9110, section 10.2.2).
func follow(at place, locations []string) (place, error) {
	if len(locations) != 1 {
		return at, fmt.Errorf("%d fields named Location, want one", len(locations))
	}
	if len(locations[0]) > MaxURL {
		return at, fmt.Errorf("location longer than %d bytes", MaxURL)
	}
	u, err := url.Parse(strings.TrimSpace(locations[0]))
	if err != nil {
		return at, fmt.Errorf("location: %w", err)
	}
	to := at.url().ResolveReference(u)
	to.Fragment, to.RawFragment = "", ""
	if to.Scheme != "http" && to.Scheme != "https" {
		return at, fmt.Errorf("location leads to %.20q, want http or https", to.Scheme)
	}
	return placeOf(to)
}

// page reads a body and judges the answer.
func (run *run) page(ctx context.Context, resp *http.Response) *failure {
	run.r.Phase = PhaseBody
	var content []byte
	f := timed(&run.r.Timings.Body, func() *failure {
		var err error
		if content, err = readBody(resp, run.limits.BodyBytes); err != nil {
			err = cause(ctx, err)
			return &failure{bodyClass(err), err}
		}
		return nil
	})
	run.keep(resp, content)
	if m, ok := (sight{resp.StatusCode, resp.Header, run.r.Evidence.Title, content}).marked(); ok {
		if m.assessment != 0 {
			run.r.Assessment = append(run.r.Assessment, m.assessment)
		}
		if m.class != Unknown {
			return &failure{m.class, fmt.Errorf("status %d with the mark of %s", resp.StatusCode, m.product)}
		}
	}
	if f != nil {
		return f
	}
	run.r.Phase = PhaseDone
	class := statusClass(resp, len(content))
	if class == OK {
		return &failure{class: OK}
	}
	return &failure{class, fmt.Errorf("status %d %s, %d bytes", resp.StatusCode, http.StatusText(resp.StatusCode), len(content))}
}

// readBody returns at most limit bytes of a body, decoded. What is cut off by the limit is no error.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	var body io.Reader = resp.Body
	if isGzip(resp.Header.Get("Content-Encoding")) {
		decoded, err := gzip.NewReader(resp.Body)
		if err == io.EOF { //nolint:errorlint // gzip returns it bare, for a body without a byte
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		body = decoded
	}
	return io.ReadAll(io.LimitReader(body, limit))
}

// isGzip reports whether a Content-Encoding is gzip alone, which is the one asked for (RFC 9110, section 8.4.1.3).
func isGzip(coding string) bool {
	coding = strings.TrimSpace(coding)
	return strings.EqualFold(coding, "gzip") || strings.EqualFold(coding, "x-gzip")
}

// maxBody is the most of a body that a result carries.
const maxBody = 64 << 10

// keep writes down what a person can check the result by.
func (run *run) keep(resp *http.Response, content []byte) {
	e := &run.r.Evidence
	e.Bytes = int64(len(content))
	if len(content) == 0 {
		return
	}
	sum := sha256.Sum256(content)
	e.BodySHA256 = hex.EncodeToString(sum[:])
	e.Body = bytes.Clone(content[:min(len(content), maxBody)])
	e.Title, e.Simhash = readPage(content, resp.Header.Get("Content-Type"))
}

// statusClass classifies an answer that came whole and has no mark of a product.
func statusClass(resp *http.Response, size int) Class {
	switch s := resp.StatusCode; {
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		return OverloadPage
	case s == http.StatusInternalServerError:
		return HTTP500
	case s == http.StatusBadGateway:
		return HTTP502
	case s == http.StatusServiceUnavailable:
		return HTTP503
	case s == http.StatusGatewayTimeout:
		return HTTP504
	case s >= 500 && s <= 599:
		return HTTP5xx
	case s >= 400 && s <= 499:
		return HTTP4xx
	case s >= 200 && s <= 299 && size == 0:
		return Empty
	case s >= 200 && s <= 299:
		return OK
	}
	return BadResponse
}
