package app

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/ca"
)

// pairFor writes a certificate of authority for names and its key into a new folder, and returns their paths.
func pairFor(t *testing.T, authority *ca.CA, names ...string) (cert, key string) {
	t.Helper()
	c, err := authority.Issue(time.Now(), names...)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: c.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// TestReloadCertificates: new handshakes get the new certificate, for new names too, and connections go on.
func TestReloadCertificates(t *testing.T) {
	const text = `
version: 1
listen: 127.0.0.1:0
admin: off
control: off
access_log: {to: off}
sites:
  - name: www.example.org
    aliases: [%s]
    origin: "%s"
    tls: {cert: %s, key: %s}
`
	origin := serveOn(t, say("page"))
	authority := newAuthority(t)
	cert, key := pairFor(t, authority, "www.example.org", "example.org")
	f := newFile(t, text, "example.org", origin, cert, key)
	a := startFile(t, f, Options{})
	kept := reader(t, "HTTP/2.0", to(a.Addrs()[0]), authority)
	serial := func(name string) string {
		t.Helper()
		leaf, err := issuer(t, a.Addrs()[0], name)
		if err != nil {
			return err.Error()
		}
		return leaf.SerialNumber.String()
	}
	get(t, kept, "https://www.example.org/")
	first := serial("www.example.org")
	if got := serial("news.example.org"); got != "remote error: tls: unrecognized name" {
		t.Errorf("a name that is none of ours: got %s", got)
	}

	newCert, newKey := pairFor(t, authority, "www.example.org", "news.example.org")
	f.write(text, "news.example.org", origin, cert, key)
	if _, err := a.Reload(t.Context()); err == nil {
		t.Error("a certificate that does not hold for an alias was taken up")
	}
	if got := serial("www.example.org"); got != first {
		t.Errorf("after the refused reload: got %s, want %s", got, first)
	}
	f.write(text, "news.example.org", origin, newCert, newKey)
	reload(t, a)
	if got := serial("www.example.org"); got == first {
		t.Error("the old certificate is served on")
	}
	if got := serial("news.example.org"); got != serial("www.example.org") {
		t.Errorf("the new name: got %s", got)
	}
	if got := get(t, kept, "https://www.example.org/"); got.body != "page" || samples(t, a.App)["seawall_connections"] < 1 {
		t.Errorf("the old connection: got %d %q", got.StatusCode, got.body)
	}
	if name := `seawall_certificate_days{site="www.example.org"}`; samples(t, a.App)[name] < 89 {
		t.Errorf("%s: got %v", name, samples(t, a.App)[name])
	}
}

// TestReloadCacheSize: another size is another cache, and the one before is let go.
func TestReloadCacheSize(t *testing.T) {
	const text = `
version: 1
listen: 127.0.0.1:0
admin: off
control: off
access_log: {to: off}
cache: {memory: %s}
sites: [{name: www.example.org, origin: "%s", tls: off}]
`
	asked := 0
	origin := serveOn(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Cache-Control", "max-age=600")
		fmt.Fprintf(w, "page %d", asked)
	})
	f := newFile(t, text, "2MiB", origin)
	a := startFile(t, f, Options{})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	for range 2 {
		if got := get(t, c, "http://www.example.org/"); got.body != "page 1" {
			t.Errorf("got %q, want the stored page", got.body)
		}
	}
	before := a.graph().store
	f.write(text, "4MiB", origin)
	reload(t, a)
	if got := get(t, c, "http://www.example.org/"); got.body != "page 2" {
		t.Errorf("got %q, want the origin's", got.body)
	}
	if n := before.users.Load(); n != 0 {
		t.Errorf("the cache before has %d users", n)
	}
	if got := samples(t, a.App)["seawall_cache_bytes_limit"]; got != 4<<20 {
		t.Errorf("limit: got %v", got)
	}
}
