package jetstream

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is an embedded server on loopback with two vantages.
type rig struct {
	*Server
	dir   string
	tls   *tls.Config
	seeds map[string]string
	keys  []Vantage
}

func newRig(t *testing.T, l bus.Limits) *rig {
	t.Helper()
	r := &rig{dir: filepath.Join(t.TempDir(), "bus"), seeds: map[string]string{}}
	for _, name := range []string{"cph-1", "arh-1"} {
		seed, public := newKey(t)
		r.seeds[name] = seed
		r.keys = append(r.keys, Vantage{name, public})
	}
	r.up(t, l, "127.0.0.1:0")
	t.Cleanup(func() { check(t, r.Close()) })
	return r
}

// up starts the server, anew if it was closed.
func (r *rig) up(t *testing.T, l bus.Limits, listen string) {
	t.Helper()
	cert, err := Identity(r.dir, time.Now())
	check(t, err)
	pin, err := Pin(cert)
	check(t, err)
	r.tls, err = Pinned(pin)
	check(t, err)
	r.Server, err = Start(t.Context(), Options{
		Dir: r.dir, Listen: listen, Vantages: r.keys, Limits: l,
		Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert, nil },
	})
	check(t, err)
}

func (r *rig) url() string { return "tls://" + r.Addr().String() }

// Lookout implements [bustest.Place].
func (r *rig) Lookout(t *testing.T) bus.Bus {
	t.Helper()
	c, err := r.Connect()
	check(t, err)
	return c
}

// Agent implements [bustest.Place].
func (r *rig) Agent(t *testing.T, vantage string) bus.Bus {
	t.Helper()
	up := make(chan bool, 1)
	c, err := Connect(ConnectOptions{
		URL: r.url(), Name: vantage, Vantage: vantage, Seed: []byte(r.seeds[vantage]), TLS: r.tls,
		State: func(is bool, _ error) {
			if is {
				select {
				case up <- true:
				default:
				}
			}
		},
	})
	check(t, err)
	select {
	case <-up:
	case <-time.After(10 * time.Second):
		t.Fatal("the agent does not come up")
	}
	return c
}

// raw connects as a vantage, or as nobody, without what this package refuses by itself.
func (r *rig) raw(t *testing.T, seed string, options ...nats.Option) (*nats.Conn, error) {
	t.Helper()
	o := ConnectOptions{Seed: []byte(seed)}
	key, err := o.key()
	check(t, err)
	nc, err := nats.Connect(r.url(), append([]nats.Option{key, nats.Secure(r.tls), nats.MaxReconnects(0)}, options...)...)
	if err == nil {
		t.Cleanup(nc.Close)
	}
	return nc, err
}

func newKey(t *testing.T) (seed, public string) {
	t.Helper()
	seed, public, err := NewKey()
	check(t, err)
	return seed, public
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// elsewhere is a rig whose lookout connects as to a cluster that somebody else runs.
type elsewhere struct {
	*rig
	limits bus.Limits
}

// Lookout implements [bustest.Place].
func (e elsewhere) Lookout(t *testing.T) bus.Bus {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lookout.nk")
	check(t, os.WriteFile(path, e.seed, 0o600))
	c, err := Connect(ConnectOptions{URL: e.url(), Name: "lookout", Credentials: path, TLS: e.tls, Limits: e.limits})
	check(t, err)
	for until := time.Now().Add(10 * time.Second); !c.Connected(); {
		if time.Now().After(until) {
			t.Fatal("the lookout does not come up")
		}
		<-time.After(5 * time.Millisecond)
	}
	return c
}

func TestBusElsewhere(t *testing.T) {
	bustest.Run(t, func(t *testing.T, l bus.Limits) bustest.Place { return elsewhere{newRig(t, l), l} })
}

func TestBus(t *testing.T) {
	bustest.Run(t, func(t *testing.T, l bus.Limits) bustest.Place { return newRig(t, l) })
}
