package cache

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFreshness(t *testing.T) {
	date := "Date: " + formatDate(noon)
	at := func(d time.Duration) string { return "Expires: " + formatDate(noon.Add(d)) }
	for name, c := range map[string]struct {
		lines    []string
		want     time.Duration
		explicit bool
	}{
		"nothing":               {nil, 0, false},
		"max-age":               {[]string{"Cache-Control: max-age=60", at(time.Hour)}, time.Minute, true},
		"s-maxage wins":         {[]string{"Cache-Control: max-age=60, s-maxage=10"}, 10 * time.Second, true},
		"s-maxage wins longer":  {[]string{"Cache-Control: max-age=0, s-maxage=10", at(-time.Hour)}, 10 * time.Second, true},
		"bad s-maxage":          {[]string{"Cache-Control: max-age=60, s-maxage=x"}, 0, true},
		"bad max-age":           {[]string{"Cache-Control: max-age=x", at(time.Hour)}, 0, true},
		"expires":               {[]string{at(time.Hour), date}, time.Hour, true},
		"expires now":           {[]string{at(0), date}, 0, true},
		"expires in the past":   {[]string{at(-time.Hour), date}, 0, true},
		"expires 0":             {[]string{"Expires: 0", date}, 0, true},
		"expires empty":         {[]string{"Expires:", date}, 0, true},
		"two expires":           {[]string{at(time.Hour), at(2 * time.Hour)}, 0, true},
		"the same twice":        {[]string{at(time.Hour), at(time.Hour)}, time.Hour, true},
		"expires far too late":  {[]string{"Expires: Fri, 31 Dec 9999 23:59:59 GMT"}, maxSpan, true},
		"last-modified is mute": {[]string{"Last-Modified: " + formatDate(noon.Add(-time.Hour))}, 0, false},
	} {
		f := fields(c.lines...)
		control := controlOf(f)
		if got, explicit := freshness(&control, f, noon); got != c.want || explicit != c.explicit {
			t.Errorf("%s: got %v %v, want %v %v", name, got, explicit, c.want, c.explicit)
		}
	}
}

func TestAge(t *testing.T) {
	date := func(d time.Duration) string { return "Date: " + formatDate(noon.Add(d)) }
	for name, c := range map[string]struct {
		delay time.Duration
		lines []string
		want  time.Duration
	}{
		"new":                   {0, []string{date(0)}, 0},
		"no date":               {0, nil, 0},
		"date invalid":          {0, []string{"Date: yesterday"}, 0},
		"slow origin clock":     {0, []string{date(-time.Minute)}, time.Minute},
		"fast origin clock":     {0, []string{date(time.Minute)}, 0},
		"age":                   {0, []string{date(0), "Age: 30"}, 30 * time.Second},
		"age and delay":         {5 * time.Second, []string{date(0), "Age: 30"}, 35 * time.Second},
		"the larger counts":     {5 * time.Second, []string{date(-time.Minute), "Age: 30"}, time.Minute},
		"request after answer":  {-time.Hour, []string{date(0)}, 0},
		"age negative":          {0, []string{"Age: -7200"}, 0},
		"age with a fraction":   {0, []string{"Age: 7200.0"}, 0},
		"first of several":      {0, []string{"Age: 7200, 0", "Age: 1"}, 2 * time.Hour},
		"age huge":              {time.Hour, []string{"Age: 99999999999999999999999"}, maxSpan},
		"date out of all sense": {0, []string{"Date: Mon, 01 Jan 0001 00:00:00 GMT"}, maxSpan},
	} {
		resp := Response{Status: 200, Fields: fields(append(c.lines, "Cache-Control: max-age=60")...)}
		resp.RequestTime, resp.ResponseTime = noon.Add(-c.delay), noon
		v, ok := judge(traits{}, &resp, false)
		if !ok {
			t.Errorf("%s: may not be stored", name)
			continue
		}
		e := newEntry(v, &resp, nil)
		if got := e.Age(noon); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		if got := e.Age(noon.Add(7 * time.Second)); got != c.want+7*time.Second {
			t.Errorf("%s: 7 s later: got %v, want %v", name, got, c.want+7*time.Second)
		}
		if got := e.Age(noon.AddDate(8000, 0, 0)); got < maxSpan {
			t.Errorf("%s: in the far future: got %v", name, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "sun, 06 NOV 1994 08:49:37 gmt",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
	} {
		if got, ok := parseDate(s); !ok || !got.Equal(want) {
			t.Errorf("%s: got %v %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{
		"", "0", "-1", " GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun, 06 Nov 94 08:49:37 GMT", "Sun 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun,  06  Nov  1994 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994 08.49.37 GMT",
		"Sun, 06 Nov 1994 8:49:37 GMT", "Sunday, 06-Nov-94 8:49:37 GMT", "Sun Nov 6 8:49:37.5 1994", "Sun Nov 6 8:49:37,5 1994",
		"Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
	} {
		if got, ok := parseDate(s); ok {
			t.Errorf("%s: got %v, want none", s, got)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseDate(s)
		if !ok {
			return
		}
		if cut := len(s) - len(zone); strings.EqualFold(s[cut:], zone) {
			s = s[:cut] + zone
		}
		if want, err := http.ParseTime(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, net/http has %v, %v", s, got, want, err)
		}
	})
}
