package probe

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestProbe(t *testing.T) {
	b := newBed(t)
	for _, tt := range []struct {
		name, url, protocol string
	}{
		{"plain", b.web(page), "HTTP/1.1"},
		{"secure", b.secure(page, "www.example.org"), "HTTP/2.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := b.prober(nil).Probe(t.Context(), Target{URL: tt.url})
			if r.Class != OK || r.Phase != PhaseDone || r.Status != http.StatusOK || r.Protocol != tt.protocol {
				t.Fatalf("got %+v", r)
			}
			if r.Family != IPv4 || r.Address != netip.MustParseAddr("127.0.0.1") || r.Vantage != "test" || r.FinalURL != tt.url {
				t.Errorf("got %+v", r)
			}
			if r.Evidence.Title != "The Example" || r.Evidence.Bytes == 0 || len(r.Evidence.BodySHA256) != 64 || r.Evidence.Simhash == 0 {
				t.Errorf("got evidence %+v", r.Evidence)
			}
			if !strings.Contains(string(r.Evidence.Body), "invented") || r.Evidence.Headers["content-type"] != "text/html; charset=utf-8" {
				t.Errorf("got evidence %+v", r.Evidence)
			}
			sum := r.Timings.DNS + r.Timings.TCP + max(0, r.Timings.TLS) + r.Timings.TTFB + r.Timings.Body
			if r.Timings.Total < sum || r.Timings.TTFB <= 0 || r.Timings.DNS <= 0 {
				t.Errorf("got timings %+v", r.Timings)
			}
			if (r.Evidence.Certificate != nil) != (tt.name == "secure") || (r.Timings.TLS != NotReached) != (tt.name == "secure") {
				t.Errorf("got certificate %+v after %v", r.Evidence.Certificate, r.Timings.TLS)
			}
			if (r.Evidence.TLS == "TLS 1.3") != (tt.name == "secure") || (r.Evidence.TLS == "") == (tt.name == "secure") {
				t.Errorf("got TLS version %q", r.Evidence.TLS)
			}
		})
	}
}

// TestKinds holds that a probe ends after the phase that its URL names.
func TestKinds(t *testing.T) {
	b := newBed(t)
	url := b.secure(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }, "www.example.org")
	rest := strings.TrimSuffix(strings.TrimPrefix(url, "https"), "/")
	for scheme, phase := range map[string]Phase{"dns": PhaseDNS, "tcp": PhaseTCP, "tls": PhaseTLS} {
		r := b.prober(nil).Probe(t.Context(), Target{URL: scheme + rest})
		if r.Class != OK || r.Phase != phase || (r.Evidence.Certificate != nil) != (scheme == "tls") {
			t.Errorf("%s: got %v in %v: %s", scheme, r.Class, r.Phase, r.Evidence.Error)
		}
	}
}

// TestRequestIsHonest holds what a site sees of a probe: who asks, and nothing that it did not need to know.
func TestRequestIsHonest(t *testing.T) {
	b := newBed(t)
	for _, start := range []func(http.HandlerFunc) string{
		b.web, func(h http.HandlerFunc) string { return b.secure(h, "www.example.org") },
	} {
		var mu sync.Mutex // guards seen
		var seen []*http.Request
		url := start(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			seen = append(seen, r)
			mu.Unlock()
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/next", http.StatusFound)
				return
			}
			page(w, r)
		})
		if r := b.prober(nil).Probe(t.Context(), Target{URL: url}); r.Class != OK {
			t.Fatalf("got %v: %s", r.Class, r.Evidence.Error)
		}
		mu.Lock()
		all := slices.Clone(seen)
		mu.Unlock()
		for _, r := range all {
			if got, want := r.UserAgent(), "Seawall-Lookout/1 (+https://lookout.example/)"; got != want {
				t.Errorf("got User-Agent %q, want %q", got, want)
			}
			for name := range r.Header {
				switch name {
				case "User-Agent", "Accept", "Accept-Encoding", "Connection":
				default:
					t.Errorf("the field %s is sent: %q", name, r.Header.Get(name))
				}
			}
			if r.Method != http.MethodGet || r.ContentLength != 0 {
				t.Errorf("got %s with %d bytes", r.Method, r.ContentLength)
			}
		}
	}
}

// TestFamilies holds that IPv6 is tried where IPv4 does not answer, that the result says which it was, and that only one is tried when asked.
func TestFamilies(t *testing.T) {
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 on loopback: %v", err)
	}
	b := newBed(t)
	s := &http.Server{Handler: http.HandlerFunc(page), ReadHeaderTimeout: time.Second}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(ln) })
	t.Cleanup(func() { _ = s.Close(); serving.Wait() })
	url := b.named("http", ln)
	b.dns.addr("www.example.org", "127.0.0.1", "::1")
	for _, tt := range []struct {
		family, want Family
		class        Class
	}{{FamilyNone, IPv6, OK}, {IPv6, IPv6, OK}, {IPv4, IPv4, TCPRefused}} {
		r := b.prober(nil).Probe(t.Context(), Target{URL: url, Family: tt.family})
		if r.Class != tt.class || r.Family != tt.want {
			t.Errorf("family %d: got %v over %d: %s", tt.family, r.Class, r.Family, r.Evidence.Error)
		}
	}
	for first, lost := range map[Family]Family{FamilyNone: IPv4, IPv4: IPv4, IPv6: FamilyNone} {
		r := b.prober(nil).Probe(t.Context(), Target{URL: url, First: first})
		if r.Class != OK || r.Lost != lost || strings.Contains(r.Evidence.Error, "127.0.0.1: ") != (lost == IPv4) {
			t.Errorf("%d first: %v, lost %d: %q", first, r.Class, r.Lost, r.Evidence.Error)
		}
	}
}

// TestMixedAddresses holds that the private address of a name is not tried because another of its addresses could be.
func TestMixedAddresses(t *testing.T) {
	b := newBed(t)
	b.dns.addr("mixed.example", "10.0.0.1", "fd00::1", "127.0.0.1")
	p := b.prober(nil)
	r := p.Probe(t.Context(), Target{URL: "http://mixed.example/"})
	if r.Class != RefusedTarget || !strings.Contains(r.Evidence.Error, "private address") || r.Phase != PhaseDNS || r.Timings.TCP != NotReached {
		t.Errorf("got %v in %v: %s", r.Class, r.Phase, r.Evidence.Error)
	}
	if sites, _ := p.Counts(); sites.Refused != maxTries || sites.Tried != 0 {
		t.Errorf("got %+v", sites)
	}
	if err := p.Budget().Take("mixed.example", time.Now()); err != nil {
		t.Errorf("the refused took from the budget: %v", err)
	}
}

// TestEndsWithItsCaller holds that a probe whose caller goes away says nothing about the site, in any phase.
func TestEndsWithItsCaller(t *testing.T) {
	b := newBed(t)
	begun := make(chan struct{}, 1)
	hanging := b.raw(func(c *net.TCPConn) {
		begun <- struct{}{}
		hang(c)
	})
	b.dns.set("slow.example", func(*dns.Msg, dns.Question) bool {
		select {
		case begun <- struct{}{}:
		default:
		}
		return false
	})
	for _, url := range []string{hanging, secured(hanging), "https://slow.example/"} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-begun
			cancel()
		}()
		if r := b.prober(nil).Probe(ctx, Target{URL: url}); r.Class != MeasurementFailed {
			t.Errorf("%s: got %v: %s", url, r.Class, r.Evidence.Error)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := b.prober(nil).Probe(ctx, Target{URL: hanging}); r.Class != MeasurementFailed {
		t.Errorf("before it began: got %v: %s", r.Class, r.Evidence.Error)
	}
}

// TestManyAtOnce holds that one prober serves many sites at once, each with its own answer.
func TestManyAtOnce(t *testing.T) {
	b := newBed(t)
	url := b.secure(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "<title>"+strings.Split(r.Host, ":")[0]+"</title>")
	}, "*.example")
	at := addrOf(t, url)
	var hosts []string
	for i := range 50 {
		hosts = append(hosts, "site"+string(rune('a'+i/10))+string(rune('a'+i%10))+".example")
		b.dns.addr(hosts[i], "127.0.0.1")
	}
	p := b.prober(func(o *Options) { o.AllowHosts = hosts })
	var probing sync.WaitGroup
	for _, host := range hosts {
		probing.Go(func() {
			r := p.Probe(t.Context(), Target{URL: place{scheme: "https", host: host, port: at.Port(), path: "/"}.String()})
			if r.Class != OK || r.Evidence.Title != host {
				t.Errorf("%s: got %v and the title %q: %s", host, r.Class, r.Evidence.Title, r.Evidence.Error)
			}
		})
	}
	probing.Wait()
	if sites, _ := p.Counts(); sites.Opened != 50 || sites.Tried != 50 {
		t.Errorf("got %+v", sites)
	}
}

// TestEvidenceIsBounded holds the limits of what a result keeps, however much a site says.
func TestEvidenceIsBounded(t *testing.T) {
	b := newBed(t)
	r := b.prober(nil).Probe(t.Context(), Target{URL: b.web(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", strings.Repeat("s", 5000))
		for range 100 {
			w.Header().Add("Set-Cookie", strings.Repeat("c", 100)+"=secret")
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<title>"+strings.Repeat("æ", 5000)+"</title>"+strings.Repeat("<p>words and more words ", 20000))
	})})
	if len(r.Evidence.Title) != maxTitle || len(r.Evidence.Headers["server"]) != maxHeader || len(r.Evidence.Headers["set-cookie"]) > maxHeader {
		t.Errorf("got %d bytes of title, %v", len(r.Evidence.Title), r.Evidence.Headers)
	}
	if len(r.Evidence.Body) != maxBody || r.Evidence.Bytes != 480_000+15+2*5000 {
		t.Errorf("got %d bytes of %d", len(r.Evidence.Body), r.Evidence.Bytes)
	}
	if strings.Contains(r.Evidence.Headers["set-cookie"], "secret") {
		t.Error("the value of a cookie is kept")
	}
}

func TestNewRefuses(t *testing.T) {
	good := Options{Contact: "mailto:lookout@example.org", Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:53")}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"no contact":            func(o *Options) { o.Contact = "" },
		"a contact in a line":   func(o *Options) { o.Contact = "a\r\nX-Field: b" },
		"a long contact":        func(o *Options) { o.Contact = strings.Repeat("a", 300) },
		"a longer probe":        func(o *Options) { o.Limits.Total = time.Minute },
		"a shorter than none":   func(o *Options) { o.Limits.TLS = -1 },
		"a larger body":         func(o *Options) { o.Limits.BodyBytes = 1 << 30 },
		"a larger head":         func(o *Options) { o.Limits.HeaderBytes = 1 << 30 },
		"more redirects":        func(o *Options) { o.Limits.Redirects = 11 },
		"no registrable domain": func(o *Options) { o.Sites = []string{"www.example.org"} },
		"a site that is none":   func(o *Options) { o.Sites = []string{""} },
		"a host that is none":   func(o *Options) { o.AllowHosts = []string{"*"} },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
