package orders

import (
	"net/url"
	"strings"
	"testing"
)

func TestTarget(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "/"},
		{"/", "/"},
		{"news/today", "/news/today"},
		{" /news/ ", "/news/"},
		{"//news", "/news"},
		{"/a#b?c", "/a"},
		{"#$_1", "/"},
		{"/a?b=c d&e=å", "/a?b=c%20d&e=%C3%A5"},
		{"/a?b[]=1&c=\"{}\"", "/a?b%5B%5D=1&c=%22%7B%7D%22"},
		{"/100%/%zz/%41", "/100%25/%25zz/%41"},
		{"/a?b?c/d", "/a?b?c/d"},
		{"?q=$_1", "/?q=$_1"},
		{"https://www.example.org/a?b", "/a?b"},
		{"HTTP://www.example.org", "/"},
		{"http://www.example.org?q", "/?q"},
		{"/a\r\nX: y", "/a%0D%0AX:%20y"},
		{`{"a":1}`, "/%7B%22a%22:1%7D"},
	}
	for _, tt := range tests {
		if got := Target(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"", "/search?q=$_1", "https://www.example.org/å b#c", "/%%4%41", "///?#", "?\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := Target(path)
		u, err := url.ParseRequestURI(got)
		if err != nil || u.Host != "" || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "# \"<>\r\n") {
			t.Errorf("%q: got %q, %v, want a target in origin form", path, got, err)
		}
		if again := Target(got); again != got {
			t.Errorf("%q: got %q, then %q, want no change", path, got, again)
		}
	})
}
