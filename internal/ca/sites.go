package ca

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrUnknownName is what [CA.GetCertificate] answers a client that asks for a site we do not have.
var ErrUnknownName = errors.New("no site of this name")

// GetCertificate returns a function for tls.Config.GetCertificate that knows a fixed set of site names. Each name has its own
// certificate, all issued here and now, about 100 µs each. A client that names no site (RFC 6066, section 3) gets the first site's;
// one that names another gets an alert. Handshakes neither sign anything with the authority's key nor allocate for it.
func (a *CA) GetCertificate(now time.Time, names ...string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if len(names) == 0 {
		return nil, errors.New("issue certificates: no names")
	}
	sites := make(map[string]*tls.Certificate, len(names))
	for _, name := range names {
		cert, err := a.Issue(now, name)
		if err != nil {
			return nil, err
		}
		ascii, err := asciiName(name)
		if err != nil {
			return nil, fmt.Errorf("site name %q: %w", name, err)
		}
		sites[ascii] = &cert
	}
	first, err := asciiName(names[0])
	if err != nil {
		return nil, fmt.Errorf("site name %q: %w", names[0], err)
	}
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		name := hello.ServerName
		if name == "" {
			name = first
		}
		if cert := sites[strings.ToLower(name)]; cert != nil {
			return cert, nil
		}
		return nil, ErrUnknownName
	}, nil
}
