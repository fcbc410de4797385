package cert

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// manager keeps the certificates of one [Authority] through certmagic: it loads them, obtains what is missing, and lets the library
// renew them, about a third of their life before they end. OCSP is left out: authorities stop offering it, and stapling it would tie a
// start to the network.
type manager struct {
	keeper    *Keeper
	authority Authority
	cache     *certmagic.Cache
	config    *certmagic.Config
	tasks     sync.WaitGroup
	turns     chan struct{} // holds a value for each name that is being obtained

	mu    sync.Mutex // guards names
	names map[string]context.CancelFunc
}

// atOnce is how many certificates are obtained at the same time.
const atOnce = 4

func newManager(k *Keeper, a Authority) *manager {
	log := zap.New(logCore{k.Logger})
	m := &manager{keeper: k, authority: a, turns: make(chan struct{}, atOnce), names: map[string]context.CancelFunc{}}
	m.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return m.config, nil },
		RenewCheckInterval: k.CheckEvery,
		Logger:             log,
	})
	m.config = certmagic.New(m.cache, certmagic.Config{
		Storage: counted{k.Store(a.Storage), k},
		OCSP:    certmagic.OCSPConfig{DisableStapling: true},
		OnEvent: m.event,
		Logger:  log,
	})
	m.config.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(m.config, certmagic.ACMEIssuer{
		CA:                        a.Directory,
		Email:                     a.Email,
		Agreed:                    true, // by writing "tls: acme"
		TrustedRoots:              k.Roots,
		DisableHTTPChallenge:      a.HTTPPort == 0,
		DisableTLSALPNChallenge:   a.TLSPort == 0,
		DisableDistributedSolvers: true,
		AltHTTPPort:               a.HTTPPort,
		AltTLSALPNPort:            a.TLSPort,
		Logger:                    log,
	})}
	return m
}

// manage makes names the ones that certificates are kept for. What storage has is ready when it returns.
func (m *manager) manage(ctx context.Context, names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, end := range m.names {
		if !slices.Contains(names, name) {
			end()
			delete(m.names, name)
			m.cache.RemoveManaged([]certmagic.SubjectIssuer{{Subject: name}})
			m.keeper.mended(name)
		}
	}
	for _, name := range names {
		if m.names[name] != nil {
			continue
		}
		ctx, end := context.WithCancel(ctx)
		m.names[name] = end
		_, err := m.config.CacheManagedCertificate(ctx, name)
		if err == nil {
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			m.keeper.failed(name, fmt.Errorf("load certificate: %w", err))
		}
		m.tasks.Go(func() { m.obtain(ctx, name) })
	}
}

// Pauses between attempts that ended before the library's own retries began, such as for want of room on the disk.
const (
	minPause = time.Minute
	maxPause = time.Hour
)

// obtain gets the first certificate for name, however long it takes.
func (m *manager) obtain(ctx context.Context, name string) {
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		err := m.obtainOnce(ctx, name)
		if err == nil || ctx.Err() != nil {
			return
		}
		m.keeper.failed(name, err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (m *manager) obtainOnce(ctx context.Context, name string) error {
	select {
	case m.turns <- struct{}{}:
		defer func() { <-m.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := m.config.ObtainCertAsync(ctx, name); err != nil {
		return err
	}
	if _, err := m.config.CacheManagedCertificate(ctx, name); err != nil {
		return err
	}
	m.keeper.Logger.Info("certificate in use", "name", name)
	return nil
}

// event hears from certmagic what came of an attempt.
func (m *manager) event(_ context.Context, event string, data map[string]any) error {
	name, _ := data["identifier"].(string)
	switch event {
	case "cert_obtained":
		m.keeper.mended(name)
		if again, _ := data["renewal"].(bool); again {
			m.keeper.Logger.Info("certificate renewed", "name", name)
		}
	case "cert_failed":
		err, _ := data["error"].(error)
		m.keeper.failed(name, fmt.Errorf("obtain certificate: %w", err))
	}
	return nil
}

// certificate returns the one for name that holds longest, nil when there is none. A nil manager has none.
func (m *manager) certificate(name string) *tls.Certificate {
	if m == nil {
		return nil
	}
	var best *tls.Certificate
	for _, c := range m.cache.AllMatchingCertificates(name) {
		if best == nil || c.Leaf.NotAfter.After(best.Leaf.NotAfter) {
			best = &c.Certificate
		}
	}
	return best
}

// stop ends the manager's work and waits for it. A nil manager does none.
func (m *manager) stop() {
	if m == nil {
		return
	}
	m.mu.Lock()
	for _, end := range m.names {
		end()
	}
	m.mu.Unlock()
	m.tasks.Wait()
	m.cache.Stop()
}

// counted is a storage whose failed writes are told: certmagic only logs some of them.
type counted struct {
	certmagic.Storage
	keeper *Keeper
}

// Store implements [certmagic.Storage].
func (c counted) Store(ctx context.Context, key string, value []byte) error {
	err := c.Storage.Store(ctx, key, value)
	if err != nil {
		c.keeper.failed(storageName, fmt.Errorf("store %s: %w", kindOf(key), err))
	} else {
		c.keeper.mended(storageName)
	}
	return err
}
