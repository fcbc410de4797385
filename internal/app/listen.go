package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/config"
)

// open opens every listener that the configuration names. All that fail are reported together.
func (a *App) open(ctx context.Context) error {
	var problems config.Problems
	for i, addr := range a.Config.Listen {
		ln, err := a.Listen(ctx, "tcp", addr)
		if err != nil {
			problems = append(problems, a.listenProblem(fmt.Sprintf("listen[%d]", i), addr, err))
			continue
		}
		a.sites = append(a.sites, ln)
	}
	if addr := a.Config.Admin; addr != "" {
		ln, err := a.Listen(ctx, "tcp", addr)
		if err != nil {
			problems = append(problems, a.listenProblem("admin", addr, err))
		} else {
			a.admin = ln
		}
	}
	if path := a.Config.Control; path != "" {
		ln, err := listenControl(ctx, path)
		if err != nil {
			problems = append(problems, a.controlProblem(path, err))
		} else {
			a.control = ln
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// listenProblem says what is wrong with an address and what to do about it.
func (a *App) listenProblem(path, addr string, err error) config.Problem {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return a.Config.Problem(path, addr+" is already in use",
			"stop the program that listens there, or choose another address")
	case errors.Is(err, fs.ErrPermission):
		return a.Config.Problem(path, "not allowed to listen on "+addr,
			"choose a port above 1023, or grant CAP_NET_BIND_SERVICE")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return a.Config.Problem(path, addr+" is not an address of this machine",
			"leave the host out to listen on every address")
	default:
		return a.Config.Problem(path, fmt.Sprintf("cannot listen on %s: %v", addr, err), "choose another address")
	}
}

// tlsConfig returns how connections are encrypted; nil when they are not.
func (a *App) tlsConfig() (*tls.Config, error) {
	if !a.tls {
		return nil, nil
	}
	if a.Authority == nil {
		authority, err := ca.New(a.Now())
		if err != nil {
			return nil, err
		}
		a.Authority = authority
	}
	var names []string
	for _, s := range a.edge.sites {
		names = append(append(names, s.Name), s.Aliases...)
	}
	get, err := a.Authority.GetCertificate(a.Now(), names...)
	if err != nil {
		return nil, err
	}
	return &tls.Config{GetCertificate: get, Time: a.Now, MinVersion: tls.VersionTLS12}, nil
}
