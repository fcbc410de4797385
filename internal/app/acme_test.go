package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/testkit/pebble"
)

// hearing is a log that hands on the messages a test waits for.
type hearing struct {
	slog.Handler
	said map[string]chan string // by message: the name it is about
}

func hear(messages ...string) *hearing {
	h := &hearing{slog.DiscardHandler, map[string]chan string{}}
	for _, m := range messages {
		h.said[m] = make(chan string, 64)
	}
	return h
}

func (h *hearing) Enabled(context.Context, slog.Level) bool { return true }

func (h *hearing) Handle(_ context.Context, r slog.Record) error {
	ch := h.said[r.Message]
	if ch == nil {
		return nil
	}
	name := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "name" {
			name = a.Value.String()
		}
		return true
	})
	select {
	case ch <- name:
	default:
	}
	return nil
}

func (h *hearing) wait(t *testing.T, message string) string {
	t.Helper()
	select {
	case name := <-h.said[message]:
		return name
	case <-time.After(30 * time.Second):
		t.Fatalf("nothing was said about %q", message)
		return ""
	}
}

const acmeText = `
version: 1
listen: 127.0.0.1:0
listen_http: %s
admin: off
control: off
access_log: {to: off}
acme: {directory: "%s", storage: "%s", email: it@example.org}
sites:
  - name: www.example.org
    aliases: [example.org]
    origin: "%s"
    tls: acme
`

// issuer returns who signed the certificate that is served for name, and what the handshake said.
func issuer(t *testing.T, addr net.Addr, name string) (*x509.Certificate, error) {
	t.Helper()
	c, err := (&tls.Dialer{Config: &tls.Config{ServerName: name, InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", addr.String()) //nolint:gosec // Pebble's root is nobody's
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

// TestACME obtains certificates from a real ACME server by either challenge, keeps them over a restart, and serves plain HTTP as it
// should meanwhile.
func TestACME(t *testing.T) {
	for name, plain := range map[string]string{"http-01": "127.0.0.1:0", "tls-alpn-01": "[]"} {
		t.Run(name, func(t *testing.T) {
			authority := pebble.Start(t)
			storage := filepath.Join(t.TempDir(), "certificates")
			f := newFile(t, acmeText, plain, authority.Directory, storage, serveOn(t, say("page")))
			if plain == "[]" {
				text, _ := os.ReadFile(f.path)
				f.write("%s", strings.Replace(string(text), "listen_http: []\n", "", 1))
			}
			log := hear("certificate in use", "certificate trouble")
			a := startACME(t, f, authority, log)
			for range 2 {
				log.wait(t, "certificate in use")
			}
			for _, host := range []string{"www.example.org", "example.org"} {
				leaf, err := issuer(t, a.Addrs()[0], host)
				if err != nil || leaf.VerifyHostname(host) != nil || !strings.Contains(leaf.Issuer.CommonName, "Pebble") {
					t.Errorf("%s: got %v of %v", host, err, leaf)
				}
			}
			if _, err := issuer(t, a.Addrs()[0], "other.example.org"); err == nil || !strings.Contains(err.Error(), "unrecognized name") {
				t.Errorf("an unknown name: got %v, want the alert unrecognized_name", err)
			}
			if days := samples(t, a.App)[`seawall_certificate_days{site="www.example.org"}`]; days < 0.9 || days > 1 {
				t.Errorf("got %v days left, want one, rounded down", days)
			}
			if plain != "[]" {
				c := reader(t, "HTTP/1.1", to(a.Addrs()[1]), nil)
				got := get(t, c, "http://example.org/page?q=1")
				if want := "https://www.example.org/page?q=1"; got.StatusCode != 308 || got.Header.Get("Location") != want {
					t.Errorf("plain HTTP: got %d to %q, want 308 to %q", got.StatusCode, got.Header.Get("Location"), want)
				}
				if got := get(t, c, "http://www.example.org/.well-known/acme-challenge/none"); got.StatusCode != 308 {
					t.Errorf("a challenge that is not ours: got %d, want 308", got.StatusCode)
				}
			}
			a.stop()

			orders := authority.Orders.Load()
			again := startACME(t, f, authority, log)
			if leaf, err := issuer(t, again.Addrs()[0], "www.example.org"); err != nil || !strings.Contains(leaf.Issuer.CommonName, "Pebble") {
				t.Errorf("at once after a restart: got %v, %v, want the kept certificate", leaf, err)
			}
			if n := authority.Orders.Load(); n != orders {
				t.Errorf("%d orders after the restart, want %d", n, orders)
			}
		})
	}
}

// startACME runs what f says, with certificates of authority, which validates names where it listens.
func startACME(t *testing.T, f file, authority *pebble.Server, log slog.Handler) *running {
	t.Helper()
	cfg, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	a := build(t, Options{Config: cfg, Load: f.load, Logger: slog.New(log), Roots: authority.Roots})
	ports := [2]int{}
	for i, addr := range a.Addrs() {
		ports[i] = addr.(*net.TCPAddr).Port
	}
	if ports[1] != 0 {
		ports[0] = 1 // where nobody listens, so that it has to be the other challenge
	}
	authority.Open(24*time.Hour, ports[1], ports[0])
	return startApp(t, a)
}
