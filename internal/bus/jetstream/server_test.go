package jetstream

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/seawall-project/seawall/internal/bus"
)

func result(vantage string) bus.Message {
	return bus.Message{Subject: bus.Subject{Kind: bus.Result, Vantage: vantage}, Data: []byte(`{"n":1}`)}
}

func TestNoPortByDefault(t *testing.T) {
	s, err := Start(t.Context(), Options{Dir: t.TempDir()})
	check(t, err)
	defer s.Close()
	if a := s.Addr(); a != nil {
		t.Errorf("it listens on %s", a)
	}
	if a := s.nats.Addr(); a != nil {
		t.Errorf("NATS listens on %s", a)
	}
	c, err := s.Connect()
	check(t, err)
	defer c.Close()
	check(t, c.Publish(t.Context(), result("cph-1")))
}

func TestTLSAlone(t *testing.T) {
	r := newRig(t, bus.Limits{})
	// Plain: the server says hello and wants TLS; what is not TLS ends the connection unheard.
	conn, err := net.Dial("tcp", r.Addr().String())
	check(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "CONNECT {}\r\nPUB watch.result.cph-1 2\r\n{}\r\nPING\r\n")
	check(t, err)
	check(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	said, _ := io.ReadAll(conn)
	if strings.Contains(string(said), "PONG") {
		t.Errorf("the server answered a plain connection: %s", said)
	}
	if _, err := r.raw(t, r.seeds["cph-1"], nats.Secure(&tls.Config{MinVersion: tls.VersionTLS13})); err == nil {
		t.Error("an agent that verifies by the system's authorities connected")
	}
}

func TestPinHolds(t *testing.T) {
	r := newRig(t, bus.Limits{})
	cert, err := Identity(t.TempDir(), time.Now())
	check(t, err)
	pin, err := Pin(cert)
	check(t, err)
	other, err := Pinned(pin)
	check(t, err)
	if _, err := r.raw(t, r.seeds["cph-1"], nats.Secure(other)); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("with the pin of another server: %v", err)
	}
}

func TestIdentityStays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bus")
	first, err := Identity(dir, time.Now())
	check(t, err)
	again, err := Identity(dir, time.Now())
	check(t, err)
	a, err := Pin(first)
	check(t, err)
	b, err := Pin(again)
	check(t, err)
	if a != b {
		t.Errorf("pin %s became %s", a, b)
	}
	info, err := os.Stat(filepath.Join(dir, identityName))
	check(t, err)
	if m := info.Mode().Perm(); m != 0o600 {
		t.Errorf("mode %o", m)
	}
	check(t, os.WriteFile(filepath.Join(dir, identityName), []byte("damaged"), 0o600))
	if _, err := Identity(dir, time.Now()); err == nil {
		t.Error("a damaged file is read")
	}
}

func TestPins(t *testing.T) {
	for _, pin := range []string{"", "sha256:", "sha256:00", "md5:" + strings.Repeat("0", 64), strings.Repeat("0", 64), "sha256:" + strings.Repeat("g", 64)} {
		if _, err := Pinned(pin); err == nil {
			t.Errorf("%q: no error", pin)
		}
	}
}

func TestWrongKey(t *testing.T) {
	r := newRig(t, bus.Limits{})
	seed, _ := newKey(t)
	if _, err := r.raw(t, seed); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("with a key that nobody knows: %v", err)
	}
	if _, err := nats.Connect(r.url(), nats.Secure(r.tls)); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("without a key: %v", err)
	}
	if n := r.Stats().Trouble; n < 2 {
		t.Errorf("%d counted, want both", n)
	}
}

// TestVantagesComeAndGo: one that is removed is disconnected, another is not, and a new one may connect.
func TestVantagesComeAndGo(t *testing.T) {
	r := newRig(t, bus.Limits{})
	gone := make(chan error, 1)
	_, err := r.raw(t, r.seeds["cph-1"], nats.ClosedHandler(func(nc *nats.Conn) { gone <- nc.LastError() }))
	check(t, err)
	stays := r.Agent(t, "arh-1")
	defer stays.Close()
	lookout, err := r.Connect()
	check(t, err)
	defer lookout.Close()

	if at := r.Remote("arh-1"); at != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("arh-1 is connected from %v", at)
	}
	if at := r.Remote("odense-1"); at.IsValid() {
		t.Errorf("who is not connected is connected from %v", at)
	}
	seed, public := newKey(t)
	check(t, r.SetVantages([]Vantage{r.keys[1], {"odense-1", public}}))
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("a removed vantage stays connected")
	}
	if _, err := r.raw(t, r.seeds["cph-1"]); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("a removed vantage connects: %v", err)
	}
	if _, err := r.raw(t, seed); err != nil {
		t.Errorf("a new vantage: %v", err)
	}
	check(t, stays.Publish(t.Context(), result("arh-1")))
	check(t, lookout.Publish(t.Context(), result("arh-1")))
	if !stays.(*Conn).Connected() || !lookout.Connected() {
		t.Error("somebody else was disconnected too")
	}
}

func TestVantagesAreChecked(t *testing.T) {
	r := newRig(t, bus.Limits{})
	_, public := newKey(t)
	for name, v := range map[string][]Vantage{
		"name":     {{"*", public}},
		"no key":   {{"a", ""}},
		"no nkey":  {{"a", "UAAA"}},
		"name two": {{"a", public}, {"a", r.keys[0].PublicKey}},
		"key two":  {{"a", public}, {"b", public}},
		"many":     make([]Vantage, maxVantages+1),
	} {
		if err := r.SetVantages(v); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRestart: what was kept before is there after, what is not done comes again, and agents come back by themselves.
func TestRestart(t *testing.T) {
	r := newRig(t, bus.Limits{})
	agent := r.Agent(t, "cph-1")
	defer agent.Close()
	check(t, agent.Publish(t.Context(), result("cph-1")))
	listen := r.Addr().String()
	check(t, r.Close())
	check(t, r.Close())
	if err := agent.Publish(t.Context(), result("cph-1")); !errors.Is(err, bus.ErrLost) {
		t.Errorf("without a server: %v", err)
	}
	r.up(t, bus.Limits{}, listen)
	lookout, err := r.Connect()
	check(t, err)
	defer lookout.Close()
	q, err := lookout.Collect(t.Context())
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	batch, err := q.Next(ctx, 1)
	check(t, err)
	batch[0].Done()
	for agent.Publish(ctx, result("cph-1")) != nil { // it is back within two seconds
		select {
		case <-ctx.Done():
			t.Fatal("the agent does not come back")
		case <-time.After(20 * time.Millisecond):
		}
	}
	batch, err = q.Next(ctx, 1)
	check(t, err)
	batch[0].Done()
}

func TestStartFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer taken.Close()
	cert := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("none") }
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	for name, o := range map[string]Options{
		"no folder":      {},
		"no certificate": {Dir: t.TempDir(), Listen: "127.0.0.1:0"},
		"port in use":    {Dir: t.TempDir(), Listen: taken.Addr().String(), Certificate: cert},
		"no port":        {Dir: t.TempDir(), Listen: "127.0.0.1", Certificate: cert},
		"a file":         {Dir: file},
		"limits":         {Dir: t.TempDir(), Limits: bus.Limits{Bytes: -1}},
	} {
		s, err := Start(t.Context(), o)
		if err == nil {
			t.Errorf("%s: it started", name)
			check(t, s.Close())
		}
	}
}

func TestSeeds(t *testing.T) {
	seed, public := newKey(t)
	path := filepath.Join(t.TempDir(), "cph-1.nk")
	check(t, os.WriteFile(path, []byte("# the key of cph-1\n\n  "+seed+"\n"), 0o600))
	got, err := ReadSeed(path)
	check(t, err)
	if string(got) != seed {
		t.Errorf("got %q", got)
	}
	check(t, os.WriteFile(path, []byte(public+"\n"+seed[:len(seed)-1]+"\n"), 0o600))
	if _, err := ReadSeed(path); err == nil || strings.Contains(err.Error(), seed[:20]) {
		t.Errorf("a public and a damaged key: %v", err)
	}
	if _, err := ReadSeed(path + ".not"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range []time.Duration{time.Second, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
		for range 100 {
			if got := backoff(n); got < want*3/4 || got > want*5/4 {
				t.Fatalf("attempt %d waits %v, want about %v", n, got, want)
			}
		}
	}
}
