package world

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/netip"
	"testing"
	"time"
)

// authority is whom everybody in a world trusts.
type authority struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	begun time.Time

	issued map[shown]*tls.Certificate // guarded by the world
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{begun: time.Now(), issued: make(map[shown]*tls.Certificate)}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority of a world"}, NotBefore: a.begun.AddDate(0, 0, -30), NotAfter: a.begun.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

// Roots returns whom to trust.
func (w *World) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(w.ca.cert)
	return pool
}

// certificate returns what the host that is asked for shows to whoever says hello.
func (w *World) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	from, err := netip.ParseAddrPort(hello.Conn.RemoteAddr().String())
	if err != nil {
		return nil, err
	}
	expired := w.what(from.Addr().String(), name) == Expired
	w.mu.Lock()
	defer w.mu.Unlock()
	key := shown{name, expired}
	if w.ca.issued[key] == nil {
		if w.ca.issued[key], err = w.ca.issue(name, expired); err != nil {
			return nil, err
		}
	}
	return w.ca.issued[key], nil
}

// shown is which certificate of a host is meant.
type shown struct {
	name    string
	expired bool
}

// issue makes a certificate, which an hour ago ended or in half a year does.
func (a *authority) issue(name string, expired bool) (*tls.Certificate, error) {
	until := a.begun.AddDate(0, 6, 0)
	if expired {
		until = time.Now().Add(-time.Hour)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: a.begun.AddDate(0, 0, -7), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.key.Public(), a.key)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}, err
}
