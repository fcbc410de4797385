package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"github.com/miekg/dns"

	"github.com/seawall-project/seawall/internal/egress"
)

// TestFailureVocabulary holds which class each failure is that OONI tells apart (github.com/ooni/spec, df-007-errors.md).
func TestFailureVocabulary(t *testing.T) {
	op := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
	}
	said := func(code int) Class { return read(&dns.Msg{MsgHdr: dns.MsgHdr{Rcode: code}}, nil).class }
	for _, tt := range []struct {
		ooni string
		got  Class
		want Class
	}{
		{"dns_nxdomain_error", said(dns.RcodeNameError), DNSNXDomain},
		{"dns_servfail_error", said(dns.RcodeServerFailure), DNSServFail},
		{"dns_refused_error", said(dns.RcodeRefused), DNSRefused},
		{"dns_no_answer", said(dns.RcodeSuccess), DNSNoAnswer},
		{"dns_temporary_failure", said(dns.RcodeNotImplemented), DNSServFail},
		{"dns_bogon_error", connectClass(&egress.Refused{Host: "example.org", Addr: netip.MustParseAddrPort("10.0.0.1:443"), Why: "private address"}), RefusedTarget},
		{"generic_timeout_error, of DNS", exchangeClass(os.ErrDeadlineExceeded), DNSTimeout},
		{"connection_refused", connectClass(op(syscall.ECONNREFUSED)), TCPRefused},
		{"connection_refused, of DNS", exchangeClass(op(syscall.ECONNREFUSED)), unreachable},
		{"connection_reset", connectClass(op(syscall.ECONNRESET)), TCPReset},
		{"connection_reset, in the handshake", handshakeClass(op(syscall.ECONNRESET)), TLSReset},
		{"connection_reset, before the answer", answerClass(op(syscall.ECONNRESET), false), TCPReset},
		{"connection_reset, in the head", answerClass(op(syscall.ECONNRESET), true), BadResponse},
		{"connection_reset, in the body", bodyClass(op(syscall.ECONNRESET)), Truncated},
		{"connection_aborted", connectClass(op(syscall.ECONNABORTED)), TCPReset},
		{"host_unreachable", connectClass(op(syscall.EHOSTUNREACH)), TCPUnreachable},
		{"network_unreachable", connectClass(op(syscall.ENETUNREACH)), TCPUnreachable},
		{"network_unreachable, of DNS", exchangeClass(op(syscall.ENETUNREACH)), unreachable},
		{"generic_timeout_error", connectClass(context.DeadlineExceeded), TCPTimeout},
		{"timed_out", connectClass(op(syscall.ETIMEDOUT)), TCPTimeout},
		{"timed_out, in the handshake", handshakeClass(errTLS), TLSTimeout},
		{"timed_out, before the answer", answerClass(errTTFB, false), HTTPTimeout},
		{"timed_out, in the body", bodyClass(errTotal), HTTPTimeout},
		{"eof_error, in the handshake", handshakeClass(io.EOF), TLSReset},
		{"eof_error, before the answer", answerClass(io.EOF, false), TCPReset},
		{"eof_error, in the head", answerClass(io.ErrUnexpectedEOF, true), BadResponse},
		{"eof_error, in the body", bodyClass(io.ErrUnexpectedEOF), Truncated},
		{"ssl_failed_handshake", handshakeClass(errors.New("remote error: tls: handshake failure")), TLSHandshake},
		{"ssl_invalid_hostname", certificateClass(x509.HostnameError{}), TLSWrongHost},
		{"ssl_unknown_authority", certificateClass(x509.UnknownAuthorityError{}), TLSUnknownCA},
		{"ssl_invalid_certificate, by time", certificateClass(x509.CertificateInvalidError{Reason: x509.Expired}), TLSExpired},
		{"ssl_invalid_certificate", certificateClass(x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}), TLSHandshake},
		// Beyond OONI's: what is this machine's own.
		{"no file descriptor", connectClass(op(syscall.EMFILE)), MeasurementFailed},
		{"no port", connectClass(op(syscall.EADDRNOTAVAIL)), MeasurementFailed},
		{"own firewall", connectClass(op(syscall.EPERM)), MeasurementFailed},
		{"no such family", connectClass(op(syscall.EAFNOSUPPORT)), MeasurementFailed},
		{"over budget", connectClass(fmt.Errorf("dial: %w", &OverBudget{})), RefusedTarget},
		{"asked no more", connectClass(context.Canceled), MeasurementFailed},
		{"something else", connectClass(errors.New("something else")), Unknown},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.ooni, tt.got, tt.want)
		}
	}
}
