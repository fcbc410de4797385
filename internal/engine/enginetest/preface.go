package enginetest

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"

	"github.com/seawall-project/seawall"
)

// testPreface expects a connection to be what its handshake agreed on.
func testPreface(t *testing.T, newEngine Maker) {
	const get = "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n"
	for _, tt := range []struct {
		name, alpn, first string
	}{
		{"HTTP/1.1 after h2", "h2", get},
		{"preface goes wrong", "h2", http2.ClientPreface[:18] + "XX\r\n\r\n"},
		{"preface after http/1.1", "http/1.1", http2.ClientPreface + h2Frames(settings)},
		{"preface after no ALPN", "", http2.ClientPreface + h2Frames(settings)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, n network) {
				h := &handler{serve: text("ok")}
				s := newStage(t, newEngine, n, h, Setup{})
				var alpn []string
				if tt.alpn != "" {
					alpn = []string{tt.alpn}
				}
				c := s.dialTLS(alpn...)
				send(t, c, tt.first)
				wantClosed(t, c)
				s.stop()
				if got := h.count(); got != 0 {
					t.Errorf("served %d requests, want 0", got)
				}
				if diff := cmp.Diff([]seawall.Reason{seawall.ReasonBadRequest}, h.lost()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
	t.Run("byte by byte", func(t *testing.T) {
		inMemory(t, func(t *testing.T, n network) {
			s := newStage(t, newEngine, n, &handler{serve: text("ok")}, Setup{})
			c := s.dialTLS("http/1.1")
			for _, b := range []byte(get) {
				send(t, c, string(b))
				synctest.Wait()
			}
			if got, err := receive(c); got.body != "ok" || err != nil {
				t.Errorf("got %q, %v, want ok", got.body, err)
			}
		})
	})
}
