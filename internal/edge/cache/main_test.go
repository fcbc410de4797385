package cache

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the tests take place.
var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

var courier = &seawall.Site{Name: "www.example.org", Origins: []string{"http://192.0.2.1:80"}, MaxStale: time.Hour}

func newCache(tb testing.TB, o Options) *Cache {
	tb.Helper()
	if o.MemoryBytes == 0 {
		o.MemoryBytes = 4 << 20
	}
	c, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c
}

// fields reads "Name: value" lines.
func fields(lines ...string) seawall.Fields {
	var f seawall.Fields
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		f = append(f, seawall.Field{Name: name, Value: strings.TrimSpace(value)})
	}
	return f
}

// request is a GET for uri, a path with or without a query.
func request(uri string, lines ...string) *seawall.Request {
	path, query, _ := strings.Cut(uri, "?")
	return &seawall.Request{Method: "GET", Host: courier.Name, TLS: true, Path: path, Query: query, Fields: fields(lines...)}
}

func withMethod(method string, r *seawall.Request) *seawall.Request {
	r.Method = method
	return r
}

// response is a head received at now without delay.
func response(now time.Time, status int, lines ...string) Response {
	return Response{Status: status, Fields: fields(lines...), RequestTime: now, ResponseTime: now}
}

// store records an answer to r that came at now, and returns the entry or nil.
func store(tb testing.TB, c *Cache, now time.Time, r *seawall.Request, body string, lines ...string) *Entry {
	tb.Helper()
	return record(tb, c.Begin(courier, r, response(now, 200, lines...)), body)
}

func record(tb testing.TB, rec *Recording, body string) *Entry {
	tb.Helper()
	if n, err := rec.Write([]byte(body)); n != len(body) || err != nil {
		tb.Fatalf("Write: got %d, %v, want %d, nil", n, err, len(body))
	}
	return rec.Commit()
}

// bodyOf returns the body that answers r at now, and the state.
func bodyOf(c *Cache, now time.Time, r *seawall.Request) (State, string) {
	hit := c.Lookup(now, courier, r)
	if hit.Entry == nil {
		return hit.State, ""
	}
	return hit.State, string(hit.Entry.Body)
}

func wantBody(tb testing.TB, c *Cache, now time.Time, r *seawall.Request, state State, body string) {
	tb.Helper()
	if gotState, got := bodyOf(c, now, r); gotState != state || got != body {
		tb.Errorf("%s %s: got %v %q, want %v %q", r.Method, r.Path, gotState, got, state, body)
	}
}
