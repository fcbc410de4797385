package probe

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

func TestCheck(t *testing.T) {
	b := newBed(t)
	p := b.prober(nil)
	if err := p.SetRules(Rules{
		OptOut: []string{"private.example", "BLÅBÆR.example"},
		Listed: map[string]Listed{
			"www.example.org":  {Paths: []string{"/search?q=$_1", "/da/$_2/nyheder", "/%61rkiv/", "/?x=$_1", "/"}, Ports: []uint16{443, 8080}},
			"example.net":      {Paths: []string{"/agreed"}},
			"own.many.example": {Paths: []string{"/search"}},
		},
		HomeOnly: []string{"many.example"},
	}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		target Target
		why    string // "": it is not refused
	}{
		{Target{URL: "https://www.example.com/"}, ""},
		{Target{URL: "https://www.example.com"}, ""},
		{Target{URL: "HTTPS://WWW.Example.COM./"}, ""},
		{Target{URL: "http://www.example.com:80/"}, ""},
		{Target{URL: "https://www.example.com:80/"}, ""},
		{Target{URL: "https://rødgrød.example/"}, ""},
		{Target{URL: "https://www.example.com/#top"}, ""},
		{Target{URL: "dns://www.example.com"}, ""},
		{Target{URL: "tcp://www.example.com:443"}, ""},
		{Target{URL: "https://www.example.com:8443/"}, "port 8443"},
		{Target{URL: "tcp://www.example.com:22"}, "port 22"},
		{Target{URL: "https://www.example.com/?"}, "query"},
		{Target{URL: "https://www.example.com/?q=a"}, "query"},
		{Target{URL: "https://someone@www.example.com/"}, "credentials"},
		{Target{URL: "https://someone:secret@www.example.com/"}, "credentials"},
		{Target{URL: "https://www.example.com/da/"}, "home page"},
		{Target{URL: "https://www.example.com/da/", Page: "/da"}, ""},
		{Target{URL: "https://www.example.com/DA", Page: "/da/"}, ""},
		{Target{URL: "https://www.example.com/en/", Page: "/da"}, "home page"},
		{Target{URL: "https://example.net/agreed", Page: "/agreed"}, "attack order"},
		{Target{URL: "https://many.example/"}, ""},
		{Target{URL: "https://a.many.example/"}, ""},
		{Target{URL: "https://a.many.example/da", Page: "/da"}, "only home pages"},
		{Target{URL: "https://many.example/da", Page: "/da"}, "only home pages"},
		{Target{URL: "https://own.many.example/da", Page: "/da"}, ""},
		{Target{URL: "https://own.many.example/search", Page: "/search"}, "attack order"},
		{Target{URL: "https://private.example/"}, "opted out"},
		{Target{URL: "https://www.private.example/"}, "opted out"},
		{Target{URL: "https://xn--blbr-roah.example/"}, "opted out"},
		{Target{URL: "https://notprivate.example/"}, ""},
		{Target{URL: "https://10.0.0.1/"}, "private address"},
		{Target{URL: "https://[fd00::1]/"}, "private address"},
		{Target{URL: "https://[::ffff:10.0.0.1]/"}, "IPv4-mapped address"},
		{Target{URL: "https://169.254.169.254/"}, "metadata address"},
		{Target{URL: "http://127.0.0.1:8080/"}, ""}, // allowed by name
		{Target{URL: "http://127.0.0.1:8080/anything"}, ""},
		{Target{URL: "http://127.0.0.1:8080/?q"}, "query"},
		{Target{URL: "https://www.example.org/"}, ""}, // "/" is excepted, and 443
		{Target{URL: "https://www.example.org:8080/"}, "attack order"},
		{Target{URL: "https://www.example.org/search"}, "attack order"},
		{Target{URL: "https://www.example.org//Search/"}, "attack order"},
		{Target{URL: "https://www.example.org/x/../search"}, "attack order"},
		{Target{URL: "https://www.example.org/%73earch"}, "attack order"},
		{Target{URL: "https://www.example.org/arkiv"}, "attack order"},
		{Target{URL: "https://www.example.org/da/2025/nyheder"}, "attack order"},
		{Target{URL: "https://www.example.org/da/nyheder"}, ""},
	} {
		err := p.Check(tt.target)
		refused, is := errors.AsType[*RefusedURL](err)
		switch {
		case tt.why == "" && err != nil:
			t.Errorf("%s: got %v", tt.target.URL, err)
		case tt.why != "" && (!is || !strings.Contains(refused.Why, tt.why)):
			t.Errorf("%s: got %v, want it refused: %s", tt.target.URL, err, tt.why)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestNoTargets(t *testing.T) {
	p := newBed(t).prober(nil)
	for _, target := range []Target{
		{URL: ""},
		{URL: "www.example.com"},
		{URL: "/"},
		{URL: "ftp://example.com/"},
		{URL: "https://"},
		{URL: "https:///x"},
		{URL: "https://a..b/"},
		{URL: "https://two words/"},
		{URL: "https://example.com:99999/"},
		{URL: "https://example.com:0/"},
		{URL: "mailto:someone@example.com"},
		{URL: "https://example.com/" + strings.Repeat("a", 3000)},
		{URL: "https://example.com/", Family: 5},
		{URL: "https://user:secret@exa mple/"},
	} {
		err := p.Check(target)
		if _, is := errors.AsType[*RefusedURL](err); err == nil || is {
			t.Errorf("%.60s: got %v, want an error that is no refusal", target.URL, err)
		}
		r := p.Probe(t.Context(), target)
		if r.Class != RefusedTarget || r.Phase != PhaseNone {
			t.Errorf("%.60s: got %v", target.URL, r.Class)
		}
		if err != nil && strings.Contains(err.Error()+r.URL+r.Evidence.Error, "secret") {
			t.Errorf("the password is told: %v %v", err, r.URL)
		}
	}
	r := p.Probe(t.Context(), Target{URL: "https://someone:secret@www.example.com/"})
	if strings.Contains(r.URL+r.FinalURL+r.Evidence.Error, "secret") {
		t.Errorf("the password is told: %+v", r)
	}
}

func TestTargetSite(t *testing.T) {
	for url, want := range map[string]string{
		"https://www.example.org/": "example.org", "http://127.0.0.1:8080/": "[127.0.0.1]:8080", "https://192.0.2.1/": "192.0.2.1", "nonsense": "",
	} {
		if got := (Target{URL: url}).Site(); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}

func TestSetRulesRefuses(t *testing.T) {
	p := newBed(t).prober(nil)
	for _, r := range []Rules{{OptOut: []string{"a b"}}, {Listed: map[string]Listed{"": {}}}, {HomeOnly: []string{"a..b"}}} {
		if err := p.SetRules(r); err == nil {
			t.Errorf("%+v: no error", r)
		}
	}
}

// TestOptOutMidChain holds that whoever opts out is not connected to any more, even by a probe that is under way.
func TestOptOutMidChain(t *testing.T) {
	b := newBed(t)
	var p *Prober
	var asked atomic.Int32
	target := Target{URL: b.web(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if err := p.SetRules(Rules{OptOut: []string{"example.org"}}); err != nil {
			t.Error(err)
		}
		http.Redirect(w, r, "/next", http.StatusFound)
	})}
	p = b.prober(nil)
	if r := p.Probe(t.Context(), target); r.Class != RefusedTarget || !strings.Contains(r.Evidence.Error, "opted out") {
		t.Errorf("got %v: %s", r.Class, r.Evidence.Error)
	}
	if r := p.Probe(t.Context(), target); r.Class != RefusedTarget || asked.Load() != 1 {
		t.Errorf("got %v after %d requests", r.Class, asked.Load())
	}
}

// TestGateIsLast holds that the gate, where sockets are about to connect, refuses by itself, whatever was checked before.
func TestGateIsLast(t *testing.T) {
	b := newBed(t)
	url := b.web(page)
	p := b.prober(nil)
	at, err := parse(url)
	if err != nil {
		t.Fatal(err)
	}
	addr := addrOf(t, url)
	dial := func(ticket any) error {
		ctx := context.WithValue(t.Context(), ticketKey{}, ticket)
		conn, err := p.door.DialAddr(ctx, "tcp", at.host, addr)
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	if err := dial(nil); !refusal(err) {
		t.Errorf("without a ticket: got %v", err)
	}
	other := &ticket{at: at, plain: true}
	other.at.host = "example.org"
	if err := dial(other); !refusal(err) {
		t.Errorf("with another's ticket: got %v", err)
	}
	one := &ticket{at: at, plain: true}
	for i := range maxTries {
		if err := dial(one); err != nil {
			t.Errorf("try %d: %v", i, err)
		}
	}
	if err := dial(one); !refusal(err) {
		t.Errorf("a try too many: got %v", err)
	}
	for range PeaceGETs - 1 {
		if err := dial(&ticket{at: at, plain: true}); err != nil {
			t.Error(err)
		}
	}
	if _, over := errors.AsType[*OverBudget](dial(&ticket{at: at, plain: true})); !over {
		t.Error("a fourth GET in a minute is let through")
	}
	if err := p.SetRules(Rules{OptOut: []string{at.host}}); err != nil {
		t.Fatal(err)
	}
	if err := dial(one); !refusal(err) || !strings.Contains(err.Error(), "opted out") {
		t.Errorf("after the opt-out: got %v", err)
	}
}

// TestBudgetIsKept counts at the server: families, redirects and several probes together.
func TestBudgetIsKept(t *testing.T) {
	b := newBed(t)
	var asked atomic.Int32
	target := Target{URL: b.web(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/next", http.StatusFound)
			return
		}
		page(w, r)
	})}
	now := noon
	p := b.prober(func(o *Options) { o.Now = func() time.Time { return now } })
	for i, want := range []Class{OK, RefusedTarget, RefusedTarget} {
		if r := p.Probe(t.Context(), target); r.Class != want {
			t.Errorf("probe %d: got %v, want %v", i, r.Class, want)
		}
	}
	if _, names := p.Counts(); names.Tried != 2*PeaceGETs { // A and AAAA for each request, and none beyond
		t.Errorf("%d questions were sent for %d requests", names.Tried, PeaceGETs)
	}
	if got := asked.Load(); got != PeaceGETs {
		t.Errorf("%d GET were sent in one minute, want %d", got, PeaceGETs)
	}
	now = now.Add(Window)
	if r := p.Probe(t.Context(), target); r.Class != OK {
		t.Errorf("a minute later: got %v", r.Class)
	}
}

// TestForgedAssignments holds that a vantage with a list of its own sends nothing to anybody else, however often it is told to, not even a
// question about the name.
func TestForgedAssignments(t *testing.T) {
	b := newBed(t)
	b.dns.set("www.example.net", func(*dns.Msg, dns.Question) bool {
		t.Error("the name is looked up")
		return true
	})
	p := b.prober(func(o *Options) { o.Sites = []string{"example.org"} })
	for range 100 {
		for _, url := range []string{"https://www.example.net/", "https://10.0.0.1/", "https://127.0.0.1/", "https://example.org.example.net/"} {
			if r := p.Probe(t.Context(), Target{URL: url, Hosts: []string{"example.net"}}); r.Class != RefusedTarget {
				t.Fatalf("%s: got %v", url, r.Class)
			}
		}
	}
	if sites, names := p.Counts(); sites.Tried+sites.Refused+names.Tried != 0 {
		t.Errorf("got %+v and %+v, want nothing sent", sites, names)
	}
	if r := p.Probe(t.Context(), Target{URL: b.web(page)}); r.Class != OK {
		t.Errorf("its own site: got %v: %s", r.Class, r.Evidence.Error)
	}
	ticket := &ticket{at: place{scheme: "https", host: "www.example.net", port: 443, path: "/"}, plain: true}
	if err := p.gate(context.WithValue(t.Context(), ticketKey{}, ticket), "www.example.net", netip.MustParseAddrPort("9.9.9.9:443")); !refusal(err) {
		t.Errorf("the gate lets it through: %v", err)
	}
}

// slowMatch is template matching said plainly: a "$_1" is ".*".
func slowMatch(parts []string, p string) bool {
	if len(parts) == 1 {
		return p == parts[0]
	}
	if !strings.HasPrefix(p, parts[0]) {
		return false
	}
	for i := len(parts[0]); i <= len(p); i++ {
		if slowMatch(parts[1:], p[i:]) {
			return true
		}
	}
	return false
}

func TestMatchesIsSlowMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching(`[ab]{0,3}`), 1, 4).Draw(t, "parts")
		p := rapid.StringMatching(`[ab]{0,8}`).Draw(t, "path")
		if got, want := matches(parts, p), slowMatch(parts, p); got != want {
			t.Errorf("%q in %q: got %v, want %v", parts, p, got, want)
		}
	})
}

// FuzzFollow holds of every Location: it never leads to what a target may not be, and what it leads to reads back the same.
func FuzzFollow(f *testing.F) {
	for _, s := range []string{
		"/", "next", "//example.net/a", "https://www.example.org:443/", "http://u:p@h/", "?q", "#x", "javascript:x", "http://[::1]/", "http://[::1%25eth0]/",
		"https://rødgrød.example/å", "/a%2fb", "/%", "http://a..b/", "\t/x", "http:///", "https:opaque", "http://0x7f.1/", "http://example.org:0/", "//\xbd", "//0..",
	} {
		f.Add(s)
	}
	from, err := parse("https://www.example.org/da/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, location string) {
		to, err := follow(from, []string{location})
		if err != nil {
			return
		}
		if to.scheme != "http" && to.scheme != "https" || to.host == "" || to.port == 0 || to.path == "" || to.path[0] != '/' {
			t.Fatalf("%q leads to %+v", location, to)
		}
		u, err := url.Parse(to.String())
		if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q leads to %q: %v", location, to, err)
		}
		if len(to.String()) > MaxURL {
			return
		}
		if again, err := parse(to.String()); err != nil || again != to {
			t.Fatalf("%q leads to %+v, which reads back as %+v: %v", location, to, again, err)
		}
	})
}
