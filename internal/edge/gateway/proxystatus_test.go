package gateway_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// TestProxyStatus: every answer of Seawall's own says whose fault it is, in the words of RFC 9209, and no answer of the origin's does.
func TestProxyStatus(t *testing.T) {
	with := func(change func(r *seawall.Request)) *seawall.Request {
		r := request("GET", "/").Request
		change(&r)
		return &r
	}
	field := func(name, value string) func(r *seawall.Request) {
		return func(r *seawall.Request) { r.Fields = append(r.Fields, seawall.Field{Name: name, Value: value}) }
	}
	for name, test := range map[string]struct {
		request *seawall.Request
		status  int
		want    string
	}{
		"the page":         {with(func(*seawall.Request) {}), 200, ""},
		"another host":     {with(func(r *seawall.Request) { r.Host = "other.example" }), 421, "destination_not_found"},
		"TRACE":            {with(func(r *seawall.Request) { r.Method = "TRACE" }), 501, "http_request_denied"},
		"no path":          {with(func(r *seawall.Request) { r.Path = "" }), 400, "http_request_error"},
		"a flaw":           {with(func(r *seawall.Request) { r.Flaw = seawall.ReasonRepeatedLength }), 400, "http_request_error"},
		"too long":         {with(func(r *seawall.Request) { r.Method, r.BodySize = "POST", 1<<40 }), 413, "http_request_error"},
		"malformed field":  {with(field("X-Bad", "a\nb")), 400, "http_request_error"},
		"round in circles": {with(field("Via", "1.1 seawall, 1.1 seawall, 2.0 seawall")), 508, "proxy_loop_detected"},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := newRawBench(t, saying("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 5\r\n\r\nhello"))
			x := request("GET", "/")
			x.Request = *test.request
			want := test.want
			if want != "" {
				want = "Seawall; error=" + want
			}
			if got := b.ask(t.Context(), x); got.status != test.status || got.fields.Get("Proxy-Status") != want {
				t.Errorf("got %d %q, want %d %q", got.status, got.fields.Get("Proxy-Status"), test.status, want)
			}
		})
	}
}

// TestProxyStatusOfAFullQueue: who waited in vain was not let down by the origin.
func TestProxyStatusOfAFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := make(chan struct{})
		b := newBench(t, admit.Options{Start: 1, Min: 1, Max: 1}, func(context.Context, *seawall.Request, seawall.Fields, io.Reader) (*origin.Response, error) {
			<-busy
			return answering(200, "no-store", "hello"), nil
		})
		go b.Serve(t.Context(), request("GET", "/busy"))
		synctest.Wait()
		begun := time.Now()
		got := b.ask(t.Context(), request("GET", "/"))
		if want := "Seawall; error=connection_limit_reached"; got.status != 503 || got.fields.Get("Proxy-Status") != want || time.Since(begun) > 2*time.Second {
			t.Errorf("got %d %q after %v, want 503 %q", got.status, got.fields.Get("Proxy-Status"), time.Since(begun), want)
		}
		close(busy)
		synctest.Wait()
	})
}

// TestProxyStatusTellsNothing: what the origin's addresses are is nobody's business, whatever its errors say.
func TestProxyStatusTellsNothing(t *testing.T) {
	b, _ := newRawBench(t, nil)
	got := b.ask(t.Context(), request("GET", "/"))
	if got.fields.Get("Proxy-Status") == "" {
		t.Error("no Proxy-Status")
	}
	all := got.body.String()
	for _, f := range got.fields {
		all += "\n" + f.Name + ": " + f.Value
	}
	if i := slices.IndexFunc([]string{"origin.example.org", "dial", ":80"}, func(secret string) bool { return strings.Contains(all, secret) }); i >= 0 {
		t.Errorf("the answer tells where the origin is: %s", all)
	}
}
