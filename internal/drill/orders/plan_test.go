package orders

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall/internal/drill/work"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

// entry is an order for a.example.org.
func entry(kind ddosia.Type, method, path, body string) ddosia.Entry {
	return ddosia.Entry{Hosts: []string{"a.example.org"}, Type: kind, Method: method, Path: path, Body: ddosia.Body{Value: body}}
}

func mustPlan(t testing.TB, entries ...ddosia.Entry) *Plan {
	t.Helper()
	p, err := New(&ddosia.List{Entries: entries}, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTemplates(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		entry ddosia.Entry
		want  Template
	}{
		{entry(ddosia.HTTP, "GET", "/search?q=$_1", ""), Template{Method: "GET", Kind: work.Search, NoStore: true}},
		{entry(ddosia.HTTP2, "get", "/news/$-1", ""), Template{Method: "GET", Proto: HTTP2, Kind: work.Search, NoStore: true}},
		{entry(ddosia.HTTP, "GET", "/", ""), Template{Method: "GET"}},
		{entry(ddosia.HTTP, "GET", "/#q=$_1", ""), Template{Method: "GET"}},
		{entry(ddosia.HTTP, "GET", "/search?q=word", ""), Template{Method: "GET"}},
		{entry(ddosia.HTTP, "POST", "/login", "user=$_1"), Template{Method: "POST", Kind: work.Form, ContentType: form, NoStore: true}},
		{entry(ddosia.HTTP, "post", "/ping", ""), Template{Method: "POST", Kind: work.Form}},
		{entry(ddosia.HTTP, "GET", "/login", "user=a"), Template{Method: "POST", Kind: work.Form, ContentType: form}},
		{entry(ddosia.HTTP, "GET", "/search?q=$_1", "/search?q=$_1"), Template{Method: "GET", Kind: work.Search, NoStore: true}},
		{entry(ddosia.HTTP2, "HEAD", "/about", ""), Template{Method: "GET", Proto: HTTP2}},
		{entry(ddosia.HTTP, "delete", "/about", ""), Template{Method: "GET"}},
		{entry(ddosia.HTTP, "OPTIONS", "/search?q=$_1", ""), Template{Method: "GET", Kind: work.Search, NoStore: true}},
		{entry(ddosia.HTTP2, " put ", "/api", `{"a":1}`), Template{Method: "POST", Proto: HTTP2, Kind: work.Form, ContentType: "application/json"}},
		{entry(ddosia.HTTP, "PATCH", "/api", `<a/>`), Template{Method: "POST", Kind: work.Form, ContentType: "application/xml"}},
		{entry(ddosia.HTTP, "POST", "/up", "--AaB03x\nContent-Disposition: form-data"), Template{Method: "POST", Kind: work.Form, ContentType: "multipart/form-data; boundary=AaB03x"}},
		{entry(ddosia.Loris, "udp_flood", "", "x=1"), Template{Method: "GET", Proto: Loris}},
	}
	for _, tt := range tests {
		p := mustPlan(t, tt.entry)
		if diff := cmp.Diff(tt.want, p.Templates[0], cmpopts.IgnoreUnexported(Template{})); diff != "" {
			t.Errorf("%s %q %q (-want +got):\n%s", tt.entry.Method, tt.entry.Path, tt.entry.Body.Value, diff)
		}
	}
}

func TestNewCounts(t *testing.T) {
	list := &ddosia.List{
		Entries: []ddosia.Entry{
			entry(ddosia.HTTP, "GET", "/", ""), entry(ddosia.TCP, "syn", "", ""), entry(ddosia.TCP, "ack", "", ""),
			entry(ddosia.HTTP3, "GET", "/", ""), entry(ddosia.UDP, "udp_flood", "", ""), entry(ddosia.Other, "", "", ""),
			{Hosts: []string{"b.example.org", "c.example.org"}, Type: ddosia.HTTP2, Method: "GET", Path: "/c"},
			entry(ddosia.HTTP, "udp_flood", "/", ""), entry(ddosia.HTTP2, "syn", "/", "a=1"), entry(ddosia.HTTP2, "PING", "/", ""),
			entry(ddosia.HTTP, "", "/", ""), entry(ddosia.Loris, "udp_flood", "/", ""),
		},
		Skipped: map[ddosia.Reason]int{ddosia.NoHost: 2},
	}
	all, err := New(list, "")
	if err != nil {
		t.Fatal(err)
	}
	const wantAll = "3 orders played; page 3; http 1, http2 1, nginx_loris 1; not played http3 1, other 1, tcp 2, udp 1; left out no_host 2, wrong method 4"
	if got := fmt.Sprintf("%v", all); got != wantAll {
		t.Errorf("got %s\nwant %s", got, wantAll)
	}
	one, err := New(list, "https://C.Example.org./")
	if err != nil {
		t.Fatal(err)
	}
	const wantOne = "1 orders played; page 1; http2 1; left out no_host 2; for other hosts 11"
	if got := one.String(); got != wantOne {
		t.Errorf("got %s\nwant %s", got, wantOne)
	}
}

func TestNewRefuses(t *testing.T) {
	list := &ddosia.List{Entries: []ddosia.Entry{entry(ddosia.TCP, "syn", "", "")}}
	if _, err := New(list, ""); !errors.Is(err, ErrNothing) {
		t.Errorf("got error %v, want %v", err, ErrNothing)
	}
	list.Entries = append(list.Entries, entry(ddosia.HTTP, "udp_flood", "/", ""))
	if _, err := New(list, ""); !errors.Is(err, ErrNothing) || !strings.Contains(err.Error(), "wrong method 1") {
		t.Errorf("got error %v, want %v and why", err, ErrNothing)
	}
	list.Entries = append(list.Entries, entry(ddosia.HTTP, "GET", "/", ""))
	if _, err := New(list, "z.example.org"); !errors.Is(err, ErrNothing) {
		t.Errorf("got error %v, want %v", err, ErrNothing)
	}
	if _, err := New(list, "no host"); err == nil || errors.Is(err, ErrNothing) {
		t.Errorf("got error %v, want one about the host", err)
	}
}

// Whatever prints a plan or a template shows no path, no host and no body.
func TestPrintsNothingOfTheList(t *testing.T) {
	p := mustPlan(t, entry(ddosia.HTTP, "POST", "/secret-path?q=$_1", "secret-body=$_1"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		got := fmt.Sprintf(verb+" "+verb+" "+verb, p, p.Templates, &p.Templates[0])
		if strings.Contains(got, "secret") || strings.Contains(got, "example") {
			t.Errorf("%s: got %s", verb, got)
		}
	}
}

func TestBuiltin(t *testing.T) {
	p := Builtin()
	const want = "44 orders played; form 15, page 5, search 24; http 24, http2 16, nginx_loris 4; not played http3 2, tcp 6, udp 1"
	if got := p.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	paths := map[string]bool{"/": true, "/search": true, "/archive": true, "/login": true, "/contact": true, "/newsletter": true}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range p.Templates {
		target, _ := p.Templates[i].Fill(rng)
		if path, _, _ := strings.Cut(target, "?"); !paths[path] && !strings.HasPrefix(path, "/api/") {
			t.Errorf("path %q is not the newspaper's", path)
		}
	}
	checkMatches(t, p, rng)
}

// checkMatches fills every template and expects the plan to know each again. It prints no target: lists may be real.
func checkMatches(t *testing.T, p *Plan, rng *rand.Rand) {
	t.Helper()
	for i := range p.Templates {
		tpl := &p.Templates[i]
		target, body := tpl.Fill(rng)
		if len(target) > MaxTargetBytes || len(body) > MaxBodyBytes {
			t.Errorf("%v: got %d bytes of target and %d of body", tpl, len(target), len(body))
		}
		if u, err := url.ParseRequestURI(target); err != nil || u.RequestURI() != target && u.Host != "" {
			t.Errorf("%v: target %d is not in origin form", tpl, i)
		}
		if tpl.Proto == Loris {
			continue
		}
		kind, noStore, ok := p.Match(tpl.Method, target)
		if _, listed := p.index.get.static[target]; listed && tpl.Kind == work.Search {
			continue // the token became what another order asks for by name
		}
		if !ok || kind != tpl.Kind || tpl.NoStore && !noStore {
			t.Errorf("%v: target %d matched as %v, no store %t, %t", tpl, i, kind, noStore, ok)
		}
	}
}

func TestOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list.json")
	if err := os.WriteFile(file, builtin, 0o600); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join("..", "..", "intel", "ddosia", "testdata", "lists.tar.xz")
	for _, tt := range []struct {
		spec, target string
		want         int // templates
	}{
		{"", "", 44},
		{"", "courier.example.org", 44},
		{file, "", 44},
		{archive + ":2025-01-02_03-04-05", "", 3},
		{archive + ":2025-01-02_03-04-05", "b.example.org", 1},
	} {
		p, err := Open(tt.spec, tt.target)
		if err != nil || len(p.Templates) != tt.want {
			t.Errorf("%q %q: got plan %v, error %v, want %d orders", tt.spec, tt.target, p, err, tt.want)
		}
	}
	for _, tt := range []struct {
		spec, target string
		want         string
	}{
		{"", "z.example.org", "no order in the list can be rehearsed"},
		{archive, "", "name one list in it"},
		{archive + ":2025-01-03_00-00-00", "", "no order in the list can be rehearsed"},
		{archive + ":none", "", "no such member"},
		{"testdata/none.json", "", "no such file"},
		{"plan_test.go", "", "not a list of attack orders"},
	} {
		if p, err := Open(tt.spec, tt.target); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got plan %v, error %v, want one with %q", tt.spec, p, err, tt.want)
		}
	}
}

// Real lists make plans whose every request is valid and known again. Paths and bodies stay out of what a failure prints.
func TestOpenArchive(t *testing.T) {
	archive := filepath.Join(require.Data(t), "ddosia", "lists-2023-06--2025-05.tar.xz")
	for _, member := range []string{"05-06-2023_20-15-12", "2024-01-22_16-17-39"} {
		p, err := Open(archive+":"+member, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Log(member, p)
		rng := rand.New(rand.NewPCG(3, 4))
		for range 20 {
			checkMatches(t, p, rng)
		}
	}
}
