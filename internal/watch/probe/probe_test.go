package probe

import (
	"net/http"
	"testing"
	"time"
)

func TestProbe(t *testing.T) {
	b := newBed(t)
	for _, tt := range []struct {
		name, url, protocol string
	}{
		{"plain", b.web(page), "HTTP/1.1"},
		{"secure", b.secure(page, "www.example.org"), "HTTP/2.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := b.prober(nil).Probe(t.Context(), Target{URL: tt.url})
			if r.Class != OK || r.Phase != PhaseDone || r.Status != http.StatusOK || r.Protocol != tt.protocol {
				t.Fatalf("got %+v", r)
			}
			if r.Evidence.Title != "The Example" || r.Evidence.Bytes == 0 || len(r.Evidence.BodySHA256) != 64 || r.Evidence.Simhash == 0 {
				t.Errorf("got evidence %+v", r.Evidence)
			}
			if r.Timings.Total <= 0 || r.Timings.Total > 5*time.Second || r.Timings.TTFB <= 0 || r.Timings.DNS <= 0 {
				t.Errorf("got timings %+v", r.Timings)
			}
			if (r.Evidence.Certificate != nil) != (tt.name == "secure") || (r.Timings.TLS != NotReached) != (tt.name == "secure") {
				t.Errorf("got certificate %+v after %v", r.Evidence.Certificate, r.Timings.TLS)
			}
		})
	}
}
