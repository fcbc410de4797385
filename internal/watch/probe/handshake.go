package probe

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
)

// handshake makes a connection secure. The certificate is verified here and not by package tls, so that it is kept as evidence whatever is wrong with
// it, and each thing that may be wrong has its class. Nothing is sent over a connection whose certificate does not verify.
func (run *run) handshake(ctx context.Context, at place, conn net.Conn) (secure *tls.Conn, f *failure) {
	run.r.Phase = PhaseTLS
	f = timed(&run.r.Timings.TLS, func() *failure {
		secure = tls.Client(conn, &tls.Config{
			ServerName:         at.host,
			NextProtos:         []string{"h2", "http/1.1"},
			InsecureSkipVerify: true, //nolint:gosec // G402: verified below
			VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
				run.r.Evidence.Certificate = describe(raw[0])
				return nil
			},
		})
		ctx, cancel := context.WithTimeoutCause(ctx, run.limits.TLS, errTLS)
		defer cancel()
		if err := secure.HandshakeContext(ctx); err != nil {
			return &failure{handshakeClass(err), err}
		}
		state := secure.ConnectionState()
		run.r.Evidence.TLS = tls.VersionName(state.Version)
		return run.verify(at.host, state)
	})
	return secure, f
}

var errTLS = fmt.Errorf("the time for the TLS handshake is over: %w", context.DeadlineExceeded)

// verify looks for what is wrong with a certificate: first its time and its authority, then its names.
func (run *run) verify(host string, state tls.ConnectionState) *failure {
	leaf := state.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: run.options.Roots, Intermediates: between, CurrentTime: run.options.Now()})
	if err == nil {
		err = leaf.VerifyHostname(host)
	}
	if err != nil {
		return &failure{certificateClass(err), err}
	}
	return nil
}

// maxNames is how many names of a certificate are kept.
const maxNames = 16

// describe returns what is kept of a certificate; nil when it is none.
func describe(raw []byte) *Certificate {
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(raw)
	kept := &Certificate{
		SHA256: hex.EncodeToString(sum[:]), Issuer: clip(c.Issuer.String(), maxHeader),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
	}
	for _, name := range c.DNSNames[:min(len(c.DNSNames), maxNames)] {
		kept.Names = append(kept.Names, clip(name, maxHeader))
	}
	for _, ip := range c.IPAddresses[:min(len(c.IPAddresses), maxNames-len(kept.Names))] {
		kept.Names = append(kept.Names, ip.String())
	}
	return kept
}
