package call

import (
	"net/http"
	"strconv"
	"time"
)

// laterError is a failure of a service that says when to come back. Whoever tries again finds that out by its method.
type laterError struct {
	error
	after time.Duration
}

// RetryAfter returns how long the service wants to be left alone; it says so itself, and the caller bounds it.
func (e *laterError) RetryAfter() time.Duration { return e.after }

// Unwrap returns what the status says.
func (e *laterError) Unwrap() error { return e.error }

// later returns err, with what a 429 or a 503 says of when to come back: seconds, or a date (RFC 9110, section 10.2.3). What is neither, or lies in
// the past, says nothing.
func later(resp *http.Response, err error) error {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return err
	}
	field := resp.Header.Get("Retry-After")
	var after time.Duration
	if seconds, bad := strconv.ParseUint(field, 10, 31); bad == nil {
		after = time.Duration(seconds) * time.Second
	} else if at, bad := http.ParseTime(field); bad == nil {
		after = time.Until(at)
	}
	if after <= 0 {
		return err
	}
	return &laterError{err, after}
}
