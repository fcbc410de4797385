package config

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// check holds parse to a table of what it takes and makes of it.
func check[T comparable](t *testing.T, parse func(string) (T, *fault), table map[string]T) {
	t.Helper()
	for in, want := range table {
		got, f := parse(in)
		if f != nil {
			t.Errorf("%q: got fault %+v, want %v", in, *f, want)
			continue
		}
		if got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	check(t, size, map[string]int64{
		"1024KiB": 1 << 20, "1MiB": 1 << 20, "2GiB": 2 << 30, "2000KB": 2e6, "64MB": 64e6, "1GB": 1e9,
	})
}

func TestStale(t *testing.T) {
	check(t, stale, map[string]staleness{
		"off": {}, "1s": {max: time.Second}, "90m": {max: 90 * time.Minute}, "1h30m": {max: 90 * time.Minute}, "720h": {max: maxStale},
		"always": {DefaultStale, true},
	})
}

func TestHostName(t *testing.T) {
	check(t, hostName, map[string]string{
		"localhost":                      "localhost",
		"WWW.Example.ORG":                "www.example.org",
		"xn--rdgrden-q1ad.example.org":   "xn--rdgrden-q1ad.example.org",
		"rødgrøden。example.org":          "xn--rdgrden-q1ad.example.org",
		"4.example.org":                  "4.example.org",
		strings.Repeat("a", 63) + ".org": strings.Repeat("a", 63) + ".org",
	})
	for _, in := range []string{
		strings.Repeat("a", 64) + ".org", strings.Repeat("a.", 127) + "org", "-a.example.org", "a-.example.org", "a..org", ".org",
		"１.2.3.4", "0x7f.1", "127.1", "a.0x7f", "xn--0.example.org", "a b", "a$.org", "::1", strings.Repeat("å", 600),
	} {
		if got, f := hostName(in); f == nil {
			t.Errorf("%q: got %q, want a fault", in, got)
		}
	}
}

func TestOriginURL(t *testing.T) {
	check(t, originURL, map[string]string{
		"http://127.0.0.1:8080":        "http://127.0.0.1:8080",
		"HTTPS://WWW.Example.ORG/":     "https://www.example.org",
		"http://[2001:DB8::1]:80":      "http://[2001:db8::1]:80",
		"http://my_app:8080":           "http://my_app:8080",
		"http://[::ffff:192.0.2.1]:80": "http://[::ffff:192.0.2.1]:80",
	})
	for _, in := range []string{"http://0%ff", "http://0%ff.example.org:80"} {
		if got, f := originURL(in); f == nil {
			t.Errorf("%q: got %q, want a fault", in, got)
		}
	}
}

func TestOriginURLKeepsSecrets(t *testing.T) {
	for _, in := range []string{
		"http://reader:secret@127.0.0.1", "reader:secret@127.0.0.1", "http://reader:80/secret@127.0.0.1", "http://reader:se%zzcret@127.0.0.1",
		"ftp://reader:secret@127.0.0.1", "http://127.0.0.1/?token=secret", "127.0.0.1/secret",
	} {
		_, f := originURL(in)
		if f == nil {
			t.Errorf("%q: got no fault", in)
			continue
		}
		if got := f.message + f.remedy; strings.Contains(got, "reader") || strings.Contains(got, "secret") {
			t.Errorf("%q: got %q, want no part of what it carries", in, got)
		}
	}
}

func TestListenAddr(t *testing.T) {
	check(t, listenAddr, map[string]string{
		":8443": ":8443", ":0": ":0", "192.0.2.1:08443": "192.0.2.1:8443", "[2001:DB8::1]:443": "[2001:db8::1]:443", "0.0.0.0:443": "0.0.0.0:443",
	})
}

func TestAdminAddr(t *testing.T) {
	check(t, adminAddr, map[string]string{"off": "", "[::1]:9180": "[::1]:9180", "192.0.2.1:0": "192.0.2.1:0"})
	for _, in := range []string{":9180", "0.0.0.0:9180", "[::]:9180", "[::ffff:0.0.0.0]:9180", "9180", "", "*:9180"} {
		if got, f := adminAddr(in); f == nil {
			t.Errorf("%q: got %q, want a fault", in, got)
		}
	}
}

func TestNetwork(t *testing.T) {
	check(t, network, map[string]netip.Prefix{
		"192.0.2.7":        netip.MustParsePrefix("192.0.2.7/32"),
		"::ffff:192.0.2.7": netip.MustParsePrefix("192.0.2.7/32"),
		"2001:db8::1":      netip.MustParsePrefix("2001:db8::1/128"),
		"192.0.2.0/24":     netip.MustParsePrefix("192.0.2.0/24"),
	})
}

func TestPlainText(t *testing.T) {
	check(t, plainText(5), map[string]string{"": "", "æøåæø": "æøåæø", "a:b": "a:b"})
	if got, f := plainText(5)(" fold\n"); got != "fold" || f != nil {
		t.Errorf("got %q, %v, want the text without the white space around it", got, f)
	}
}

func TestClosest(t *testing.T) {
	names := []string{"name", "aliases", "origin", "origins", "tls"}
	for in, want := range map[string]string{
		"orign": "origin", "Origins": "origins", "alias": "aliases", "nmae": "name", "tsl": "", "backend": "", "tl": "tls", "": "",
	} {
		if got := closest(in, names); got != want {
			t.Errorf("closest(%q): got %q, want %q", in, got, want)
		}
	}
}
