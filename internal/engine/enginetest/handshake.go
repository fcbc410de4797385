package enginetest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/engine"
)

func testHandshake(t *testing.T, newEngine Maker) {
	t.Run("versions", func(t *testing.T) { testVersions(t, newEngine) })
	t.Run("no time", func(t *testing.T) { testSlowHandshake(t, newEngine) })
	t.Run("slow ones keep nobody out", func(t *testing.T) { testSlowCrowd(t, newEngine) })
	t.Run("no room", func(t *testing.T) { testFullHandshakes(t, newEngine) })
	t.Run("plain text", func(t *testing.T) { testPlainToTLS(t, newEngine) })
	t.Run("unknown name", func(t *testing.T) { testUnknownName(t, newEngine) })
	t.Run("endless hello", func(t *testing.T) { testEndlessHello(t, newEngine) })
}

func testVersions(t *testing.T, newEngine Maker) {
	for _, tt := range []struct {
		name    string
		version uint16
		alpn    []string
		want    string
		ok      bool
	}{
		{"TLS 1.1", tls.VersionTLS11, nil, "", false},
		{"TLS 1.2", tls.VersionTLS12, []string{"h2", "http/1.1"}, "h2", true},
		{"TLS 1.3", tls.VersionTLS13, []string{"http/1.1"}, "http/1.1", true},
		{"no ALPN", tls.VersionTLS13, nil, "", true},
		{"unknown ALPN", tls.VersionTLS13, []string{"gopher"}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, n network) {
				h := &handler{serve: text("ok")}
				s := newStage(t, newEngine, n, h, Setup{})
				config := s.clientTLS(tt.alpn...)
				config.MinVersion, config.MaxVersion = tt.version, tt.version
				c := tls.Client(s.dial(s.secure), config)
				err := c.HandshakeContext(t.Context())
				if (err == nil) != tt.ok {
					t.Fatalf("handshake: %v, want success %v", err, tt.ok)
				}
				if got := c.ConnectionState().NegotiatedProtocol; got != tt.want {
					t.Errorf("negotiated %q, want %q", got, tt.want)
				}
				if !tt.ok {
					s.stop()
					if diff := cmp.Diff([]seawall.Reason{seawall.ReasonHandshake}, h.lost()); diff != "" {
						t.Error(diff)
					}
				}
			})
		})
	}
}

func testSlowHandshake(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		h := &handler{serve: text("ok")}
		s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{HandshakeTime: 3 * time.Second}})
		c := s.dial(s.secure)
		var dripping sync.WaitGroup
		dripping.Go(func() { drip(c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") })
		if got := untilClosed(c); got != 3*time.Second {
			t.Errorf("closed after %v, want 3s", got)
		}
		dripping.Wait()
		synctest.Wait()
		if diff := cmp.Diff([]seawall.Reason{seawall.ReasonHandshake}, h.lost()); diff != "" {
			t.Error(diff)
		}
	})
}

// testSlowCrowd fills an engine that has very little room for handshakes with clients who dawdle, before their hello and after it.
func testSlowCrowd(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		s := newStage(t, newEngine, n, &handler{serve: text("ok")}, Setup{Limits: engine.Limits{Handshakes: 1, HandshakesQueue: 1}})
		for range 20 {
			s.dial(s.secure)
			s.helloOnly()
			synctest.Wait() // else they compute at once, and most are rightly turned away
		}
		if got := s.engine.Stats(); got.Handshakes != 0 || got.Conns != 40 {
			t.Errorf("%+v, want 40 connections and no handshake that computes", got)
		}
		p := protos[2]
		begin := time.Now()
		if got := s.get(s.client(p), p).body; got != "ok" {
			t.Errorf("got %q, want ok", got)
		}
		if took := time.Since(begin); took > 0 {
			t.Errorf("a reader waited %v for others", took)
		}
	})
}

// testFullHandshakes has certificates that take long to find, one place to compute and one to wait.
func testFullHandshakes(t *testing.T, newEngine Maker) {
	inMemory(t, func(t *testing.T, n network) {
		h := &handler{serve: text("ok")}
		found := make(chan struct{})
		s := newStage(t, newEngine, n, h, Setup{
			Limits: engine.Limits{Handshakes: 1, HandshakesQueue: 1},
			TLS:    &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { <-found; return nil, nil }},
		})
		ended := make(chan error, 3)
		for i := range 3 {
			c := tls.Client(s.dial(s.secure), s.clientTLS())
			go func() { ended <- c.HandshakeContext(t.Context()) }()
			synctest.Wait()
			if got, want := s.engine.Stats().Handshakes, min(i+1, 2); got != want {
				t.Errorf("%d handshakes, want %d", got, want)
			}
		}
		if err := <-ended; err == nil {
			t.Error("the third handshake succeeded")
		}
		if diff := cmp.Diff([]seawall.Reason{seawall.ReasonHandshakes}, h.lost()); diff != "" {
			t.Error(diff)
		}
		close(found)
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("handshake: %v", err)
			}
		}
	})
}

// helloOnly sends a ClientHello and never goes on.
func (s *stage) helloOnly() {
	s.t.Helper()
	c := mute{s.dial(s.secure)}
	_ = tls.Client(c, s.clientTLS()).HandshakeContext(s.t.Context()) // ends with the error that mute returns
}

// mute is a connection whose owner listens to nobody.
type mute struct{ net.Conn }

func (mute) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// Write leaves out the alert that follows a failed read.
func (m mute) Write(p []byte) (int, error) {
	if p[0] != recordHandshake {
		return len(p), nil
	}
	return m.Conn.Write(p)
}

// recordHandshake is the type of a TLS record that carries a handshake (RFC 8446, section 5.1).
const recordHandshake = 22

func testPlainToTLS(t *testing.T, newEngine Maker) {
	onBoth(t, func(t *testing.T, n network) {
		h := &handler{serve: text("ok")}
		s := newStage(t, newEngine, n, h, Setup{})
		c := s.dial(s.secure)
		send(t, c, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
		untilClosed(c)
		s.stop()
		if got := h.count(); got != 0 {
			t.Errorf("served %d requests without TLS", got)
		}
		if diff := cmp.Diff([]seawall.Reason{seawall.ReasonHandshake}, h.lost()); diff != "" {
			t.Error(diff)
		}
	})
}

// testUnknownName asks for a name that there is no certificate for, and expects to be told so.
func testUnknownName(t *testing.T, newEngine Maker) {
	onBoth(t, func(t *testing.T, n network) {
		h := &handler{serve: text("ok")}
		s := newStage(t, newEngine, n, h, Setup{})
		config := s.clientTLS()
		config.ServerName = "www.example.com"
		err := tls.Client(s.dial(s.secure), config).HandshakeContext(t.Context())
		if alert, ok := errors.AsType[*net.OpError](err); !ok || alert.Err.Error() != alertUnrecognizedName {
			t.Errorf("handshake: %v, want %q", err, alertUnrecognizedName)
		}
		s.stop()
		if diff := cmp.Diff([]seawall.Reason{seawall.ReasonUnknownHost}, h.lost()); diff != "" {
			t.Error(diff)
		}
	})
}

// alertUnrecognizedName is how crypto/tls tells of the alert 112 (RFC 6066, section 3).
const alertUnrecognizedName = "tls: unrecognized name"

// testEndlessHello sends the beginning of a ClientHello of 64 KiB, and expects to be cut off at the limit and not for want of time.
func testEndlessHello(t *testing.T, newEngine Maker) {
	const limit = 8 << 10
	inMemory(t, func(t *testing.T, n network) {
		h := &handler{serve: text("ok")}
		s := newStage(t, newEngine, n, h, Setup{Limits: engine.Limits{HelloBytes: limit}})
		c := s.dial(s.secure)
		record := "\x16\x03\x01\x04\x00" + strings.Repeat("\x00", 1<<10)
		_, _ = io.WriteString(c, record[:5]+"\x01\x00\xff\xff"+record[9:]+strings.Repeat(record, 2*limit>>10))
		if got := untilClosed(c); got > 0 {
			t.Errorf("closed after %v, want at once", got)
		}
		synctest.Wait()
		if diff := cmp.Diff([]seawall.Reason{seawall.ReasonHandshake}, h.lost()); diff != "" {
			t.Error(diff)
		}
	})
}
