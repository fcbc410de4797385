package cert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/caddyserver/certmagic"

	"github.com/seawall-project/seawall/internal/ca"
)

// alpnValidation is the protocol of validation during a handshake (RFC 8737, section 6.2).
const alpnValidation = "acme-tls/1"

// Set is the certificates of one configuration. The zero Set has none, and answers no handshake.
type Set struct {
	keeper    *Keeper
	authority Authority
	managed   []string // names whose certificates come by ACME
	names     map[string]*entry
	order     []*entry
	pairs     []*pair
}

// entry is one host name.
type entry struct {
	site, name string
	way        Way
	own        *held // nil for ACME
}

// held is a certificate that may be replaced while it is used.
type held struct {
	cert atomic.Pointer[tls.Certificate]
}

// Problem is something about a site's certificates that its owner can put right.
type Problem struct {
	Site            int    // index of the site
	Key             string // "cert", "key" or "": below the site's key "tls"
	Message, Remedy string
}

// Problems are everything that is wrong.
type Problems []Problem

func (ps Problems) Error() string {
	var lines []string
	for _, p := range ps {
		lines = append(lines, fmt.Sprintf("site %d: %s (%s)", p.Site, p.Message, p.Remedy))
	}
	return strings.Join(lines, "\n")
}

// Build makes the certificates of a configuration ready; it reads files, and asks nobody. Nothing changes for the set in use. What the
// owner can put right comes back as [Problems].
func (k *Keeper) Build(sites []Site, authority Authority) (*Set, error) {
	s := &Set{keeper: k, authority: authority, names: map[string]*entry{}}
	var problems Problems
	for i := range sites {
		found, err := s.add(i, &sites[i])
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
	}
	switch {
	case len(sites) == 0:
		return nil, errors.New("certificates: no sites")
	case len(problems) > 0:
		return nil, problems
	}
	return s, nil
}

func (s *Set) add(i int, site *Site) (Problems, error) {
	switch site.Way {
	case Files:
		p, problems := readPair(i, site)
		if problems != nil {
			return problems, nil
		}
		s.pairs = append(s.pairs, p)
		return nil, s.enter(site, func(string) (*held, error) { return &p.held, nil })
	case ACME:
		if s.authority.Storage == "" {
			return Problems{{i, "", "acme needs a folder to keep certificates in", "name one under acme, as storage: /var/lib/seawall"}}, nil
		}
		s.managed = append(s.managed, site.names()...)
		return nil, s.enter(site, func(string) (*held, error) { return nil, nil })
	default:
		return nil, s.enter(site, s.keeper.issue)
	}
}

func (s *Set) enter(site *Site, own func(name string) (*held, error)) error {
	for _, name := range site.names() {
		cert, err := own(name)
		if err != nil {
			return err
		}
		e := &entry{site: site.Name, name: name, way: site.Way, own: cert}
		s.names[name] = e
		s.order = append(s.order, e)
	}
	return nil
}

// issue returns the internal authority's certificate for name, the same as long as the keeper lives.
func (k *Keeper) issue(name string) (*held, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if h := k.issued[name]; h != nil {
		return h, nil
	}
	if k.Internal == nil {
		authority, err := ca.New(k.Now())
		if err != nil {
			return nil, err
		}
		k.Internal = authority
	}
	cert, err := k.Internal.Issue(k.Now(), name)
	if err != nil {
		return nil, err
	}
	h := &held{}
	h.cert.Store(&cert)
	k.issued[name] = h
	return h, nil
}

// TrustedHere returns who signs the certificates that a program on this machine may trust: the system's authorities, and the internal one once there is
// one; nil, which means the system's alone, when there is none.
func (k *Keeper) TrustedHere() *x509.CertPool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.Internal == nil {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // where the system has none, nothing else is trusted
	}
	pool.AppendCertsFromPEM(k.Internal.PEM())
	return pool
}

// ConfigFor implements [tls.Config.GetConfigForClient]: a certificate authority that validates gets a configuration of its own, everybody
// else nil.
func (s *Set) ConfigFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if len(hello.SupportedProtos) != 1 || hello.SupportedProtos[0] != alpnValidation {
		return nil, nil
	}
	m := s.keeper.acme.Load()
	if e := s.lookup(hello.ServerName); m == nil || e == nil || e.way != ACME {
		return nil, nil
	}
	if _, ours := certmagic.GetACMEChallenge(hello.ServerName); !ours {
		return nil, nil // else the library would look in its storage, at a stranger's wish
	}
	return &tls.Config{
		GetCertificate: m.config.GetCertificate,
		NextProtos:     []string{alpnValidation},
		MinVersion:     tls.VersionTLS12,
	}, nil
}

// Certificate implements [tls.Config.GetCertificate]. A client that names no site (RFC 6066, section 3) gets the first site's. One that
// names what is not ours, or what there is no certificate for yet, gets none, for which crypto/tls sends the alert that RFC 6066, section 3, has for it.
func (s *Set) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if len(s.order) == 0 {
		return nil, nil
	}
	e := s.order[0]
	if hello.ServerName != "" {
		e = s.lookup(hello.ServerName)
	}
	if e == nil {
		return nil, nil
	}
	return s.certificate(e), nil
}

// troubles reports whether trouble that was had with a name before still is: not when the name is gone, nor when its files have just been
// read and were good.
func (s *Set) troubles(name string) bool {
	return s.concerns(name) && (name == storageName || s.names[name].way == ACME)
}

// concerns reports whether name is one of the set's, or the storage that it needs.
func (s *Set) concerns(name string) bool {
	return s.names[name] != nil || name == storageName && len(s.managed) > 0
}

func (s *Set) lookup(name string) *entry {
	if e := s.names[name]; e != nil {
		return e
	}
	return s.names[strings.ToLower(strings.TrimSuffix(name, "."))]
}

func (s *Set) certificate(e *entry) *tls.Certificate {
	if e.own != nil {
		return e.own.cert.Load()
	}
	return s.keeper.acme.Load().certificate(e.name)
}

// Validation returns what a certificate authority is to find at token of host (RFC 8555, section 8.3).
func (s *Set) Validation(host, token string) (string, bool) {
	if e := s.lookup(host); e == nil || e.way != ACME {
		return "", false
	}
	challenge, ok := certmagic.GetACMEChallenge(host)
	if !ok || challenge.Type != "http-01" || challenge.Token != token {
		return "", false
	}
	return challenge.KeyAuthorization, true
}
