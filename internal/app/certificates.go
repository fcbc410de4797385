package app

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/seawall-project/seawall/internal/cert"
	"github.com/seawall-project/seawall/internal/config"
)

var certWays = map[config.TLS]cert.Way{config.TLSInternal: cert.Internal, config.TLSFiles: cert.Files, config.TLSACME: cert.ACME}

// certificates makes those of cfg ready. What the owner can put right comes back as [config.Problems].
func (a *App) certificates(cfg *config.Config, sockets []*socket) (*cert.Set, error) {
	set, err := a.certs.Build(certSites(cfg), cert.Authority{
		Directory: cfg.ACME.Directory,
		Email:     cfg.ACME.Email,
		Storage:   a.storage(cfg),
		HTTPPort:  portOf(sockets, forPlain),
		TLSPort:   portOf(sockets, forReaders),
	})
	return set, certProblems(cfg, err)
}

// CheckFiles returns what is wrong with the files that cfg names, those of certificates and those of secrets, as [config.Problems]; it asks
// nobody.
func CheckFiles(cfg *config.Config) error {
	var certs error
	if cfg.Encrypted() {
		_, err := cert.New(cert.Options{}).Build(certSites(cfg), cert.Authority{Storage: cfg.ACME.Storage + "/"}) // which only has to be one
		certs = certProblems(cfg, err)
	}
	_, receivers := Receivers(cfg)
	_, _, heartbeat := HeartbeatTo(cfg)
	var all config.Problems
	for _, err := range []error{certs, receivers, heartbeat} {
		found, ok := errors.AsType[config.Problems](err)
		if err != nil && !ok {
			return err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func certSites(cfg *config.Config) []cert.Site {
	sites := make([]cert.Site, len(cfg.Sites))
	for i, s := range cfg.Sites {
		sites[i] = cert.Site{Name: s.Name, Aliases: s.Aliases, Way: certWays[s.TLS], Cert: s.Cert, Key: s.Key}
	}
	return sites
}

// certProblems gives problems of certificates their places in the file.
func certProblems(cfg *config.Config, err error) error {
	found, ok := errors.AsType[cert.Problems](err)
	if !ok {
		return err
	}
	var problems config.Problems
	for _, p := range found {
		path := fmt.Sprintf("sites[%d].tls", p.Site)
		if p.Key != "" {
			path += "." + p.Key
		}
		problems = append(problems, cfg.Problem(path, p.Message, p.Remedy))
	}
	return problems
}

// storage returns the folder for certificates that authorities have signed; "" when nobody has said where.
func (a *App) storage(cfg *config.Config) string {
	if cfg.ACME.Storage != "" || a.State == "" {
		return cfg.ACME.Storage
	}
	return filepath.Join(a.State, "certificates")
}

// portOf returns the port of the first socket for a purpose, 0 when there is none. What reaches this machine's ports 80 and 443 is taken to
// come there: either they are these ports, or somebody forwards them.
func portOf(sockets []*socket, p purpose) int {
	for _, s := range sockets {
		if addr, ok := s.addr().(*net.TCPAddr); ok && s.purpose == p {
			return addr.Port
		}
	}
	return 0
}
