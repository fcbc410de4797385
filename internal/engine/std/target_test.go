package std

import (
	"net/http"
	"strings"
	"testing"
)

func TestHostOf(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"www.example.org":    "www.example.org",
		"WWW.Example.org:80": "www.example.org",
		"example.org.":       "example.org.",
		"[2001:DB8::1]":      "[2001:db8::1]",
		"[2001:DB8::1]:8443": "[2001:db8::1]",
		"[2001:db8::1":       "[2001",
		"192.0.2.1:80":       "192.0.2.1",
		":80":                "",
	} {
		if got := hostOf(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestSplitTarget(t *testing.T) {
	for _, tt := range []struct {
		method, target string
		major          int
		path, query    string
		ok             bool
	}{
		{"GET", "/", 1, "/", "", true},
		{"GET", "/a%2fB?", 1, "/a%2fB", "", true},
		{"GET", "//host/a", 1, "//host/a", "", true},
		{"GET", "/a?b?c=/", 2, "/a", "b?c=/", true},
		{"GET", "http://example.org", 1, "/", "", true},
		{"GET", "http://example.org/a?b", 1, "/a", "b", true},
		{"GET", "http://example.org?b", 1, "/", "b", true},
		{"GET", "http://example.org#b", 1, "", "", false},
		{"GET", "http://example.org/a", 2, "", "", false},
		{"GET", "http:a", 1, "", "", false},
		{"GET", "", 2, "", "", false},
		{"GET", "*", 1, "*", "", false},
		{"OPTIONS", "*", 2, "*", "", true},
		{"CONNECT", "example.org:443", 1, "/", "", true},
		{"CONNECT", "/rpc", 1, "/rpc", "", true},
	} {
		path, query, ok := splitTarget(tt.method, tt.target, tt.major)
		if ok != tt.ok || ok && (path != tt.path || query != tt.query) {
			t.Errorf("%s %q: got %q, %q, %v, want %q, %q, %v", tt.method, tt.target, path, query, ok, tt.path, tt.query, tt.ok)
		}
	}
}

func FuzzSplitTarget(f *testing.F) {
	f.Add("GET", "/a?b", 1)
	f.Add("GET", "http://example.org?b", 1)
	f.Add("OPTIONS", "*", 2)
	f.Fuzz(func(t *testing.T, method, target string, major int) {
		path, query, ok := splitTarget(method, target, major)
		if !ok {
			return
		}
		if !strings.HasPrefix(path, "/") && (path != "*" || method != http.MethodOptions) {
			t.Errorf("path %q", path)
		}
		if strings.Contains(path, "?") {
			t.Errorf("path %q holds the query's mark", path)
		}
		if !strings.Contains(target, query) {
			t.Errorf("query %q was not received", query)
		}
	})
}
