package agent

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/jetstream"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch/coordinator"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wire stands between agents and the bus, so that it can be cut. Whole connections go through it as they are.
type wire struct {
	ln net.Listener

	mu    sync.Mutex // guards what follows
	to    string
	cut   bool
	conns map[net.Conn]bool
	work  sync.WaitGroup
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	w := &wire{ln: ln, to: to, conns: map[net.Conn]bool{}}
	w.work.Go(w.accept)
	t.Cleanup(func() {
		_ = ln.Close()
		w.set(to, true)
		w.work.Wait()
	})
	return w
}

func (w *wire) accept() {
	for {
		c, err := w.ln.Accept()
		if err != nil {
			return
		}
		w.work.Go(func() { w.join(c) })
	}
}

func (w *wire) join(in net.Conn) {
	defer in.Close()
	w.mu.Lock()
	to, cut := w.to, w.cut
	w.mu.Unlock()
	if cut {
		return
	}
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	w.mu.Lock()
	w.conns[in], w.conns[out] = true, true
	w.mu.Unlock()
	ended := make(chan struct{}, 2)
	go func() { _, _ = io.Copy(out, in); _ = out.Close(); ended <- struct{}{} }()
	go func() { _, _ = io.Copy(in, out); _ = in.Close(); ended <- struct{}{} }()
	<-ended
	<-ended
	w.mu.Lock()
	delete(w.conns, in)
	delete(w.conns, out)
	w.mu.Unlock()
}

// set says where the wire leads, and cuts it or mends it.
func (w *wire) set(to string, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to, w.cut = to, cut
	if cut {
		for c := range w.conns {
			_ = c.Close()
		}
	}
}

// world is a lookout with its bus on loopback, sites on loopback, and what agents need to reach both.
type world struct {
	*testing.T
	dir    string
	pin    string
	keys   map[string]string // seeds
	may    []jetstream.Vantage
	listen string
	server *jetstream.Server
	conn   *jetstream.Conn
	c      *coordinator.Coordinator
	stop   func()
	store  *sqlite.Store
	sites  map[string]store.SiteID
	list   []coordinator.Site
	names  []string // hosts

	since  time.Time
	gate   atomic.Pointer[chan struct{}] // sites answer once it is closed
	mu     sync.Mutex                    // guards what follows
	inside map[string]int                // requests that wait for that, by host
	fates  map[store.Fate]int
	got    map[string][]coordinator.Report // results, by vantage
	sick   map[string]int                  // health reports, by vantage
}

func newWorld(t *testing.T, vantages ...string) *world {
	t.Helper()
	w := &world{
		T: t, dir: t.TempDir(), keys: map[string]string{}, listen: "127.0.0.1:0", sites: map[string]store.SiteID{}, inside: map[string]int{},
		fates: map[store.Fate]int{}, got: map[string][]coordinator.Report{}, sick: map[string]int{},
	}
	var err error
	w.store, err = sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(w.dir, sqlite.FileName)})
	check(t, err)
	t.Cleanup(func() { check(t, w.store.Close()) })
	for _, name := range vantages {
		seed, public, err := jetstream.NewKey()
		check(t, err)
		w.keys[name] = seed
		w.may = append(w.may, jetstream.Vantage{Name: name, PublicKey: public})
	}
	w.gate.Store(new(opened()))
	fake := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		w.count(host, 1)
		<-*w.gate.Load()
		w.count(host, -1)
		fmt.Fprintln(rw, "<title>Hello</title>")
	}))
	t.Cleanup(fake.Close)
	_, port, _ := net.SplitHostPort(fake.Listener.Addr().String())
	for i := range 6 {
		host := fmt.Sprintf("www.s%d.example", i)
		w.names = append(w.names, host)
		w.list = append(w.list, coordinator.Site{Name: host, URL: "http://" + host + ":" + port + "/"})
		w.sites[host], err = w.store.PutSite(t.Context(), store.Site{Name: host, URL: "http://" + host + ":" + port + "/", Host: host, Added: time.Now()})
		check(t, err)
	}
	w.up()
	t.Cleanup(func() { w.down() })
	return w
}

func opened() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// shut has sites take requests and answer none, until the function returned is called. From now on, has looks at what is asked since.
func (w *world) shut() (open func()) {
	w.since = time.Now()
	c := make(chan struct{})
	w.gate.Store(&c)
	open = sync.OnceFunc(func() { close(c) })
	w.Cleanup(open)
	return open
}

func (w *world) count(host string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inside[host] += n
}

// asking reports whether so many agents wait for the answer of each of these sites.
func (w *world) asking(agents int, numbers ...int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !slices.ContainsFunc(numbers, func(n int) bool { return w.inside[w.names[n]] < agents })
}

// up starts the lookout's side.
func (w *world) up() {
	w.Helper()
	cert, err := jetstream.Identity(filepath.Join(w.dir, "bus"), time.Now())
	check(w.T, err)
	w.pin, err = jetstream.Pin(cert)
	check(w.T, err)
	w.server, err = jetstream.Start(w.Context(), jetstream.Options{
		Dir: filepath.Join(w.dir, "bus"), Listen: w.listen, Vantages: w.may,
		Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert, nil },
	})
	check(w.T, err)
	w.listen = w.server.Addr().String()
	w.conn, err = w.server.Connect()
	check(w.T, err)
	w.c, err = coordinator.New(coordinator.Options{Bus: w.conn, Take: w.take, Logger: slog.New(slog.DiscardHandler)})
	check(w.T, err)
	var list []coordinator.Vantage
	for i, v := range w.may {
		list = append(list, coordinator.Vantage{Name: v.Name, Network: fmt.Sprint("AS6450", i), Country: "DK"})
	}
	check(w.T, w.c.SetVantages(list))
	w.c.SetSites(w.list)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.c.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		check(w.T, <-ended)
		check(w.T, w.conn.Close())
		check(w.T, w.server.Close())
	})
}

func (w *world) down() { w.stop() }

// take keeps results as the lookout does.
func (w *world) take(ctx context.Context, reports []coordinator.Report) error {
	var rows []store.Result
	var kept []coordinator.Report
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range reports {
		if r.Health != nil {
			w.sick[r.Vantage]++
			continue
		}
		rows = append(rows, store.FromProbe(w.sites[r.Result.Site], store.Key{Vantage: r.Vantage, Run: r.Run, Sequence: r.Sequence}, &r.Result.Probe))
		kept = append(kept, r)
	}
	fates, err := w.store.Append(ctx, rows)
	for i, f := range fates {
		w.fates[f]++
		if f == store.Stored {
			w.got[kept[i].Vantage] = append(w.got[kept[i].Vantage], kept[i])
		}
	}
	return err
}

// of returns the results of a vantage that were stored.
func (w *world) of(vantage string) []coordinator.Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got[vantage])
}

// setup returns what an agent of that name is started with, over an address.
func (w *world) setup(name, addr string) Setup {
	w.Helper()
	dir := filepath.Join(w.TempDir(), name)
	check(w.T, os.MkdirAll(dir, 0o700))
	file := func(kind, text string) string {
		path := filepath.Join(dir, kind)
		check(w.T, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	addresses := map[string][]netip.Addr{}
	for _, host := range w.names {
		addresses[host] = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	}
	return Setup{
		State: dir, Vantage: name, Connect: "tls://" + addr, Pin: w.pin, Key: file("key", w.keys[name]+"\n"), Logger: slog.New(slog.DiscardHandler),
		Allow: file("allow", "s0.example\ns1.example\ns2.example\ns3.example\ns4.example\n"), // and not the last
		Probe: probe.Options{
			Contact: "it@example.org", AllowHosts: slices.Sorted(maps.Keys(addresses)), Addresses: addresses,
			Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9")},
		},
	}
}

// start runs an agent until the test ends or the function returned is called.
func (w *world) start(s Setup) (a *Agent, stop func()) {
	w.Helper()
	a, err := New(w.Context(), s)
	check(w.T, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		check(w.T, <-ended)
	})
	w.Cleanup(stop)
	return a, stop
}

// until waits for something to come true.
func (w *world) until(what string, is func() bool) {
	w.Helper()
	deadline := time.Now().Add(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		if time.Now().After(deadline) {
			w.Fatalf("after half a minute: not %s\n%+v", what, w.c.Stats())
		}
		<-tick.C
	}
}

// doubt has sites asked at once, for the first time: whoever begins to doubt does not wait for a turn.
func (w *world) doubt(numbers ...int) {
	for _, n := range numbers {
		w.c.Doubt(w.list[n].Name, time.Now().Add(time.Minute))
	}
}

// has reports whether a vantage's results of these sites were stored.
func (w *world) has(vantage string, numbers ...int) bool {
	of := map[string]bool{}
	for _, r := range w.of(vantage) {
		if !r.At.Before(w.since) {
			of[r.Result.Site] = true
		}
	}
	return !slices.ContainsFunc(numbers, func(n int) bool { return !of[w.names[n]] })
}

// message returns a message that says that a vantage found something.
func message(vantage string, n int64, payload string) (bus.Message, error) {
	return bus.Envelope{Kind: bus.Result, Vantage: vantage, Run: "forged", Sequence: n, Sent: time.Now(), Payload: []byte(payload)}.Message()
}
