package intel

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/testkit/require"
)

func TestMaskPath(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "/"},
		{"/", "/"},
		{"search", "/search"},
		{"/search?q=$_1", "/search q={token}"},
		{"/news/2024/some-title", "/news/{number}/some-title"},
		{"/wp-login.php", "/wp-login.php"},
		{"/a/$_1/b", "/a/{token}/b"},
		{"/p/abc123", "/p/{token}"},
		{"/u/jane.doe@example.org", "/u/{email}"},
		{"/u/jane.doe%40example.org", "/u/{email}"},
		{"/u/jane%2540example.org", "/u/{email}"},
		{"/h%C3%B8ring/", "/{word}/"},
		{"/{word}", "/{token}"},
		{"/" + strings.Repeat("a", 33), "/{word}"},
		{"/x?b=2&a=John&a=&=7&&c", "/x ={number} a= a={word} b={number} c="},
		{"/x?q=1.5&d=2024-01-02&s=a+b&t=ab12&u=4,3", "/x d={number} q={number} s={word} t={token} u={number}"},
		{"/x?jane%40example.org=1&12345678=2&f%5B0%5D=x", "/x f[0]={word} {email}={number} {number}={number}"},
		{"/x#top?y", "/x"},
		{"https://www.example.org/x?y=z", "/x y={word}"},
		{strings.Repeat("/a", 40), strings.Repeat("/a", 23) + "/{token}"},
	}
	for _, tt := range tests {
		got := Mask(&Order{Vector: seawall.VectorHTTP, Path: tt.in})
		text := got.Path
		for _, p := range got.Query {
			text += " " + p.Name + "=" + braced(p.Class)
		}
		if text != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, text, tt.want)
		}
	}
}

func TestMaskBody(t *testing.T) {
	tests := []struct {
		in, form string
		want     []seawall.Param
	}{
		{"", "", nil},
		{"user=$_1&mail=a%40example.org", "urlencoded", []seawall.Param{{Name: "mail", Class: "email"}, {Name: "user", Class: "token"}}},
		{`{"user":"$_1","n":$_2,"on":true,"in":{"mail":"a@example.org","x":"John"}}`, "json", []seawall.Param{
			{Name: "in"}, {Name: "mail", Class: "email"}, {Name: "n", Class: "token"}, {Name: "on", Class: "word"}, {Name: "user", Class: "token"}, {Name: "x", Class: "word"},
		}},
		{
			"--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nJohn\r\n--b\r\nContent-Disposition: form-data; name=\"n\"\r\nContent-Type: text/plain\r\n\r\n12\r\n--b--",
			"multipart",
			[]seawall.Param{{Name: "n", Class: "number"}, {Name: "q", Class: "word"}},
		},
		{"<a>1</a>", "other", nil},
	}
	for _, tt := range tests {
		got := Mask(&Order{Vector: seawall.VectorHTTP2, Body: tt.in})
		if diff := cmp.Diff(tt.want, got.Body); diff != "" || got.Form != tt.form {
			t.Errorf("%q: got form %q, fields (-want +got):\n%s", tt.in, got.Form, diff)
		}
	}
}

func TestMaskRest(t *testing.T) {
	made := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	got := Mask(&Order{Vector: seawall.VectorHTTP3, Method: " post", Port: 443, TLS: true, Made: made, Headers: []Header{{"X-Who", "a@example.org"}, {"Accept", "x"}}})
	want := seawall.Template{
		Vector: seawall.VectorHTTP3, Method: "POST", Port: 443, TLS: true, Path: "/", Created: made,
		Headers: []seawall.Param{{Name: "accept", Class: "word"}, {Name: "x-who", Class: "email"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("template (-want +got):\n%s", diff)
	}
	// What sends no request has no path, whatever was entered.
	got = Mask(&Order{Vector: seawall.VectorTCP, Method: "syn_ack", Port: 53, Path: "/x?y=z", Body: "a=b"})
	if diff := cmp.Diff(seawall.Template{Vector: seawall.VectorTCP, Method: "SYN_ACK", Port: 53}, got); diff != "" {
		t.Errorf("template (-want +got):\n%s", diff)
	}
}

// personal is what no template may hold.
var personal = regexp.MustCompile(`@|%40|[0-9]{5}`)

// checkMasked holds that a template says nothing beside its structure.
func checkMasked(t *testing.T, m *seawall.Template) {
	t.Helper()
	plain := *m
	plain.Created, plain.Port = time.Time{}, 0
	b, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	if found := personal.Find(b); found != nil {
		t.Errorf("a template holds %q: %s", found, b)
	}
	if len(m.Query) > maxParams || len(m.Body) > maxParams || len(m.Headers) > maxParams {
		t.Errorf("a template has %d, %d and %d parameters", len(m.Query), len(m.Body), len(m.Headers))
	}
}

// One order in twelve of the public archive holds an e-mail address; no template does.
func TestMaskArchive(t *testing.T) {
	path := filepath.Join(require.Data(t), "ddosia", "lists-2023-06--2025-05.tar.xz")
	var d Digester
	orders, addressed, seen := 0, 0, make(map[string]bool)
	err := ddosia.Walk(t.Context(), []string{path}, ddosia.Limits{}, func(f ddosia.File) error {
		digest, err := d.Digest(DDoSiaOrders(f.List))
		for _, s := range digest.Sightings {
			for _, a := range s.Aim.Templates {
				if !seen[a.ID] {
					seen[a.ID] = true
					checkMasked(t, a.Template)
				}
			}
		}
		for i := range f.List.Entries {
			orders++
			if e := &f.List.Entries[i]; email.MatchString(e.Path) || email.MatchString(e.Body.Value) {
				addressed++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d orders, of which %d hold an e-mail address; %d templates", orders, addressed, len(seen))
	if addressed == 0 || len(seen) == 0 {
		t.Errorf("got %d orders with an e-mail address and %d templates, want some", addressed, len(seen))
	}
}

func FuzzMask(f *testing.F) {
	f.Add("/search?q=$_1", "a=b&c=d%40example.org", "X-A", "12345678")
	f.Add("/%2540/@", `{"a@example.org":"1","b":`, "a@b", "")
	f.Add("//x;y=1?&=&", "--b\nform-data; name=\"123456\"\n\nx\n--b", "", "")
	f.Fuzz(func(t *testing.T, path, body, name, value string) {
		o := &Order{Vector: seawall.VectorHTTP, Path: path, Body: body, Headers: []Header{{name, value}}}
		m := Mask(o)
		checkMasked(t, &m)
		if !strings.HasPrefix(m.Path, "/") {
			t.Errorf("got path %q", m.Path)
		}
		if again := Mask(o); TemplateID(&again) != TemplateID(&m) {
			t.Error("the same order has two templates")
		}
	})
}
