package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"syscall"

	"golang.org/x/net/http2"

	"github.com/seawall-project/seawall/internal/egress"
)

// failure is how a phase ended that did not succeed.
type failure struct {
	class Class
	err   error
}

// says reports whether an error carries one of some numbers of the system.
func says(err error, numbers []syscall.Errno) bool {
	n, ok := errors.AsType[syscall.Errno](err)
	return ok && slices.Contains(numbers, n)
}

// late reports whether an error is a time that ran out.
func late(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || says(err, errnoTimeout) {
		return true
	}
	timed, ok := errors.AsType[net.Error](err)
	return ok && timed.Timeout()
}

// ended reports whether the other side ended the connection in order, before it should.
func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// refusal reports whether an error is one of this vantage's own refusals.
func refusal(err error) bool {
	if _, ok := errors.AsType[*egress.Refused](err); ok {
		return true
	}
	if _, ok := errors.AsType[*RefusedURL](err); ok {
		return true
	}
	_, ok := errors.AsType[*OverBudget](err)
	return ok
}

// connectClass classifies what connecting ended with.
func connectClass(err error) Class {
	switch {
	case refusal(err):
		return RefusedTarget
	case errors.Is(err, context.Canceled):
		return MeasurementFailed // whoever asked for the probe has gone
	case says(err, errnoRefused):
		return TCPRefused
	case says(err, errnoReset):
		return TCPReset
	case says(err, errnoUnreachable):
		return TCPUnreachable
	case says(err, errnoLocal):
		return MeasurementFailed
	case late(err):
		return TCPTimeout
	}
	return Unknown
}

// handshakeClass classifies what a TLS handshake ended with.
func handshakeClass(err error) Class {
	switch {
	case errors.Is(err, context.Canceled):
		return MeasurementFailed
	case says(err, errnoReset) || ended(err):
		return TLSReset
	case late(err):
		return TLSTimeout
	}
	return TLSHandshake
}

// certificateClass classifies what verifying a certificate ended with.
func certificateClass(err error) Class {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return TLSExpired
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return TLSWrongHost
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return TLSUnknownCA
	}
	if _, ok := errors.AsType[x509.SystemRootsError](err); ok {
		return MeasurementFailed
	}
	return TLSHandshake
}

// answerClass classifies what waiting for an answer's head ended with. Begun says whether any of it came.
func answerClass(err error, begun bool) Class {
	switch {
	case errors.Is(err, context.Canceled):
		return MeasurementFailed
	case late(err):
		return HTTPTimeout
	case begun:
		return BadResponse
	}
	return TCPReset
}

// brokenOff reports whether an error is the end of a connection, and not something that was said on it.
func brokenOff(err error) bool {
	return says(err, errnoReset) || ended(err) || errors.Is(err, net.ErrClosed)
}

// bodyClass classifies what reading a body ended with.
func bodyClass(err error) Class {
	switch {
	case errors.Is(err, context.Canceled):
		return MeasurementFailed
	case late(err):
		return HTTPTimeout
	case says(err, errnoReset) || ended(err):
		return Truncated
	}
	if broken := (http2.StreamError{}); errors.As(err, &broken) {
		return Truncated
	}
	return BadResponse
}
