package lookout

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestService runs the whole on loopback: a real site, the socket, the metrics, and the same folder again.
func TestService(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<title>The Example</title>")
	}))
	t.Cleanup(site.Close)
	state, admin := t.TempDir(), freeAddress(t)
	for range 2 {
		s, err := NewService(t.Context(), Setup{
			State: state, Probe: probe.Options{Contact: "it@example.org", AllowHosts: []string{"127.0.0.1"}},
			Vantage: watch.Vantage{Name: "office", Network: "AS64496"}, Logger: slog.New(slog.DiscardHandler), Admin: admin,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		way := There(&control.Client{Path: SocketPath(state)})
		await(t, func() bool {
			_, err := Add.Ask(ctx, way, []Spec{{URL: site.URL, Name: "example"}})
			return err == nil
		})
		found, err := Measure.Ask(ctx, way, Named{"example"})
		if err != nil || len(found) != 1 || found[0].Class != probe.OK || found[0].Evidence.Title != "The Example" {
			t.Fatalf("measured: %+v, %v", found, err)
		}
		await(t, func() bool {
			past, err := History.Ask(ctx, way, Span{Site: "example"})
			return err == nil && len(past.Results) > 0
		})
		await(t, func() bool {
			return strings.Contains(page(t, "http://"+admin+"/metrics"), `probe_success{target="127.0.0.1"} 1`)
		})
		await(t, func() bool { return page(t, "http://"+admin+"/healthz") == "ok\n" })
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

// await waits, for ten seconds at most, until something real has happened.
func await(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if done() {
			return
		}
		<-tick.C
	}
	t.Fatal("ten seconds, and it has not happened")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func page(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return string(body)
}
