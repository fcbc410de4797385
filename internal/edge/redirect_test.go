package edge_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
)

func TestRedirect(t *testing.T) {
	type want struct {
		status int
		base   string
	}
	pass, bad, long := want{}, want{status: 400}, want{status: 414}
	own := want{308, "https://www.example.org"}
	for _, tt := range []struct {
		name              string
		host, path, query string
		tls               bool
		want              want
	}{
		{"its own name, encrypted", "www.example.org", "/", "", true, pass},
		{"its own name, plain", "www.example.org", "/", "", false, own},
		{"alias, encrypted", "example.org", "/", "", true, own},
		{"alias, plain", "example.org", "/a/%C3%A6?", "b=c&d=%0d%0a", false, own},
		{"a path that looks like a host", "example.org", "//other.example/", "", true, own},
		{"a path that looks like user information", "example.org", "/@other.example", "", true, own},
		{"a backslash", "example.org", "/\\other.example", "", true, own},
		{"end of line in the path", "example.org", "/\r\nSet-Cookie: a=b", "", true, bad},
		{"end of line in the query", "example.org", "/", "a\nb", true, bad},
		{"a space", "example.org", "/a b", "", true, bad},
		{"a byte beyond ASCII", "example.org", "/\xff", "", true, bad},
		{"delete", "example.org", "/", "\x7f", true, bad},
		{"the longest", "example.org", "/" + strings.Repeat("a", 2047), strings.Repeat("b", 2048), true, own},
		{"too long", "example.org", "/" + strings.Repeat("a", 2048), strings.Repeat("b", 2048), true, long},
		{"too long for another name, not for its own", "www.example.org", "/" + strings.Repeat("a", 5000), "", true, pass},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, func(s *seawall.Site) { s.HTTPS = true })
			r := get(tt.path)
			r.Host, r.Query, r.TLS = tt.host, tt.query, tt.tls
			got := h.Decide(now, r)
			switch {
			case tt.want == pass:
				if got.Kind != seawall.ActionForward {
					t.Errorf("got %+v, want it forwarded", got)
				}
			case tt.want.base == "":
				if got.Kind != seawall.ActionRefuse || got.Status != tt.want.status {
					t.Errorf("got %v %d, want refuse %d", got.Kind, got.Status, tt.want.status)
				}
			default:
				if got.Answer != seawall.AnswerRedirect || got.Status != 308 || got.Site.Base != tt.want.base {
					t.Errorf("got %v %d to %s, want a redirect 308 to %s", got.Answer, got.Status, got.Site.Base, tt.want.base)
				}
				if u, err := url.Parse(got.Site.Base + strings.ReplaceAll(r.Path, "\\", "/")); err != nil || u.Host != "www.example.org" || u.User != nil {
					t.Errorf("leads to %v (%v)", u, err)
				}
			}
		})
	}
}

// TestRedirectKeepsTheScheme: behind something that ends TLS, only it knows which scheme the reader used.
func TestRedirectKeepsTheScheme(t *testing.T) {
	h := newHouse(t)
	r := get("/")
	r.Host = "example.org"
	if got := h.Decide(now, r); got.Answer != seawall.AnswerRedirect || got.Site.Base != "//www.example.org" {
		t.Errorf("got %v to %q", got.Answer, got.Site.Base)
	}
	if got := h.Decide(now, get("/")); got.Kind != seawall.ActionForward {
		t.Errorf("plain, by its own name: got %v, want forward", got.Kind)
	}
}

func TestRedirectDoesNotAllocate(t *testing.T) {
	h := newHouse(t, func(s *seawall.Site) { s.HTTPS = true })
	r := get("/page")
	r.Query = "a=b"
	var got edge.Action
	if n := testing.AllocsPerRun(100, func() { got = h.Decide(now, r) }); n != 0 || got.Answer != seawall.AnswerRedirect {
		t.Errorf("got %v allocations for %v, want none for a redirect", n, got.Answer)
	}
}
