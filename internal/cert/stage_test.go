package cert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/ca"
	"github.com/seawall-project/seawall/internal/testkit/pebble"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, pebble.Leaks()...) }

// hearing is a log that hands on what it is told, message by message.
type hearing struct {
	slog.Handler
	said chan slog.Record
}

func hear() *hearing { return &hearing{slog.DiscardHandler, make(chan slog.Record, 256)} }

func (h *hearing) Enabled(context.Context, slog.Level) bool { return true }

func (h *hearing) Handle(_ context.Context, r slog.Record) error {
	select {
	case h.said <- r:
	default:
	}
	return nil
}

// wait returns when message has been said.
func (h *hearing) wait(t *testing.T, message string) {
	t.Helper()
	late := time.After(15 * time.Second)
	for {
		select {
		case r := <-h.said:
			if r.Message == message {
				return
			}
		case <-late:
			t.Fatalf("nothing was said about %q", message)
		}
	}
}

// run builds a set for sites and lets a keeper work for it until the test ends.
func run(t *testing.T, o Options, sites []Site, a Authority) (*Keeper, *Set) {
	t.Helper()
	k := New(o)
	set, err := k.Build(sites, a)
	if err != nil {
		t.Fatal(err)
	}
	k.Use(set)
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	k.Apply(ctx)
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return k, set
}

// leaf returns what a client that asks for name is shown; nil for nothing.
func leaf(t *testing.T, s *Set, name string) *x509.Certificate {
	t.Helper()
	c, err := s.Certificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	if c == nil {
		return nil
	}
	return c.Leaf
}

// pairOn writes a certificate for names and its key, and returns their paths.
func pairOn(t *testing.T, dir string, names ...string) (cert, key string) {
	t.Helper()
	authority, err := ca.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c, err := authority.Issue(time.Now(), names...)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
	write(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return cert, key
}

// write replaces a file as programs that renew certificates do: by a new one with its name.
func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}
