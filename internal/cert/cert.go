// Package cert holds the certificates that sites are served with: from an authority that speaks ACME (RFC 8555), from files, or from the
// internal authority.
//
// A [Keeper] lives as long as the process. [Keeper.Build] makes a [Set] for one configuration, which answers handshakes;
// [Keeper.Use] says which set is in force, and [Keeper.Run] does the lasting work for it: obtains, renews, and reads files again when
// they have changed. A set asks nobody and nothing outside the process's memory during a handshake.
//
// What goes wrong keeps what was there: a certificate that cannot be renewed is served until it ends and beyond, since most readers
// then still learn from the warning whom they reach; it is logged, counted and told by [Keeper.Status]. Names that are not configured
// get no certificate, and none is ever asked for because a stranger named it.
package cert

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/seawall-project/seawall/internal/ca"
)

// Way is where a site's certificates come from.
type Way uint8

// The ways.
const (
	Internal Way = iota // the internal authority
	Files               // two files
	ACME                // an authority that speaks ACME
)

var wayNames = [...]string{"internal", "files", "acme"}

// String returns the name used in status and logs.
func (w Way) String() string { return wayNames[w] }

// Site is one site that needs certificates.
type Site struct {
	Name    string   // canonical host name
	Aliases []string // further host names
	Way     Way
	Cert    string // path of the certificate with its chain, PEM; for Files
	Key     string // path of its private key, PEM; for Files
}

func (s *Site) names() []string { return append([]string{s.Name}, s.Aliases...) }

// Authority is where ACME certificates are asked for. Equal values keep what was begun with one another.
type Authority struct {
	Directory string // URL
	Email     string // whom the authority may write to; "" for nobody
	Storage   string // folder of keys and certificates

	// HTTPPort and TLSPort are where we listen for what reaches this machine's ports 80 and 443, 0 where we do not. A challenge is
	// answered by the one or the other (RFC 8555, section 8.3; RFC 8737).
	HTTPPort, TLSPort int
}

// Options configure a [Keeper]. Zero fields have the meaning given.
type Options struct {
	Logger   *slog.Logger // nil logs nothing
	Now      func() time.Time
	Internal *ca.CA         // signs for [Internal]; nil makes a new authority when first needed
	Roots    *x509.CertPool // who may have signed the ACME directory's own certificate; nil means the system's
	// Store, unless nil, opens where keys and certificates are kept, in place of the folder itself.
	Store func(folder string) certmagic.Storage
	// CheckEvery is how often is looked whether certificates have to be renewed, 10 minutes; files are looked at every tenth of that.
	CheckEvery time.Duration
}

// Keeper keeps certificates. It is safe for concurrent use.
type Keeper struct {
	Options
	failures atomic.Uint64
	acme     atomic.Pointer[manager] // nil until something needs it
	changed  chan struct{}           // holds a value when current has changed

	mu       sync.Mutex // guards what follows
	current  *Set       // nil before Use
	issued   map[string]*held
	troubles map[string]trouble // by name
}

// trouble is what last went wrong with a name.
type trouble struct {
	at     time.Time
	reason string
	times  int
}

// New returns a keeper that keeps nothing yet.
func New(o Options) *Keeper {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Store == nil {
		o.Store = func(folder string) certmagic.Storage { return &certmagic.FileStorage{Path: folder} }
	}
	o.CheckEvery = cmp.Or(o.CheckEvery, 10*time.Minute)
	return &Keeper{Options: o, changed: make(chan struct{}, 1), issued: map[string]*held{}, troubles: map[string]trouble{}}
}

// Use makes set the one that Run works for. It does not wait.
func (k *Keeper) Use(set *Set) {
	k.mu.Lock()
	k.current = set
	maps.DeleteFunc(k.troubles, func(name string, _ trouble) bool { return !set.troubles(name) })
	k.mu.Unlock()
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// Apply begins the work for the set in use, so that certificates which are kept on this machine are ready when it returns. It is for
// calling once before Run, with Run's ctx; Run has to follow.
func (k *Keeper) Apply(ctx context.Context) {
	select {
	case <-k.changed:
		k.apply(ctx)
	default:
	}
}

// Run works for the set in use until ctx ends, and returns after what it started has ended.
func (k *Keeper) Run(ctx context.Context) error {
	defer k.stop()
	look := time.NewTicker(max(k.CheckEvery/10, time.Millisecond))
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.changed:
			k.apply(ctx)
		case <-look.C:
			k.reread()
		}
	}
}

// apply begins the lasting work for the set in use, and ends what only the one before needed.
func (k *Keeper) apply(ctx context.Context) {
	set := k.inUse()
	before := k.acme.Load()
	if len(set.managed) == 0 || before != nil && before.authority != set.authority {
		defer before.stop() // after the new one has taken over
	}
	switch {
	case len(set.managed) == 0:
		k.acme.Store(nil)
	case before == nil || before.authority != set.authority:
		m := newManager(k, set.authority)
		m.manage(ctx, set.managed)
		k.acme.Store(m)
	default:
		before.manage(ctx, set.managed)
	}
}

func (k *Keeper) stop() { k.acme.Swap(nil).stop() }

func (k *Keeper) inUse() *Set {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current
}

// Failures returns how often something went wrong so far.
func (k *Keeper) Failures() uint64 { return k.failures.Load() }

// Failing returns how many names are in trouble now, the folder of certificates among them.
func (k *Keeper) Failing() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.troubles)
}

// failed notes that something went wrong with a name and says so in the log.
func (k *Keeper) failed(name string, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	k.failures.Add(1)
	k.mu.Lock()
	if k.current == nil || k.current.concerns(name) { // else its end came too late
		t := k.troubles[name]
		k.troubles[name] = trouble{at: k.Now(), reason: err.Error(), times: t.times + 1}
	}
	k.mu.Unlock()
	k.Logger.Error("certificate trouble", slog.String("name", name), slog.Any("error", err))
}

// mended forgets what went wrong with a name.
func (k *Keeper) mended(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.troubles, name)
}
