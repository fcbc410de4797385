package origin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strings"
	"syscall"

	"github.com/seawall-project/seawall"
)

// Error is why there is no answer, or no more of it.
type Error struct {
	// Reason is one of
	//   - ReasonOriginDown: no connection: refused, no route, no address, or no trust in its certificate;
	//   - ReasonOriginConnect, ReasonOriginHandshake: no connection, or no TLS handshake on it, in time;
	//   - ReasonOriginTimeout: no head in time, or a request that was not taken in time;
	//   - ReasonOriginStalled, ReasonOriginUnfinished: a body that stalled, or that did not come to its end in time;
	//   - ReasonOriginReset: broken off, or an answer that is not HTTP;
	//   - ReasonClientGone: the context ended, or the request's body could not be read to its end, or came too slowly. Whoever
	//     made the body finds its own error, such as one for too long a body, with [errors.Is];
	//   - ReasonBadRequest, ReasonMethod and ReasonLoop: the request cannot be sent on as it is.
	Reason seawall.Reason
	// Type is the same in the words of RFC 9209, section 2.3. It names no address and may be shown to anybody.
	Type ErrorType
	// Sent is whether any byte of the request may have been written to the origin: only when it is false it is certain that
	// the request was not carried out.
	Sent bool
	// Limit names the time limit that ran out: "dns", "connect", "tls", "connections", "write", "first_byte", "between_bytes" or
	// "whole"; "" when none did.
	Limit string
	Err   error // never nil

	// stale is whether a kept connection broke before it brought a byte of an answer to this request, which says nothing of the
	// origin's health.
	stale bool
}

func (e *Error) Error() string { return fmt.Sprintf("fetch from origin: %s: %v", e.Reason, e.Err) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// slow reports whether the origin took what was asked and then too long, as one does that has too much to do.
func (e *Error) slow() bool {
	return e.Reason == seawall.ReasonOriginTimeout || e.Reason == seawall.ReasonOriginStalled
}

// ErrorType is a proxy error type as the Proxy-Status field names it (RFC 9209, section 2.3); "" is none.
type ErrorType string

// The error types that an origin's failure can have.
const (
	DNSTimeout           ErrorType = "dns_timeout"
	DNSError             ErrorType = "dns_error"
	Unroutable           ErrorType = "destination_ip_unroutable"
	ConnectionRefused    ErrorType = "connection_refused"
	ConnectionTimeout    ErrorType = "connection_timeout"
	ConnectionTerminated ErrorType = "connection_terminated"
	ReadTimeout          ErrorType = "connection_read_timeout"
	WriteTimeout         ErrorType = "connection_write_timeout"
	ConnectionLimit      ErrorType = "connection_limit_reached"
	TLSProtocol          ErrorType = "tls_protocol_error"
	TLSCertificate       ErrorType = "tls_certificate_error"
	TLSAlert             ErrorType = "tls_alert_received"
	RequestError         ErrorType = "http_request_error"
	Incomplete           ErrorType = "http_response_incomplete"
	HeaderSize           ErrorType = "http_response_header_section_size"
	TrailerSize          ErrorType = "http_response_trailer_section_size"
	TransferCoding       ErrorType = "http_response_transfer_coding"
	ResponseTimeout      ErrorType = "http_response_timeout"
	UpgradeFailed        ErrorType = "http_upgrade_failed"
	ProtocolError        ErrorType = "http_protocol_error"
	LoopDetected         ErrorType = "proxy_loop_detected"
	Unavailable          ErrorType = "destination_unavailable"
)

// failure says what err, met while asking or while reading the answer, was about. What ended the fetch counts for more than what
// net/http met in consequence.
func (f *fetch) failure(err error) *Error {
	e := &Error{Sent: f.trail.sent(), Err: err}
	cause := context.Cause(f.ctx)
	switch {
	case f.upload != nil && f.upload.failure() != nil:
		e.Reason, e.Err = seawall.ReasonClientGone, fmt.Errorf("read request body: %w", f.upload.failure())
	case errors.Is(cause, errSlowUpload):
		e.Reason, e.Err = seawall.ReasonClientGone, cause
	case errors.Is(cause, errHungUp):
		e.Reason, e.Type, e.Err, e.stale = seawall.ReasonOriginReset, ConnectionTerminated, cause, f.trail.stale()
	case expiryOf(cause) != nil:
		e.Err = cause
		e.expired(expiryOf(cause))
	case errors.Is(f.client.Err(), context.DeadlineExceeded):
		e.Reason, e.Type, e.Err = seawall.ReasonOriginTimeout, ResponseTimeout, cause
	case f.client.Err() != nil:
		e.Reason, e.Err = seawall.ReasonClientGone, cause
	case !f.trail.reached() && expiryOf(err) != nil:
		e.expired(expiryOf(err))
	case !f.trail.reached():
		e.Reason, e.Type = seawall.ReasonOriginDown, dialType(err)
	default:
		e.Reason, e.Type = seawall.ReasonOriginReset, brokenType(err, f.headed)
		e.stale = f.trail.stale() || errors.Is(err, errStray)
	}
	return e
}

func (e *Error) expired(x *expiry) { e.Reason, e.Type, e.Limit = x.reason, x.kind, x.limit }

// blames reports whether the failure is the origin's own, and not the client's, the network's at our end, or that of too little room.
func (e *Error) blames() bool {
	switch e.Reason {
	case seawall.ReasonOriginDown, seawall.ReasonOriginConnect, seawall.ReasonOriginHandshake, seawall.ReasonOriginTimeout,
		seawall.ReasonOriginReset, seawall.ReasonOriginStalled:
		return !e.stale && e.Type != ConnectionLimit
	default:
		return false
	}
}

// dialType says why there is no connection.
func dialType(err error) ErrorType {
	var (
		name        *net.DNSError
		alert       tls.AlertError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &name) && name.IsTimeout:
		return DNSTimeout
	case errors.As(err, &name), errors.Is(err, errNoAddress):
		return DNSError
	case errors.As(err, &certificate):
		return TLSCertificate
	case errors.As(err, &alert):
		return TLSAlert
	case errors.As(err, &record):
		return TLSProtocol
	case errors.Is(err, context.DeadlineExceeded):
		return ConnectionTimeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return ConnectionRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Unroutable
	}
	return Unavailable
}

// brokenType says how an answer broke off. net/http has types for few of its errors.
func brokenType(err error, headed bool) ErrorType {
	text := err.Error()
	switch {
	case errors.Is(err, errSwitch):
		return UpgradeFailed
	case headed && strings.Contains(text, "long trailer"):
		return TrailerSize
	case headed && (errors.Is(err, httputil.ErrLineTooLong) || strings.Contains(text, "chunk")):
		return TransferCoding
	case headed:
		return Incomplete
	case strings.Contains(text, "response headers exceeded"):
		return HeaderSize
	case cutOff(err), strings.Contains(text, "server closed idle connection"):
		return ConnectionTerminated
	}
	return ProtocolError
}

func cutOff(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || errors.As(err, &op)
}
