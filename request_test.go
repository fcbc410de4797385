package seawall

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFields(t *testing.T) {
	fields := Fields{
		{"Accept", "text/html"},
		{"x-empty", ""},
		{"Via", "1.1 first"},
		{"VIA", "1.1 second"},
		{"via", "1.1 third"},
		{"K-Sign", "ascii"},
	}
	for _, tt := range []struct {
		name   string
		get    string
		has    bool
		values []string
	}{
		{"Accept", "text/html", true, []string{"text/html"}},
		{"aCCEPT", "text/html", true, []string{"text/html"}},
		{"X-Empty", "", true, []string{""}},
		{"Via", "1.1 first", true, []string{"1.1 first", "1.1 second", "1.1 third"}},
		{"Vi", "", false, nil},
		{"Via ", "", false, nil},
		{"", "", false, nil},
		{"\u212a-Sign", "", false, nil}, // the Kelvin sign folds to k, but not in ASCII
	} {
		if got := fields.Get(tt.name); got != tt.get {
			t.Errorf("Get(%q): got %q, want %q", tt.name, got, tt.get)
		}
		if got := fields.Has(tt.name); got != tt.has {
			t.Errorf("Has(%q): got %v, want %v", tt.name, got, tt.has)
		}
		if diff := cmp.Diff(tt.values, slices.Collect(fields.Values(tt.name))); diff != "" {
			t.Errorf("Values(%q) (-want +got):\n%s", tt.name, diff)
		}
	}
	var none Fields
	if none.Has("Accept") || none.Get("Accept") != "" || slices.Collect(none.Values("Accept")) != nil {
		t.Error("no fields: found one")
	}
}

func TestValuesStopsWhenAsked(t *testing.T) {
	fields := Fields{{"Via", "a"}, {"Via", "b"}, {"Via", "c"}}
	var got []string
	for v := range fields.Values("via") {
		got = append(got, v)
		if v == "b" {
			break
		}
	}
	if want := []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWith(t *testing.T) {
	fields := Fields{{"Accept", "text/html"}, {"via", "a"}, {"Range", "bytes=0-"}, {"VIA", "b"}}
	for _, tt := range []struct {
		name, value string
		want        Fields
	}{
		{"Via", "c", Fields{{"Accept", "text/html"}, {"Range", "bytes=0-"}, {"Via", "c"}}},
		{"range", "", Fields{{"Accept", "text/html"}, {"via", "a"}, {"VIA", "b"}}},
		{"Age", "1", Fields{{"Accept", "text/html"}, {"via", "a"}, {"Range", "bytes=0-"}, {"VIA", "b"}, {"Age", "1"}}},
		{"Age", "", Fields{{"Accept", "text/html"}, {"via", "a"}, {"Range", "bytes=0-"}, {"VIA", "b"}}},
	} {
		if diff := cmp.Diff(tt.want, fields.With(tt.name, tt.value)); diff != "" {
			t.Errorf("With(%q, %q) (-want +got):\n%s", tt.name, tt.value, diff)
		}
	}
	if want := (Fields{{"Accept", "text/html"}, {"via", "a"}, {"Range", "bytes=0-"}, {"VIA", "b"}}); !slices.Equal(fields, want) {
		t.Errorf("the fields themselves have changed: %v", fields)
	}
}

func TestSafeMethod(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE"} { // RFC 9110, section 9.2.1
		if !SafeMethod(method) {
			t.Errorf("%s is not safe", method)
		}
	}
	for _, method := range []string{"", "get", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "FLOOD"} {
		if SafeMethod(method) {
			t.Errorf("%q is safe", method)
		}
	}
}

func TestLists(t *testing.T) {
	f := Fields{{"Connection", "keep-alive ,\tUpgrade,,"}, {"Via", "1.1 a"}, {"connection", "X-A"}}
	if got, want := slices.Collect(f.Members("CONNECTION")), []string{"keep-alive", "Upgrade", "X-A"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for range f.Members("Connection") {
		break // stops when asked
	}
	for member, want := range map[string]bool{"upgrade": true, "x-a": true, "": false, "keep": false, "alive": false} {
		if got := f.Lists("Connection", member); got != want {
			t.Errorf("lists %q: %v, want %v", member, got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { f.Lists("Connection", "close") }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestAsksForWebSocket(t *testing.T) {
	asks := Fields{{"Connection", "keep-alive, Upgrade"}, {"Upgrade", "WebSocket"}}
	for _, tt := range []struct {
		name   string
		method string
		proto  Proto
		size   int64
		fields Fields
		want   bool
	}{
		{"asks", "GET", HTTP11, 0, asks, true},
		{"with a body", "GET", HTTP11, 4, asks, false},
		{"POST", "POST", HTTP11, 0, asks, false},
		{"HTTP/1.0", "GET", HTTP10, 0, asks, false},
		{"HTTP/2", "GET", HTTP2, 0, asks, false},
		{"not for this connection", "GET", HTTP11, 0, asks[1:], false},
		{"for another protocol", "GET", HTTP11, 0, Fields{asks[0], {"Upgrade", "h2c"}}, false},
	} {
		if got := AsksForWebSocket(tt.method, tt.proto, tt.size, tt.fields); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
