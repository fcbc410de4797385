package ready

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math"
	"os"
	"time"
)

// enoughDays is how many days a certificate should still hold. Programs that renew do so with thirty left; with fewer than this, that has
// failed for more than two weeks.
const enoughDays = 14

// certificate says how long the certificate of a site holds: the one in its file, else the one that is served here.
func (o *Options) certificate(ctx context.Context, s *Site) []Finding {
	about := s.Names[0]
	switch {
	case s.Internal:
		return one(Act, about, "its certificate is Seawall's own, which no browser trusts", "write tls: acme, or name the files of one, before readers come")
	case s.Cert != "":
		return o.certificateFile(s)
	case s.Here == "":
		return nil
	}
	leaf, err := o.served(ctx, s)
	if err != nil {
		return one(Unknown, about, "its certificate was not looked at: "+err.Error(), "start Seawall, which asks for one, and check again")
	}
	return o.holds(about, "the certificate served here", leaf)
}

// maxFile is the most that is read of a certificate file, in bytes.
const maxFile = 1 << 20

func (o *Options) certificateFile(s *Site) []Finding {
	about := s.Names[0]
	info, err := os.Stat(s.Cert)
	if err == nil && (info.Size() > maxFile || !info.Mode().IsRegular()) {
		err = fmt.Errorf("%s is no file of at most 1 MiB", s.Cert)
	}
	if err != nil {
		return one(Act, about, err.Error(), "put the certificate there, or correct the path")
	}
	text, err := os.ReadFile(s.Cert)
	if err != nil {
		return one(Act, about, err.Error(), "give Seawall's user the right to read it")
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return one(Act, about, s.Cert+" holds no PEM", "put a certificate there")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return one(Act, about, fmt.Sprintf("%s: %v", s.Cert, err), "put a certificate there")
	}
	return o.holds(about, s.Cert, leaf)
}

func (o *Options) holds(about, what string, leaf *x509.Certificate) []Finding {
	left := leaf.NotAfter.Sub(o.Now())
	days := int(math.Floor(left.Hours() / 24))
	text := fmt.Sprintf("%s holds for %d more days, until %s", what, days, leaf.NotAfter.UTC().Format(time.DateOnly))
	switch {
	case left < 0:
		return one(Act, about, fmt.Sprintf("%s ended on %s", what, leaf.NotAfter.UTC().Format(time.DateOnly)), "renew it now: browsers warn readers away")
	case o.Now().Before(leaf.NotBefore):
		return one(Act, about, what+" does not hold yet", "set this machine's clock, or wait")
	case !o.Until.IsZero() && leaf.NotAfter.Before(o.Until):
		return one(Act, about, fmt.Sprintf("%s; that is before %s", text, o.Until.UTC().Format(time.DateOnly)), "renew it before then, or see that it renews itself")
	case days < enoughDays:
		return one(Act, about, text, "renew it, and find out why that did not happen by itself (seawall status)")
	}
	return one(Good, about, text, "")
}

// served returns the certificate that is served on this machine for a site. Whether it is trusted is for browsers to say.
func (o *Options) served(ctx context.Context, s *Site) (*x509.Certificate, error) {
	raw, err := o.Dial(ctx, "tcp", s.Here)
	if err != nil {
		return nil, fmt.Errorf("nothing answers on %s", s.Here)
	}
	defer raw.Close()
	c := tls.Client(raw, &tls.Config{ServerName: s.Names[0], InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) //nolint:gosec // G402: only its dates are read
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("the handshake with %s failed: %w", s.Here, err)
	}
	return c.ConnectionState().PeerCertificates[0], nil
}
