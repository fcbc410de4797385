package readers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestJar(t *testing.T) {
	j := newJar()
	j.remember("old=1")
	j.remember("older=2") // the jar is not empty any more
	j.keep([]*http.Cookie{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}})
	j.keep([]*http.Cookie{{Name: "a", MaxAge: -1}, {Name: "b", Value: "3"}})
	if got, want := j.field(), "old=1; b=3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	j.keep([]*http.Cookie{{Name: "a", Value: "4"}})
	if got, want := j.field(), "old=1; a=4; b=3"; got != want {
		t.Errorf("set again: got %q, want %q", got, want)
	}
}

func TestJarIsBounded(t *testing.T) {
	j := newJar()
	j.keep([]*http.Cookie{{Name: "long", Value: strings.Repeat("x", maxCookieBytes)}})
	for i := range maxCookies + 5 {
		j.keep([]*http.Cookie{{Name: fmt.Sprint(i), Value: "x"}})
	}
	if got := strings.Count(j.field(), "="); got != maxCookies {
		t.Errorf("got %d cookies, want %d", got, maxCookies)
	}
}
