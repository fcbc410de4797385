package cache

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTargetedControl(t *testing.T) {
	opts := cmp.AllowUnexported(control{}, seconds{})
	age := func(s int) seconds { return seconds{span: time.Duration(s) * time.Second, present: true} }
	for in, want := range map[string]*control{
		"":                              nil,
		"  ":                            nil,
		"max-age=60":                    {maxAge: age(60)},
		"max-age=60;x=1, foobar":        {maxAge: age(60)},
		"max-age=99999999999":           {maxAge: seconds{span: maxSpan, present: true}},
		"max-age=1, max-age=60":         {maxAge: age(60)}, // the last counts: RFC 9651, section 4.2.2
		"max-age=60, &&&&&":             nil,
		"MaX-aGe=60":                    nil,
		"max-age =60":                   nil,
		"max-age= 60":                   nil,
		`max-age="60"`:                  nil,
		"max-age=60.0":                  nil,
		"max-age=-1":                    nil,
		"max-age":                       nil,
		"max-age=(1 2)":                 nil,
		"s-maxage=x":                    nil,
		"public=1":                      nil,
		"no-store":                      {noStore: true},
		"no-store=?0":                   {},
		"no-store=1":                    {noStore: true},
		`private="set-cookie"`:          {private: true},
		"private=(a b)":                 {private: true},
		"no-cache, max-age=5":           {noCache: true, maxAge: age(5)},
		"must-revalidate":               {revalidate: true, mustRevalidate: true},
		"proxy-revalidate":              {revalidate: true},
		"s-maxage=5, public":            {revalidate: true, public: true, sMaxAge: age(5)},
		"must-understand, no-transform": {mustUnderstand: true, noTransform: true},
		"stale-if-error=5, stale-while-revalidate=7": {staleIfError: age(5), staleWhile: age(7)},
	} {
		got, ok := targetedControl(fields("CDN-Cache-Control:" + in))
		if want == nil {
			if ok {
				t.Errorf("%q: got %+v, want none", in, got)
			}
			continue
		}
		want.targeted = true
		if diff := cmp.Diff(*want, got, opts); diff != "" || !ok {
			t.Errorf("%q: %v (-want +got):\n%s", in, ok, diff)
		}
	}
	if _, ok := targetedControl(fields("Cache-Control: max-age=5")); ok {
		t.Error("Cache-Control counts as targeted")
	}
}

// RFC 9213, section 2.1: what is targeted takes the place of Cache-Control and Expires, and only when it is valid.
func TestTargetedWins(t *testing.T) {
	soon, past := "Expires: "+formatDate(noon.Add(time.Hour)), "Expires: "+formatDate(noon.Add(-time.Hour))
	for _, tt := range []struct {
		lines []string
		want  State
	}{
		{[]string{"CDN-Cache-Control: max-age=60", "Cache-Control: no-store"}, Fresh},
		{[]string{"CDN-Cache-Control: max-age=60", "Cache-Control: max-age=0", past}, Fresh},
		{[]string{"CDN-Cache-Control: max-age=60", `Cache-Control: x="`}, Fresh},
		{[]string{"CDN-Cache-Control: max-age", "CDN-Cache-Control: max-age=60"}, Fresh},
		{[]string{"CDN-Cache-Control: no-store", "Cache-Control: max-age=60", soon}, Miss},
		{[]string{"CDN-Cache-Control: private", "Cache-Control: max-age=60", soon}, Miss},
		{[]string{"CDN-Cache-Control: foo", "Cache-Control: max-age=60", soon}, Miss},
		{[]string{"CDN-Cache-Control: max-age=0", "Cache-Control: max-age=60", soon}, Stale},
		{[]string{"CDN-Cache-Control: ", "Cache-Control: max-age=60"}, Fresh},
		{[]string{"CDN-Cache-Control: &", "Cache-Control: max-age=60"}, Fresh},
		{[]string{"CDN-Cache-Control: &", "Cache-Control: no-store"}, Miss},
	} {
		c := newCache(t, Options{})
		store(t, c, noon, request("/a"), "x", tt.lines...)
		if got, _ := bodyOf(c, noon, request("/a")); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.lines, got, tt.want)
		}
	}
}

func FuzzTargeted(f *testing.F) {
	for _, seed := range []string{"max-age=60", "no-store, max-age=1", `private="a"`, "&", "max-age=(1)", "no-store=?0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := targetedControl(fields("CDN-Cache-Control:" + s))
		if !ok {
			return
		}
		if c.torn || c.maxAge.invalid || c.maxAge.span < 0 || c.maxAge.span > maxSpan {
			t.Errorf("%q: got %+v", s, c)
		}
		if more, ok := targetedControl(fields("CDN-Cache-Control:"+s, "CDN-Cache-Control: no-store")); !ok || !more.noStore {
			t.Errorf("%q: no-store in a further line was lost", s)
		}
	})
}
