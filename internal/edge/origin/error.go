package origin

import (
	"context"
	"errors"
	"fmt"

	"github.com/seawall-project/seawall"
)

// Error is why there is no answer, or no more of it.
type Error struct {
	// Reason is one of
	//   - ReasonOriginDown: no connection: refused, no route, no answer to dialling, or no trust in its certificate;
	//   - ReasonOriginTimeout: no head in time, or a body that stalled;
	//   - ReasonOriginReset: broken off, or an answer that is not HTTP;
	//   - ReasonClientGone: the context ended, or the request's body could not be read to its end. Whoever made the body
	//     finds its own error, such as one for too long a body, with [errors.Is];
	//   - ReasonBadRequest and ReasonMethod: the request cannot be sent on as it is.
	Reason seawall.Reason
	// Sent is whether any byte of the request may have been written to the origin: only when it is false it is certain that
	// the request was not carried out.
	Sent bool
	Err  error // never nil
}

func (e *Error) Error() string { return fmt.Sprintf("fetch from origin: %s: %v", e.Reason, e.Err) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// failure says what err, met while asking or while reading the answer, was about. What ended the fetch counts for more than what
// net/http met in consequence.
func (f *fetch) failure(err error) *Error {
	e := &Error{Sent: f.trail.sent(), Err: err}
	cause := context.Cause(f.ctx)
	switch {
	case f.upload != nil && f.upload.failure() != nil:
		e.Reason, e.Err = seawall.ReasonClientGone, fmt.Errorf("read request body: %w", f.upload.failure())
	case errors.Is(cause, errHead), errors.Is(cause, errStalled):
		e.Reason, e.Err = seawall.ReasonOriginTimeout, cause
	case errors.Is(f.client.Err(), context.DeadlineExceeded):
		e.Reason, e.Err = seawall.ReasonOriginTimeout, cause
	case f.client.Err() != nil:
		e.Reason, e.Err = seawall.ReasonClientGone, cause
	case !f.trail.reached():
		e.Reason = seawall.ReasonOriginDown
	default:
		e.Reason = seawall.ReasonOriginReset
	}
	return e
}
