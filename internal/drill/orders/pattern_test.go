package orders

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestFill(t *testing.T) {
	known := newTokens([]ddosia.Random{
		{ID: "a", Digit: true, Min: 3, Max: 3},
		{ID: "b", Digit: true, Upper: true, Lower: true, Min: 6, Max: 12},
		{ID: "77", Upper: true, Min: 9, Max: 2},
		{ID: "d"},
		{ID: "e", Lower: true, Min: -5, Max: 1 << 30},
	})
	tests := []struct{ in, want string }{
		{"plain", `plain`},
		{"$_0", `[0-9]{3}`},
		{"$-0", `[0-9]{3}`},
		{"a=$_1&b=$_0", `a=[0-9A-Za-z]{6,12}&b=[0-9]{3}`},
		{"$_77", `[A-Z]{2,9}`},          // by its id
		{"$_00", `[0-9]{3}0`},           // the longest number that is known
		{"$_12", `[0-9A-Za-z]{6,12}2`},  // so too
		{"$_3", `[0-9A-Za-z]`},          // no class, no length
		{"$_4", `[a-z]{1,1000}`},        // bounded
		{"$_9", `[0-9A-Za-z]{6,12}`},    // unknown
		{"$_95x", `[0-9A-Za-z]{6,12}x`}, // unknown as a whole
		{"$_ $- $ctl $$_0 _$", `\$_ \$- \$ctl \$[0-9]{3} _\$`},
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for _, tt := range tests {
		p := known.pattern(tt.in, MaxBodyBytes)
		want := regexp.MustCompile("^" + tt.want + "$")
		for range 50 {
			if got := p.fill(rng); !want.MatchString(got) {
				t.Errorf("%q: got %q, want %s", tt.in, got, want)
			}
		}
	}
}

func TestFillSameSeedSameText(t *testing.T) {
	p := mustPlan(t, entry(ddosia.HTTP, "POST", "/a?b=$_1", "c=$_2"))
	one, two := rand.New(rand.NewPCG(9, 1)), rand.New(rand.NewPCG(9, 1))
	for range 10 {
		target, body := p.Templates[0].Fill(one)
		if again, bodyAgain := p.Templates[0].Fill(two); target != again || body != bodyAgain {
			t.Errorf("got %q %q, then %q %q", target, body, again, bodyAgain)
		}
	}
}

func TestPatternLimit(t *testing.T) {
	var known tokens
	rng := rand.New(rand.NewPCG(10, 11))
	for _, s := range []string{strings.Repeat("x", 100), strings.Repeat("$_1", 40), strings.Repeat("ab$_1", 20), "$_1" + strings.Repeat("x", 100)} {
		for limit := range 60 {
			p := known.pattern(s, limit)
			if got := p.fill(rng); len(got) > limit {
				t.Errorf("%.10q...: got %d bytes, want at most %d", s, len(got), limit)
			}
		}
	}
	p := known.pattern("/%C3%A5", 5)
	if p.trimEscape(); p.fill(rng) != "/%C3" {
		t.Errorf("got %q, want the escape that was cut gone", p.fill(rng))
	}
}

func FuzzPlan(f *testing.F) {
	f.Add("GET", "/search?q=$_1&p=$_2", "", uint64(1))
	f.Add("POST", "/a/$_1$_2x$_1?b#c", "d=$_1", uint64(2))
	f.Add("PUT", "x%2$_1%%$_1?$_1", "--b\n", uint64(3))
	f.Add("", "/", "", uint64(3))
	f.Add("GET", strings.Repeat("%41$_1", 2000), "{", uint64(4))
	f.Fuzz(func(t *testing.T, method, path, body string, seed uint64) {
		list := &ddosia.List{
			Entries: []ddosia.Entry{entry(ddosia.HTTP, method, path, body), entry(ddosia.Loris, method, path, body)},
			Randoms: []ddosia.Random{{Digit: true, Min: 1, Max: 3}, {Digit: true, Upper: true, Lower: true, Min: 6, Max: 12}},
		}
		p, err := New(list, "")
		if err != nil {
			t.Fatal(err)
		}
		checkMatches(t, p, rand.New(rand.NewPCG(seed, 0)))
	})
}
