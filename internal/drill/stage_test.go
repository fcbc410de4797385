package drill

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/seawall-project/seawall/internal/drill/loopback"
	"github.com/seawall-project/seawall/internal/drill/paper"
)

// TestStages asks every act's stage for the front page, with sources bound by the system and with sources in PROXY headers, as on systems
// that cannot bind them.
func TestStages(t *testing.T) {
	for _, proxied := range []bool{false, true} {
		r, err := Prepare(Options{Network: loopback.New(loopback.Options{Proxy: proxied})})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range acts {
			s, err := r.raise(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			front, _ := r.paper.Page(paper.FrontPath)
			if got := get(t, r, s); got != string(front.Body) {
				t.Errorf("proxied %v, %s: got %d bytes, want the front page", proxied, a.name, len(got))
			}
			if err := s.stop(); err != nil {
				t.Error(err)
			}
			if got := s.tally.Counts().Forward; a.seawall != (got == 1) {
				t.Errorf("proxied %v, %s: Seawall forwarded %d requests", proxied, a.name, got)
			}
		}
	}
}

func get(t *testing.T, r *Rehearsal, s *stage) string {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: r.authority.Pool(), ServerName: siteName},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return r.Network.Dial(ctx, netip.MustParseAddr("127.130.1.1"), s.front)
		},
	}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("https://" + siteName + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
