package ddosia

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNormalHost(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"www.example.org", "www.example.org", true},
		{" WWW.Example.ORG. ", "www.example.org", true},
		{"https://www.example.org:8443/x?y", "www.example.org", true},
		{"blåbær.example.org", "xn--blbr-roah.example.org", true},
		{"192.0.2.7:80", "192.0.2.7", true},
		{"[2001:db8::1]:443", "2001:db8::1", true},
		{"2001:DB8::1", "2001:db8::1", true},
		{"_dmarc.example.org", "_dmarc.example.org", true},
		{"", "", false},
		{"localhost", "", false},
		{"a..example.org", "", false},
		{"a b.example.org", "", false},
		{"example.org:http", "", false},
		{strings.Repeat("a", 64) + ".example.org", "", false},
		{strings.Repeat("a.", 130) + "example.org", "", false},
	}
	for _, tt := range tests {
		if got, ok := NormalHost(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("%q: got %q, %t, want %q, %t", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestHosts(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"a.example.org/b.example.org", []string{"a.example.org", "b.example.org"}},
		{"a.example.org/A.example.org.", []string{"a.example.org"}},
		{"https://a.example.org/path", []string{"a.example.org"}},
		{"a.example.org, b.example.org;c.example.org", []string{"a.example.org", "b.example.org", "c.example.org"}},
		{"///", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, hosts(tt.in, func(string) {})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
	if got := hosts(strings.Repeat("a.example.org/", 3)+strings.Repeat("a", 10), func(string) {}); len(got) != 1 {
		t.Errorf("got %q, want one name", got)
	}
}
