package jetstream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// pinPrefix says by what a pin was made.
const pinPrefix = "sha256:"

// identityName is what the bus's own key and certificate are called in its folder.
const identityName = "bus.pem"

// identityYears is how long the bus's own certificate lasts. Agents know it by its key, and ask neither for its name nor its time.
const identityYears = 20

// Identity returns the bus's own certificate, for those who have no other: it is made the first time and kept in dir, for its owner alone. Agents
// are given its [Pin].
func Identity(dir string, now time.Time) (*tls.Certificate, error) {
	path := filepath.Join(dir, identityName)
	cert, err := tls.LoadX509KeyPair(path, path)
	if err == nil {
		return &cert, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the bus's certificate: %w", err)
	}
	if err := makeIdentity(path, now); err != nil {
		return nil, fmt.Errorf("make the bus's certificate: %w", err)
	}
	cert, err = tls.LoadX509KeyPair(path, path)
	return &cert, err
}

// makeIdentity writes a new key and certificate, unless somebody else has just done so.
func makeIdentity(path string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Seawall bus"}, DNSNames: []string{"seawall-bus.internal"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(identityYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	return writeOnce(path, text)
}

// writeOnce makes a file with this text, whole or not at all. One that is there already stays.
func writeOnce(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = part.Write(text)
	err = errors.Join(err, part.Sync(), part.Close())
	if err == nil {
		err = os.Link(part.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// Pin returns what an agent knows a certificate by: "sha256:" and the SHA-256 of its public key (RFC 7469, section 2.4) in hex.
func Pin(cert *tls.Certificate) (string, error) {
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return "", fmt.Errorf("pin: %w", err)
	}
	sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	return pinPrefix + hex.EncodeToString(sum[:]), nil
}

// Pinned returns how to connect to whoever holds the key of a pin, and to nobody else, whatever name and time the certificate has.
func Pinned(pin string) (*tls.Config, error) {
	digits, ok := strings.CutPrefix(pin, pinPrefix)
	want, err := hex.DecodeString(digits)
	if !ok || err != nil || len(want) != sha256.Size {
		return nil, fmt.Errorf("pin %.80q: write sha256: and 64 hexadecimal digits", pin)
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection is stricter than what this leaves out
		VerifyConnection: func(s tls.ConnectionState) error {
			got := sha256.Sum256(s.PeerCertificates[0].RawSubjectPublicKeyInfo)
			if subtle.ConstantTimeCompare(got[:], want) != 1 {
				return errors.New("the server has another key than the one pinned")
			}
			return nil
		},
	}, nil
}

// recheck is how often a certificate's files are looked at again, at most.
const recheck = time.Minute

// Files returns what shows the certificate in two files, and takes up new ones within a minute or so of their being there. It fails when the files
// cannot be read now; later, the one before is shown.
func Files(cert, key string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	now, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the bus: %w", err)
	}
	var (
		mu   sync.Mutex // guards shown and last
		last = time.Now()
	)
	shown := &now
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(last) >= recheck {
			last = time.Now()
			if next, err := tls.LoadX509KeyPair(cert, key); err == nil {
				shown = &next
			}
		}
		return shown, nil
	}, nil
}
