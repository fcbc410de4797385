package status

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestServer(t *testing.T) {
	s := &Server{Now: func() time.Time { return night.Add(time.Minute) }}
	ask := func(method, target string, fields ...string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	want := func(r *httptest.ResponseRecorder, status int, fields ...string) {
		t.Helper()
		if r.Code != status {
			t.Errorf("got %d, want %d", r.Code, status)
		}
		for i := 0; i < len(fields); i += 2 {
			if got := r.Header().Get(fields[i]); !strings.Contains(got, fields[i+1]) {
				t.Errorf("%s: got %q, want %q", fields[i], got, fields[i+1])
			}
		}
		if r.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(r.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("an answer without protection: %v", r.Header())
		}
	}

	want(ask("GET", "/"), 503, "Retry-After", "30", "Cache-Control", "no-store")

	s.Show(mustRender(t, owner(nil), night)) // due after five minutes, of which four are left
	const kept = "public, max-age=240, stale-if-error=86400"
	first := ask("GET", "/")
	want(first, 200, "Content-Type", "text/html", "Cache-Control", kept, "Last-Modified", "Mon, 17 Nov 2025 20:07:30 GMT")
	want(ask("HEAD", "/"+JSON), 200, "Content-Type", "application/json", "Access-Control-Allow-Origin", "*")
	want(ask("GET", "/feed.da.xml"), 200, "Content-Type", "application/atom+xml")
	want(ask("GET", "/", "If-None-Match", first.Header().Get("ETag")), 304, "Cache-Control", kept)
	for _, target := range []string{"/da.html", "/index.html/", "//index.html", "/../etc/passwd", "/.", "/%2e%2e/x", "/Index.html"} {
		want(ask("GET", target), 404)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "TRACE"} {
		want(ask(method, "/"), 405, "Allow", "GET, HEAD")
	}

	second := mustRender(t, owner(func(o *Owner) { o.Sites[0].State = Working }), night)
	second.Due = night // it is late
	s.Show(second)
	want(ask("GET", "/", "If-None-Match", first.Header().Get("ETag")), 200, "Cache-Control", "public, max-age=10,")
	second.Due = time.Time{} // frozen
	s.Show(second)
	want(ask("GET", "/"), 200, "Cache-Control", "public, max-age=60,")
	second.Due = night.Add(24 * time.Hour)
	s.Show(second)
	want(ask("GET", "/"), 200, "Cache-Control", "public, max-age=900,")
}
