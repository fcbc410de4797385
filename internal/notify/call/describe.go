package call

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode"
)

// maxReason is the most that is told of a failure, in bytes.
const maxReason = 200

// describe says what became of a connection, in words that can hold no secret and nothing of an answer.
func describe(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("given up: %w", context.Cause(ctx))
	}
	return Describe(err)
}

// Describe says why a connection could not be made or broke off. Errors of unknown kind, which may quote what the other side wrote, become
// one sentence.
func Describe(err error) error {
	var (
		dial  *DialError
		cert  *tls.CertificateVerificationError
		op    *net.OpError
		alert tls.AlertError
	)
	switch {
	case errors.As(err, &dial):
		return short("connect", dial.Err)
	case errors.As(err, &cert):
		return short("certificate", cert)
	case errors.As(err, &alert):
		return short("tls", alert)
	case errors.As(err, &op):
		return short(op.Op, op.Err)
	case timedOut(err):
		return errors.New("no answer in time")
	}
	return errors.New("the connection broke off, or what answered does not speak the protocol")
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func short(what string, err error) error {
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, err.Error())
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return errors.New(what + ": " + text)
}
