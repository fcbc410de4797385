package cache

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestControl(t *testing.T) {
	opts := cmp.AllowUnexported(control{}, seconds{})
	age := func(s int) seconds { return seconds{span: time.Duration(s) * time.Second, present: true} }
	invalid := seconds{present: true, invalid: true}
	for in, want := range map[string]control{
		"":                                    {},
		" , ,":                                {},
		"max-age=60":                          {maxAge: age(60)},
		"MAX-age=60":                          {maxAge: age(60)},
		`max-age="60"`:                        {maxAge: age(60)},
		`max-age="6\0"`:                       {maxAge: invalid},
		"max-age=0060":                        {maxAge: age(60)},
		"max-age='60'":                        {maxAge: invalid},
		"max-age":                             {maxAge: invalid},
		"max-age=":                            {maxAge: invalid},
		"max-age =60":                         {maxAge: invalid},
		"max-age= 60":                         {maxAge: invalid},
		"max-age=60 x":                        {maxAge: invalid},
		"max-age=60;x":                        {maxAge: invalid},
		"max-age=-60":                         {maxAge: invalid},
		"max-age=+60":                         {maxAge: invalid},
		"max-age=60.0":                        {maxAge: invalid},
		"max-age=60a":                         {maxAge: invalid},
		"max-age=60, max-age=60":              {maxAge: age(60)},
		"max-age=60, max-age=1":               {maxAge: invalid},
		"max-age=60, max-age=1, max-age=60":   {maxAge: invalid},
		"max-age=99999999999999999999":        {maxAge: seconds{span: maxSpan, present: true}},
		`x="max-age=60, no-store", max-age=1`: {maxAge: age(1)},
		`x="\"", max-age=1`:                   {maxAge: age(1)},
		`x="max-age=60, max-age=1`:            {torn: true},
		`x=1"no-store`:                        {torn: true},
		"private":                             {private: true},
		`private="set-cookie"`:                {private: true},
		"private x":                           {private: true},
		"no-cache=x, No-Store":                {noCache: true, noStore: true},
		"public":                              {public: true},
		"public x":                            {},
		"public=1":                            {},
		"must-revalidate":                     {revalidate: true, mustRevalidate: true},
		"must-revalidate=1":                   {revalidate: true},
		"proxy-revalidate":                    {revalidate: true},
		"s-maxage=5":                          {revalidate: true, sMaxAge: age(5)},
		"s-maxage=x":                          {revalidate: true, sMaxAge: invalid},
		"stale-if-error=5, must-understand":   {staleIfError: age(5), mustUnderstand: true},
		"no-stores, xno-store, no-stor":       {},
	} {
		if diff := cmp.Diff(want, controlOf(fields("Cache-Control:"+in)), opts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
}

func TestControlOfSeveralFields(t *testing.T) {
	got := controlOf(fields("cache-control: max-age=60", "X: no-store", "Cache-Control: no-cache"))
	want := control{noCache: true, maxAge: seconds{span: time.Minute, present: true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(control{}, seconds{})); diff != "" {
		t.Error(diff)
	}
}

func FuzzControl(f *testing.F) {
	for _, seed := range []string{"", "max-age=60", `x="a,b", no-cache`, `"`, `x="\`, "=,=", "a b=c", `a="b"c, d`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain := controlOf(fields("Cache-Control:" + s))
		if got := hasDirective(s, "no-store"); got != (plain.noStore || plain.torn) && s == fields("x:" + s)[0].Value {
			t.Errorf("hasDirective: got %v, control %+v", got, plain)
		}
		// Whatever a field says, it cannot make a well-formed no-store beside it go unheard, nor gain from it.
		for _, more := range []string{s + ", no-store", "no-store, " + s} {
			if got := controlOf(fields("Cache-Control:" + more)); !got.noStore && !got.torn {
				t.Errorf("%q: no-store was lost", more)
			}
		}
		if plain.maxAge.invalid && plain.maxAge.span != 0 || plain.maxAge.span < 0 || plain.maxAge.span > maxSpan {
			t.Errorf("%q: got %+v", s, plain.maxAge)
		}
	})
}
