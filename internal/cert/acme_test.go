package cert

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/seawall-project/seawall/internal/testkit/pebble"
)

// front answers handshakes with a set, as an engine does, until the test ends. It returns its port.
func front(t *testing.T, set func() *Set) int {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{
		GetCertificate:     func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return set().Certificate(h) },
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) { return set().ConfigFor(h) },
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				_ = tls.Server(c, config).HandshakeContext(context.Background())
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		all.Wait()
	})
	return ln.Addr().(*net.TCPAddr).Port
}

// TestRenewalFails: a certificate that cannot be renewed is served on, beyond its end, and everybody is told.
func TestRenewalFails(t *testing.T) {
	name := fmt.Sprintf("h%d.example.org", time.Now().UnixNano()) // the library tries one name once at a time, in all the process
	var set *Set
	var mu sync.Mutex
	port := front(t, func() *Set {
		mu.Lock()
		defer mu.Unlock()
		return set
	})
	authority := pebble.Start(t)
	authority.DownAfterOne = true
	authority.Open(2*time.Second, 0, port)
	log := hear()
	mu.Lock()
	k := New(Options{Logger: slog.New(log), Roots: authority.Roots, CheckEvery: 100 * time.Millisecond})
	site := Site{Name: name, Way: ACME}
	made, err := k.Build([]Site{site}, Authority{Directory: authority.Directory, Storage: t.TempDir(), TLSPort: port})
	if err != nil {
		t.Fatal(err)
	}
	set = made
	mu.Unlock()
	if leaf(t, set, name) != nil {
		t.Error("a certificate before there is one")
	}
	k.Use(set)
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	defer func() {
		end()
		<-ended
	}()

	log.wait(t, "certificate in use")
	log.wait(t, "certificate trouble")
	got := leaf(t, set, name)
	if got == nil {
		t.Fatal("the certificate that cannot be renewed is gone")
	}
	<-time.After(time.Until(got.NotAfter) + 300*time.Millisecond) // the library goes by the machine's clock
	if after := leaf(t, set, name); after == nil {
		t.Error("the certificate that has ended is gone")
	}
	status := k.Status()[0]
	if k.Failing() != 1 || status.Failures < 1 || status.Error == "" || status.Days > 0 {
		t.Errorf("failing %d, status %+v", k.Failing(), status)
	}
	if days := k.SiteDays()[name]; days > 0 {
		t.Errorf("%v days left, want none", days)
	}
}

// TestStorageFull: when certificates cannot be kept, that is told under a name of its own.
func TestStorageFull(t *testing.T) {
	authority := pebble.Start(t)
	authority.Open(time.Hour, 0, 1)
	log := hear()
	k, set := run(t, Options{
		Logger: slog.New(log), Roots: authority.Roots,
		Store: func(string) certmagic.Storage { return fullDisk{} },
	}, []Site{{Name: "www.example.org", Way: ACME}}, Authority{Directory: authority.Directory, Storage: "/none", TLSPort: 1})
	log.wait(t, "certificate trouble")
	log.wait(t, "certificate trouble")
	if leaf(t, set, "www.example.org") != nil {
		t.Error("a certificate came from nowhere")
	}
	i := slices.IndexFunc(k.Status(), func(s Status) bool { return s.Name == storageName })
	if i < 0 || !strings.Contains(k.Status()[i].Error, syscall.ENOSPC.Error()) {
		t.Errorf("status %+v, want the storage and why", k.Status())
	}
	if authority.Orders.Load() != 0 {
		t.Error("a certificate was ordered that could not have been kept")
	}
}

// fullDisk is a storage that keeps nothing.
type fullDisk struct{ certmagic.Storage }

func (fullDisk) Store(context.Context, string, []byte) error          { return syscall.ENOSPC }
func (fullDisk) Load(context.Context, string) ([]byte, error)         { return nil, fs.ErrNotExist }
func (fullDisk) Exists(context.Context, string) bool                  { return false }
func (fullDisk) Delete(context.Context, string) error                 { return nil }
func (fullDisk) Lock(context.Context, string) error                   { return nil }
func (fullDisk) Unlock(context.Context, string) error                 { return nil }
func (fullDisk) List(context.Context, string, bool) ([]string, error) { return nil, nil }
func (fullDisk) Stat(context.Context, string) (certmagic.KeyInfo, error) {
	return certmagic.KeyInfo{}, fs.ErrNotExist
}

// TestStrangersOrderNothing: a name that is not configured makes nobody ask for a certificate, nor look into the storage.
func TestStrangersOrderNothing(t *testing.T) {
	k, set := run(t, Options{Store: func(string) certmagic.Storage { return untouched{t: t} }},
		[]Site{{Name: "www.example.org", Way: Internal}}, Authority{})
	_ = k
	for _, hello := range []*tls.ClientHelloInfo{
		{ServerName: "other.example.org"},
		{ServerName: "other.example.org", SupportedProtos: []string{alpnValidation}},
		{ServerName: "www.example.org", SupportedProtos: []string{alpnValidation}},
		{ServerName: "", SupportedProtos: []string{alpnValidation}},
	} {
		if c, err := set.ConfigFor(hello); c != nil || err != nil {
			t.Errorf("%+v: got %v, %v, want nothing of its own", hello, c, err)
		}
	}
	if c, err := set.Certificate(&tls.ClientHelloInfo{ServerName: "other.example.org"}); c != nil || err != nil {
		t.Errorf("got %v, %v, want nil and nil, for which crypto/tls says unrecognized_name", c, err)
	}
	if _, ok := set.Validation("www.example.org", "token"); ok {
		t.Error("a validation that nobody asked for")
	}
}

type untouched struct {
	certmagic.Storage
	t *testing.T
}

func (u untouched) Load(context.Context, string) ([]byte, error) {
	u.t.Error("the storage was read")
	return nil, fs.ErrNotExist
}

// TestNothingLeft: a configuration without encryption ends all work for certificates.
func TestNothingLeft(t *testing.T) {
	authority := pebble.Start(t) // which is not open
	log := hear()
	k, _ := run(t, Options{Logger: slog.New(log), Roots: authority.Roots, CheckEvery: 10 * time.Millisecond},
		[]Site{{Name: "left.example.org", Way: ACME}}, Authority{Directory: authority.Directory, Storage: t.TempDir(), TLSPort: 1})
	log.wait(t, "certificate trouble")
	k.Use(&Set{})
	for k.acme.Load() != nil {
		runtime.Gosched()
	}
	if k.Failing() != 0 || len(k.Status()) != 0 {
		t.Errorf("failing %d, status %+v, want nothing", k.Failing(), k.Status())
	}
	if c, err := (&Set{}).Certificate(&tls.ClientHelloInfo{}); c != nil || err != nil {
		t.Errorf("got %v, %v, want nothing", c, err)
	}
}

func TestBuildProblems(t *testing.T) {
	_, err := New(Options{}).Build([]Site{{Name: "www.example.org", Way: ACME}}, Authority{Directory: "https://ca.example.org"})
	if problems, ok := errors.AsType[Problems](err); !ok || !strings.Contains(problems.Error(), "needs a folder") {
		t.Errorf("no folder: got %v", err)
	}
	if _, err := New(Options{}).Build(nil, Authority{}); err == nil {
		t.Error("no sites: no error")
	}
}

// TestInternalStays: the internal authority's certificates are the same in the next set, so that a reload changes nothing for readers.
func TestInternalStays(t *testing.T) {
	k := New(Options{})
	sites := []Site{{Name: "www.example.org"}}
	one, err := k.Build(sites, Authority{})
	if err != nil {
		t.Fatal(err)
	}
	two, err := k.Build(append(sites, Site{Name: "more.example.org"}), Authority{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(leaf(t, one, "www.example.org").Raw, leaf(t, two, "www.example.org").Raw) {
		t.Error("the certificate changed")
	}
	if leaf(t, one, "more.example.org") != nil || leaf(t, two, "more.example.org") == nil {
		t.Error("a set knows the names of another")
	}
}
