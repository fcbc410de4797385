package wire

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

func TestHeadOf(t *testing.T) {
	r := &http.Request{
		Method: "POST", RequestURI: "/a%20b?c=d", Host: "WWW.example.org:443",
		Header: http.Header{"X-B": {"2", "1"}, "Cookie": {"a=b; c=d"}, "Content-Length": {"4"}, "Expect": {"100-continue"}},
	}
	want := &Head{
		Proto: seawall.HTTP3, Method: "POST", Host: "www.example.org", Path: "/a%20b", Query: "c=d", Size: 4, Expect: true,
		Fields: seawall.Fields{
			{Name: "content-length", Value: "4"},
			{Name: "cookie", Value: "a=b; c=d"},
			{Name: "expect", Value: "100-continue"},
			{Name: "x-b", Value: "2"},
			{Name: "x-b", Value: "1"},
		},
	}
	if diff := cmp.Diff(want, HeadOf(r, Limits{}), ignoreTrailer); diff != "" {
		t.Error(diff)
	}
}

func TestHeadOfFlaws(t *testing.T) {
	for _, tt := range []struct {
		name, method, target, host string
		header                     http.Header
		want                       seawall.Reason
	}{
		{"in order", "GET", "/", "example.org", nil, seawall.ReasonNone},
		{"no host", "GET", "/", "exa mple.org", nil, seawall.ReasonHostField},
		{"user", "GET", "/", "a@example.org", nil, seawall.ReasonHostField},
		{"fragment", "GET", "/#a", "example.org", nil, seawall.ReasonBadTarget},
		{"space", "GET", "/a b", "example.org", nil, seawall.ReasonBadTarget},
		{"all", "GET", "*", "example.org", nil, seawall.ReasonBadTarget},
		{"connection", "GET", "/", "example.org", http.Header{"Connection": {"close"}}, seawall.ReasonConnectionField},
		{"coding", "POST", "/", "example.org", http.Header{"Transfer-Encoding": {"chunked"}}, seawall.ReasonConnectionField},
		{"TE", "GET", "/", "example.org", http.Header{"Te": {"gzip"}}, seawall.ReasonConnectionField},
		{"length", "POST", "/", "example.org", http.Header{"Content-Length": {"+4"}}, seawall.ReasonBadLength},
		{"lengths", "POST", "/", "example.org", http.Header{"Content-Length": {"4", "4"}}, seawall.ReasonRepeatedLength},
		{"expectation", "POST", "/", "example.org", http.Header{"Expect": {"more"}}, seawall.ReasonExpectation},
		{"value", "GET", "/", "example.org", http.Header{"X-A": {"b\nc"}}, seawall.ReasonBadField},
		{"fields", "GET", "/", "example.org", http.Header{"X-A": make([]string, 101)}, seawall.ReasonHeadTooLarge},
	} {
		r := &http.Request{Method: tt.method, RequestURI: tt.target, Host: tt.host, Header: tt.header}
		if got := HeadOf(r, Limits{}).Flaw; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestHeadOfSizes: the library does not show whether a body follows, so the method tells where no length does.
func TestHeadOfSizes(t *testing.T) {
	for method, want := range map[string]int64{"GET": 0, "HEAD": 0, "DELETE": 0, "POST": -1, "PUT": -1, "PATCH": -1} {
		r := &http.Request{Method: method, RequestURI: "/", Host: "example.org"}
		if got := HeadOf(r, Limits{}).Size; got != want {
			t.Errorf("%s: size %d, want %d", method, got, want)
		}
		r.Header = http.Header{"Content-Length": {"4"}}
		if got := HeadOf(r, Limits{}).Size; got != 4 {
			t.Errorf("%s with a length: size %d, want 4", method, got)
		}
	}
}
