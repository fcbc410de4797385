package wire

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/seawall-project/seawall"
)

func TestForwardedOrigin(t *testing.T) {
	const none = ""
	for _, tt := range []struct {
		name   string
		fields []string // name, value, …
		client string
		proto  string
	}{
		{"nothing", nil, none, ""},
		{"custom", []string{"x-forwarded-for", "192.0.2.1"}, "192.0.2.1", ""},
		{"invented before it", []string{"X-Forwarded-For", "198.51.100.1, 192.0.2.1"}, "192.0.2.1", ""},
		{"through two of ours", []string{"X-Forwarded-For", "198.51.100.1, 192.0.2.1, 127.0.0.2"}, "192.0.2.1", ""},
		{"in two fields", []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-For", "127.0.0.2"}, "192.0.2.1", ""},
		{"from one of ours", []string{"X-Forwarded-For", "127.0.0.3, 127.0.0.2"}, "127.0.0.3", ""},
		{"with ports", []string{"X-Forwarded-For", "192.0.2.1:4711 , [2001:db8::1]:80"}, "2001:db8::1", ""},
		{"mapped", []string{"X-Forwarded-For", "::ffff:192.0.2.1"}, "192.0.2.1", ""},
		{"nobody", []string{"X-Forwarded-For", "192.0.2.1, unknown"}, none, ""},
		{"nobody behind one of ours", []string{"X-Forwarded-For", "unknown, 127.0.0.2"}, "127.0.0.2", ""},
		{"empty", []string{"X-Forwarded-For", ""}, none, ""},
		{"scheme", []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "http, HTTPS"}, "192.0.2.1", "https"},
		{"no scheme", []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "gopher"}, "192.0.2.1", ""},
		{"standard", []string{"Forwarded", `by=203.0.113.1;for=192.0.2.1;proto=https`}, "192.0.2.1", "https"},
		{"standard with a list", []string{"Forwarded", `for=198.51.100.1, For="[2001:DB8::1]:4711"; Proto="http"`}, "2001:db8::1", "http"},
		{"standard through two", []string{"Forwarded", `for=192.0.2.1;proto=https, for=127.0.0.2;proto=http`}, "192.0.2.1", "https"},
		{"standard that hides", []string{"Forwarded", `for=192.0.2.1, for=_hidden`}, none, ""},
		{"comma in quotes", []string{"Forwarded", `for=192.0.2.1;ext="a\",b;c"`}, "192.0.2.1", ""},
		{"quote without end", []string{"Forwarded", `for="192.0.2.1, for=198.51.100.1`}, none, ""},
		{"no pair", []string{"Forwarded", `for=192.0.2.1, for=198.51.100.1;nonsense`}, none, ""},
		{"both agree", []string{"Forwarded", "for=192.0.2.1;proto=https", "X-Forwarded-For", "192.0.2.1"}, "192.0.2.1", "https"},
		{"both disagree", []string{"Forwarded", "for=198.51.100.1", "X-Forwarded-For", "192.0.2.1"}, none, ""},
		{"many", []string{"X-Forwarded-For", strings.Repeat("192.0.2.1,", 1000) + "198.51.100.1"}, "198.51.100.1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f seawall.Fields
			for i := 0; i < len(tt.fields); i += 2 {
				f = append(f, seawall.Field{Name: tt.fields[i], Value: tt.fields[i+1]})
			}
			want := Origin{Proto: tt.proto}
			if tt.client != none {
				want.Client = netip.MustParseAddr(tt.client)
			}
			if got := ForwardedOrigin(f, netip.Addr.IsLoopback); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add(`for=192.0.2.60;proto=http;by=203.0.113.43`, "192.0.2.60, 127.0.0.1")
	f.Add(`For="[2001:db8:cafe::17]:4711", for=_a;ext="b\"c,d"`, "[2001:db8::1]:80")
	f.Add(`for="`, "unknown,,")
	f.Fuzz(func(t *testing.T, standard, custom string) {
		fields := seawall.Fields{{Name: "Forwarded", Value: standard}, {Name: "X-Forwarded-For", Value: custom}}
		o := ForwardedOrigin(fields, netip.Addr.IsLoopback)
		if o.Proto != "" && o.Proto != "http" && o.Proto != "https" {
			t.Errorf("scheme %q", o.Proto)
		}
		if o.Client != o.Client.Unmap() || o.Client.Zone() != "" {
			t.Errorf("client %v has two names", o.Client)
		}
		// Whatever a client sent itself makes no difference to what the proxy appends.
		appended := seawall.Fields{{Name: "X-Forwarded-For", Value: custom + ", 192.0.2.1"}}
		if got := ForwardedOrigin(appended, netip.Addr.IsLoopback); got.Client != netip.MustParseAddr("192.0.2.1") {
			t.Errorf("client %v, want the one that the proxy saw", got.Client)
		}
	})
}
