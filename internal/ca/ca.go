// Package ca is a small certificate authority of our own, in memory, for rehearsals, tests and `--tls internal`: sites get
// certificates at once, with no network and no files, and whoever holds [CA.Pool] can verify them.
//
//	authority, err := ca.New(now)
//	config := &tls.Config{}
//	config.GetCertificate, err = authority.GetCertificate(now, "www.example.org", "example.org")
//
// It is not for the public: no browser trusts it, and people must never be taught to click through the warning or to install its
// certificate. Nothing is revoked, renewed or logged, the key is as safe as the process's memory, and with the process it is gone.
package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/net/idna"
)

// How long certificates hold, from an hour before they were asked for, so that clocks may be a little apart.
const (
	Validity = 90 * 24 * time.Hour
	Backdate = time.Hour
)

// CA issues certificates. It is immutable and safe for concurrent use.
type CA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// New makes an authority with a key of its own (ECDSA on P-256) that holds for [Validity]. It takes about 50 µs.
func New(now time.Time) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make authority key: %w", err)
	}
	template := template(now, pkix.Name{CommonName: "Seawall internal authority", Organization: []string{"not for public use"}})
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.MaxPathLenZero = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	cert, _, err := sign(template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("sign authority certificate: %w", err)
	}
	return &CA{cert: cert, key: key}, nil
}

// Issue returns a certificate with a fresh key for all of names, which are host names (also "*.example.org" and names in any
// script) or IP addresses; the first is its subject. It holds from now-[Backdate] until [Validity] later, but never longer than the
// authority's own. The leaf is parsed.
func (a *CA) Issue(now time.Time, names ...string) (tls.Certificate, error) {
	if len(names) == 0 {
		return tls.Certificate{}, errors.New("issue certificate: no names")
	}
	template := template(now, pkix.Name{CommonName: commonName(names[0])})
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if template.NotAfter.After(a.cert.NotAfter) {
		template.NotAfter = a.cert.NotAfter
	}
	for _, name := range names {
		if err := addName(template, name); err != nil {
			return tls.Certificate{}, fmt.Errorf("issue certificate for %q: %w", name, err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make key for %q: %w", names[0], err)
	}
	leaf, der, err := sign(template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign certificate for %q: %w", names[0], err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// Pool returns a new pool with the authority's certificate alone.
func (a *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// PEM returns the authority's certificate, for clients in other processes.
func (a *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Fingerprint returns the SHA-256 of the authority's certificate in 64 hexadecimal digits, for people who compare it by eye.
func (a *CA) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	return hex.EncodeToString(sum[:])
}

func template(now time.Time, subject pkix.Name) *x509.Certificate {
	return &x509.Certificate{
		Subject:   subject,
		NotBefore: now.Add(-Backdate),
		NotAfter:  now.Add(Validity - Backdate),
	}
}

// sign returns the certificate parsed and as DER. The serial number is left to x509, which makes a random one (RFC 5280, section
// 4.1.2.2).
func sign(template, parent *x509.Certificate, public *ecdsa.PublicKey, signer *ecdsa.PrivateKey) (*x509.Certificate, []byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, der, err
}

func addName(template *x509.Certificate, name string) error {
	if addr, err := netip.ParseAddr(name); err == nil {
		template.IPAddresses = append(template.IPAddresses, addr.Unmap().AsSlice())
		return nil
	}
	ascii, err := asciiName(name)
	if err != nil {
		return err
	}
	template.DNSNames = append(template.DNSNames, ascii)
	return nil
}

// asciiName returns a host name as certificates write it: lower case, without a final dot, in A-labels (RFC 5890).
func asciiName(name string) (string, error) {
	host, wild := name, ""
	if len(host) > 2 && host[:2] == "*." {
		host, wild = host[2:], "*."
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", err
	}
	if n := len(ascii); n > 0 && ascii[n-1] == '.' {
		ascii = ascii[:n-1]
	}
	if ascii == "" {
		return "", errors.New("empty host name")
	}
	return wild + ascii, nil
}

// commonName cuts name to what a common name may hold (RFC 5280, appendix A.1: 64 characters). Nobody verifies it.
func commonName(name string) string {
	r := []rune(name)
	return string(r[:min(len(r), 64)])
}
