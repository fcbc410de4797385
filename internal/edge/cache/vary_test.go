package cache

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

func TestVary(t *testing.T) {
	for _, c := range []struct {
		vary        string
		stored, now []string
		want        bool
	}{
		{"", []string{"A: 1"}, []string{"A: 2"}, true},
		{"A", []string{"A: 1"}, []string{"a: 1"}, true},
		{"A", []string{"A: 1"}, []string{"A: 2"}, false},
		{"A", []string{"A: 1"}, []string{"A: 11"}, false},
		{"A", []string{"A: 11"}, []string{"A: 1"}, false},
		{"A", []string{"A: 1"}, nil, false},
		{"A", nil, []string{"A: 1"}, false},
		{"A", nil, nil, true},
		{"A", nil, []string{"A:"}, false},
		{"A", []string{"A:"}, nil, false},
		{"A", []string{"A:"}, []string{"A:"}, true},
		{"A", []string{"A: 1, 2"}, []string{"A: 1,2"}, true},
		{"A", []string{"A: 1,2"}, []string{"A: 1", "A: 2"}, true},
		{"A", []string{"A: 1,2"}, []string{"A: 2", "A: 1"}, false},
		{"A", []string{"A: 12"}, []string{"A: 1", "A: 2"}, false},
		{"A", []string{"A: x"}, []string{"A: X"}, false},
		{"Accept-Language", []string{"Accept-Language: da, en-GB"}, []string{"Accept-Language: DA,en-gb"}, true},
		{"a, B,A", []string{"A: 1", "B: 2"}, []string{"B: 2", "A: 1"}, true},
		{"a, B", []string{"A: 1", "B: 2"}, []string{"B: 2"}, false},
		{"Host", []string{"Host: x"}, []string{"Host: y"}, true},
		{"Accept-Encoding", []string{"Accept-Encoding: gzip, deflate, br"}, []string{"Accept-Encoding: br;q=0.9", "accept-encoding: GZIP"}, true},
		{"Accept-Encoding", []string{"Accept-Encoding: gzip, br"}, []string{"Accept-Encoding: gzip, br;q=0"}, false},
		{"Accept-Encoding", []string{"Accept-Encoding: identity"}, nil, true},
		{"Accept-Encoding", []string{"Accept-Encoding: gzip"}, nil, false},
	} {
		stored := request("/a", c.stored...)
		list, ok := varyOf(stored, fields("Vary:"+c.vary))
		if !ok {
			t.Errorf("%s: not storable", c.vary)
			continue
		}
		e := &Entry{vary: list}
		if got := e.Fits(request("/a", c.now...)); got != c.want {
			t.Errorf("%s, stored %v, now %v: got %v, want %v", c.vary, c.stored, c.now, got, c.want)
		}
		if !e.Fits(stored) {
			t.Errorf("%s: does not fit its own request %v", c.vary, c.stored)
		}
	}
}

func TestVaryNeverSelectable(t *testing.T) {
	for _, lines := range [][]string{
		{"Vary: *"}, {"Vary: A", "Vary: *"}, {"Vary: , *"}, {"Vary: A, *, B"}, {"Vary: a b"}, {`Vary: "a"`}, {"Vary: " + manyNames(maxVary+1)},
	} {
		if _, ok := varyOf(request("/a"), fields(lines...)); ok {
			t.Errorf("%v: selectable", lines)
		}
	}
	if list, ok := varyOf(request("/a"), fields("Vary: "+manyNames(maxVary))); !ok || len(list) != maxVary {
		t.Errorf("%d names: got %d, %v", maxVary, len(list), ok)
	}
}

func manyNames(n int) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("n%d", i))
	}
	return strings.Join(names, ", ")
}

func TestVariants(t *testing.T) {
	c := newCache(t, Options{})
	language := func(i int) string { return fmt.Sprintf("Accept-Language: l%d", i) }
	put := func(i int, body string, lines ...string) {
		now := noon.Add(time.Duration(i) * time.Second)
		store(t, c, now, request("/a", language(i)), body, append(lines, "Cache-Control: max-age=600")...)
	}
	for i := range maxVariants {
		put(i, fmt.Sprint(i), "Vary: Accept-Language")
	}
	later := noon.Add(time.Minute)
	for i := range maxVariants {
		wantBody(t, c, later, request("/a", language(i)), Fresh, fmt.Sprint(i))
	}
	put(3, "new 3", "Vary: Accept-Language")
	wantBody(t, c, later, request("/a", language(3)), Fresh, "new 3")
	wantBody(t, c, later, request("/a", language(1)), Fresh, "1")
	put(4, "for all")
	wantBody(t, c, later, request("/a", language(1)), Fresh, "for all")
	wantBody(t, c, later, request("/a"), Fresh, "for all")
	put(5, "5 again", "Vary: Accept-Language")
	wantBody(t, c, later, request("/a", language(1)), Miss, "")
	wantBody(t, c, later, request("/a", language(5)), Fresh, "5 again")
}

func TestLeastRecentlyUsedVariantGoes(t *testing.T) {
	c := newCache(t, Options{})
	language := func(i int) *seawall.Request { return request("/a", fmt.Sprintf("Accept-Language: l%d", i)) }
	put := func(i int, now time.Time) {
		t.Helper()
		store(t, c, now, language(i), fmt.Sprint(i), "Cache-Control: max-age=3600", "Vary: Accept-Language")
	}
	put(0, noon)
	now := noon
	for i := 1; i < 100; i++ { // strangers make them up while a reader of the first one comes now and then
		now = now.Add(time.Second)
		put(i, now)
		if i%(maxVariants-1) == 0 {
			wantBody(t, c, now, language(0), Fresh, "0")
		}
	}
	for i := range maxVariants { // all at once
		wantBody(t, c, now, language(0), Fresh, "0")
		put(100+i, now)
	}
	wantBody(t, c, now, language(0), Fresh, "0")
	wantBody(t, c, now, language(100), Miss, "")
	wantBody(t, c, now, language(100+maxVariants-1), Fresh, fmt.Sprint(100+maxVariants-1))
}

func TestVariantsAreBoundedInBytes(t *testing.T) {
	c := newCache(t, Options{MemoryBytes: 1 << 20, MaxEntryBytes: 1 << 19})
	language := func(i int) *seawall.Request { return request("/a", fmt.Sprintf("Accept-Language: l%d", i)) }
	body := strings.Repeat("x", 200_000)
	for i := range 3 {
		now := noon.Add(time.Duration(i) * time.Second)
		store(t, c, now, language(i), body, "Cache-Control: max-age=3600", "Vary: Accept-Language")
		wantBody(t, c, now, language(0), Fresh, body)
	}
	wantBody(t, c, noon, language(1), Miss, "")
	wantBody(t, c, noon, language(2), Fresh, body)
}

func FuzzVary(f *testing.F) {
	f.Add("Accept", "a, b", "a,b")
	f.Add("Accept-Language", "da", "DA")
	f.Add("*", "", "")
	f.Add("a,a", ",", " ,")
	f.Fuzz(func(t *testing.T, vary, one, two string) {
		const name = "Accept"
		a, b := request("/a", name+":"+one), request("/a", name+":"+two)
		list, ok := varyOf(a, fields("Vary:"+vary, "Vary: accept"))
		if ok && strings.Contains(vary, "*") && strings.Trim(vary, " \t,") == "*" {
			t.Fatalf("%q is selectable", vary)
		}
		if !ok {
			return
		}
		e := &Entry{vary: list}
		if !e.Fits(a) {
			t.Fatalf("%q: %q does not select itself", vary, one)
		}
		if e.Fits(request("/a")) {
			t.Fatalf("%q: %q is selected without", vary, one)
		}
		if got, want := e.Fits(b), slowMembers(one) == slowMembers(two); got != want {
			t.Fatalf("%q: %q against %q: got %v, want %v", vary, one, two, got, want)
		}
	})
}

// slowMembers is the obvious way to normalise a list.
func slowMembers(s string) string {
	var members []string
	for member := range strings.SplitSeq(strings.TrimSpace(s), ",") {
		if member = strings.Trim(member, " \t"); member != "" {
			members = append(members, member)
		}
	}
	return strings.Join(members, ",")
}

// A client names fields in Connection, and they end here: what the origin then answers is no answer to the request as the cache knows it.
func TestConnectionNamesWhatSelects(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for _, tt := range []struct {
		connection string
		want       State
	}{
		{"keep-alive", Fresh},
		{"close, TE", Fresh},
		{"Keep-Alive ,, Upgrade, HTTP2-Settings", Fresh},
		{"Accept-Language", Miss},
		{"close, accept-language", Miss},
	} {
		c := newCache(t, Options{})
		r := request("/a", "Accept-Language: de", "Connection: "+tt.connection)
		store(t, c, now, r, "in English", "Cache-Control: max-age=60", "Vary: Accept-Language")
		if got, _ := bodyOf(c, now, request("/a", "Accept-Language: de")); got != tt.want {
			t.Errorf("Connection: %s: another reader finds %v, want %v", tt.connection, got, tt.want)
		}
	}
}
