package readers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// failure is why something was not served.
type failure struct {
	cause Cause
	err   error
}

var errBytes = errors.New("body is not what was printed")

// fetch sends one request and compares what comes with want. Redirects are not followed: the paper has none.
func (r *reader) fetch(ctx context.Context, q request, want []byte) *failure {
	req, err := r.build(ctx, q)
	if err != nil {
		return &failure{Connection, err}
	}
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		return broken(ctx, err)
	}
	defer resp.Body.Close()
	r.cookies.keep(resp.Cookies())
	if resp.StatusCode != http.StatusOK {
		return &failure{Status, fmt.Errorf("status %d", resp.StatusCode)}
	}
	if err := compare(resp.Body, want); errors.Is(err, errBytes) {
		return &failure{WrongBytes, err}
	} else if err != nil {
		return broken(ctx, err)
	}
	return nil
}

// build returns the request for net/http.
func (r *reader) build(ctx context.Context, q request) (*http.Request, error) {
	var body io.Reader
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, r.base+q.target, body)
	if err != nil {
		return nil, err
	}
	for _, f := range q.fields {
		req.Header.Set(f[0], f[1])
	}
	if line := r.cookies.field(); line != "" {
		req.Header.Set("Cookie", line)
	}
	return req, nil
}

// broken tells lost patience from a lost connection.
func broken(ctx context.Context, err error) *failure {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return &failure{Timeout, err}
	}
	return &failure{Connection, err}
}

// compare reads body to its end and returns errBytes unless it is want; it stops at the first byte that is not.
func compare(body io.Reader, want []byte) error {
	buf := make([]byte, 8<<10)
	for {
		n, err := body.Read(buf)
		if n > len(want) || !bytes.Equal(buf[:n], want[:n]) {
			return errBytes
		}
		want = want[n:]
		switch {
		case err == io.EOF && len(want) > 0:
			return errBytes
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// wordOf returns the word that a search target asks for.
func wordOf(target string) string {
	_, query, _ := strings.Cut(target, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	return values.Get("q")
}
