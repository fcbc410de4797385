package cache

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAcceptEncoding(t *testing.T) {
	c := newCache(t, Options{})
	for _, tt := range []struct {
		lines []string
		want  string
	}{
		{nil, ""},
		{[]string{"Accept-Encoding:"}, ""},
		{[]string{"Accept-Encoding: identity"}, ""},
		{[]string{"Accept-Encoding: deflate, compress, *"}, ""},
		{[]string{"Accept-Encoding: gzip"}, "gzip"},
		{[]string{"Accept-Encoding: x-GZip"}, "gzip"},
		{[]string{"Accept-Encoding: gzip, deflate, br, zstd"}, "br, gzip, zstd"},
		{[]string{"Accept-Encoding: zstd;q=1.0, gzip;q=0.5"}, "gzip, zstd"},
		{[]string{"accept-encoding: gzip", "X: br", "ACCEPT-ENCODING: br"}, "br, gzip"},
		{[]string{"Accept-Encoding: gzip;q=0, br;q=0.0, zstd ; Q=0.001"}, "zstd"},
		{[]string{"Accept-Encoding: gzip;q=0, gzip"}, ""},
		{[]string{"Accept-Encoding: gzip, gzip;q=0.000"}, ""},
		{[]string{"Accept-Encoding: , br ,, gzip ;q=0.9\t,"}, "br, gzip"},
		{[]string{"Accept-Encoding: gzipp, b, br2"}, ""},
	} {
		if got := c.AcceptEncoding(request("/a", tt.lines...)); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.lines, got, tt.want)
		}
	}
}

func TestWeights(t *testing.T) {
	for weight, want := range map[string]bool{
		"q=1": true, "q=1.": true, "q=1.000": true, "q=0.5": true, " q=0.001 ": true, "Q=1": true,
		"q=0": false, "q=0.": false, "q=0.000": false,
		"": false, "q": false, "q=": false, "q=2": false, "q=1.001": false, "q=0.0001": false, "q=.5": false, "q=00": false, "q=01": false,
		"q=0,5": false, "q=0.x": false, "q=-1": false, "q =1": false, "x=1": false, "1=1": false, "q=1;x": false,
	} {
		if got := wanted(weight); got != want {
			t.Errorf("%q: got %v, want %v", weight, got, want)
		}
	}
}

func TestAcceptEncodingDoesNotAllocate(t *testing.T) {
	c := newCache(t, Options{})
	r := request("/a", "Accept: text/html", "Accept-Encoding: gzip;q=0.8, deflate, br;q=1.0, zstd, *;q=0.1")
	if got := testing.AllocsPerRun(1000, func() { c.AcceptEncoding(r) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

// However a stranger spells it, what readers get stays.
func TestSpellingsOfAcceptEncodingAreNoVariants(t *testing.T) {
	c := newCache(t, Options{})
	reader := request("/a", "Accept-Encoding: gzip, deflate, br, zstd")
	store(t, c, noon, reader, "hello", "Cache-Control: max-age=600", "Vary: Accept-Encoding")
	later := noon.Add(time.Second)
	for subset := range 8 {
		for i := range 9 {
			var list []string
			for bit, name := range []string{"br", "gzip", "zstd"} {
				if subset>>bit&1 != 0 {
					list = append(list, fmt.Sprintf("%s;q=0.%d", name, i+1))
				}
			}
			bot := request("/a", "Accept-Encoding: "+strings.Join(append(list, fmt.Sprintf("x-%d", i)), ","))
			store(t, c, later, bot, "hello", "Cache-Control: max-age=600", "Vary: Accept-Encoding")
		}
	}
	wantBody(t, c, later, reader, Fresh, "hello")
}

func FuzzAcceptEncoding(f *testing.F) {
	for _, seed := range []string{"", "gzip, deflate, br, zstd", "gzip;q=0", "*", "br;q=1.000,gzip;q=0.1;x", ";,;q=1", "identity;q=0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		set := encodingsOf(fields("Accept-Encoding:" + value))
		got := set.String() // panics beyond the eight
		if again := encodingsOf(fields("Accept-Encoding:" + got)); again != set {
			t.Errorf("%q became %q and that %q", value, got, again)
		}
		for coding := range strings.SplitSeq(got, ", ") {
			if !slices.ContainsFunc(strings.Split(strings.ToLower(value), ","), func(member string) bool {
				return strings.Contains(member, coding)
			}) {
				t.Errorf("%q became %q", value, got)
			}
		}
	})
}
