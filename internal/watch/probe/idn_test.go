package probe

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// TestIDN: a host that is written with letters of any alphabet is asked under its name in DNS, over TLS and in HTTP (RFC 5890), as is one to which it
// redirects, however that is written.
func TestIDN(t *testing.T) {
	const host, ascii = "rødgrød.example", "xn--rdgrd-vuad.example"
	for _, to := range []string{"www." + host, "www." + ascii, "WWW.RØDGRØD.example"} {
		b := newBed(t)
		var mu sync.Mutex
		var asked []string
		serve := func(w http.ResponseWriter, r *http.Request) {
			at, _ := url.Parse("https://" + r.Host)
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, at.Hostname(), r.TLS.ServerName)
			if at.Hostname() == ascii {
				w.Header().Set("Location", "https://"+to+":"+at.Port()+"/")
				w.WriteHeader(http.StatusFound)
				return
			}
			_, _ = io.WriteString(w, "<title>Rødgrød</title>med fløde")
		}
		at, err := url.Parse(b.secure(serve, ascii, "www."+ascii))
		if err != nil {
			t.Fatal(err)
		}
		b.dns.addr(ascii, "127.0.0.1")
		b.dns.addr("www."+ascii, "127.0.0.1")
		p := b.prober(func(o *Options) { o.AllowHosts = []string{host, "www." + host} })
		r := p.Probe(t.Context(), Target{URL: "https://" + host + ":" + at.Port() + "/"})
		if r.Class != OK || r.Evidence.Title != "Rødgrød" || r.FinalURL != "https://www."+ascii+":"+at.Port()+"/" {
			t.Errorf("to %s: %v at %s, %q", to, r.Class, r.FinalURL, r.Evidence.Error)
		}
		if want := []string{ascii, ascii, "www." + ascii, "www." + ascii}; !slices.Equal(asked, want) {
			t.Errorf("to %s: asked for %q, want %q", to, asked, want)
		}
		if r := p.Probe(t.Context(), Target{URL: "https://blåbær.example/"}); r.Class != DNSNXDomain {
			t.Errorf("a name that is not there: %v, %q", r.Class, r.Evidence.Error)
		}
	}
}
