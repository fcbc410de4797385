package lookout

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/agent"
	"github.com/seawall-project/seawall/internal/control"
	pgtest "github.com/seawall-project/seawall/internal/testkit/postgres"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestService runs the whole on loopback: a real site, the socket, the metrics, and the same folder again.
func TestService(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testService(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t)
		testService(t, storeURL(server))
	})
}

// storeURL names the server's first database as --store takes it.
func storeURL(s *pgtest.Server) string {
	query := url.Values{}
	for part := range strings.FieldsSeq(s.URL("postgres")) {
		if name, value, ok := strings.Cut(part, "="); ok {
			query.Set(name, value)
		}
	}
	return "postgres:///?" + query.Encode()
}

func testService(t *testing.T, database string) {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<title>The Example</title>")
	}))
	t.Cleanup(site.Close)
	state, admin := t.TempDir(), freeAddress(t)
	for range 2 {
		s, err := NewService(t.Context(), Setup{
			State: state, Store: database, Probe: probe.Options{Contact: "it@example.org", AllowHosts: []string{"127.0.0.1"}},
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
		if err != nil || len(found) != 1 || found[0].Result.Class != probe.OK || found[0].Result.Evidence.Title != "The Example" {
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
	if Kept(state) != (database == "") {
		t.Errorf("a file in the state folder: %v", Kept(state))
	}
	db, err := OpenStore(t.Context(), state, database) // what commands do when nothing runs
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	past, err := History.Ask(t.Context(), Here(&Desk{Store: db, Now: time.Now}), Span{Site: "example"})
	if err != nil || len(past.Results) == 0 {
		t.Errorf("kept: %+v, %v", past, err)
	}
}

func TestCheckStoreURL(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://seawall@db.example/watch?passfile=/etc/seawall/pgpass": "",
		"postgresql://db.example:5433/watch":                               "",
		"postgres://seawall:hunter2@db.example/watch":                      "has a password in it",
		"postgres://db.example/watch?user=a&password=hunter2":              "has a password in it",
		"host=db.example password=hunter2":                                 "not the URL",
		"mysql://seawall:hunter2@db.example/watch":                         "not the URL",
		"postgres://seawall:hunter2@[::1/watch":                            "not the URL",
		"postgres://db.example/watch?a=hunter2%zz":                         "cannot be read",
	} {
		err := CheckStoreURL(text)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
		if err != nil && !errors.Is(err, control.ErrRefused) {
			t.Errorf("%s: %v is not for the person who asked", text, err)
		}
	}
}

// await waits, for half a minute at most, until something real has happened.
func await(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 1500 {
		if done() {
			return
		}
		<-tick.C
	}
	t.Fatal("half a minute, and it has not happened")
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

// TestVantagesElsewhere has an agent measure for the lookout, over the bus: what it finds is kept and judged beside what this place finds, and a
// vantage that is removed may say nothing more.
func TestVantagesElsewhere(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<title>The Example</title>") }))
	t.Cleanup(site.Close)
	_, port, err := net.SplitHostPort(site.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	const host = "www.s0.example"
	eyes := probe.Options{
		Contact: "it@example.org", AllowHosts: []string{host}, Addresses: map[string][]netip.Addr{host: {netip.MustParseAddr("127.0.0.1")}},
		Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9")},
	}
	state := t.TempDir()
	s, err := NewService(t.Context(), Setup{
		State: state, Probe: eyes, Vantage: watch.Vantage{Name: "office", Network: "AS64496"}, Logger: slog.New(slog.DiscardHandler),
		Sites: []Spec{{URL: "http://" + host + ":" + port + "/"}}, Bus: BusSetup{Listen: "127.0.0.1:0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	at := s.vantages.server.Addr().String()
	stop := start(t, s.Run)
	way := There(&control.Client{Path: SocketPath(state)})
	seed, public, err := NewVantageKey()
	if err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		_, err := VantageAdd.Ask(t.Context(), way, NewVantage{Name: "cph-1", Network: "AS64500", Country: "DK", PublicKey: public})
		return err == nil
	})
	pin, err := BusPin(state, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"key": seed, "allow": "s0.example\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := agent.New(t.Context(), agent.Setup{
		State: dir, Vantage: "cph-1", Connect: "tls://" + at, Pin: pin, Key: filepath.Join(dir, "key"), Allow: filepath.Join(dir, "allow"),
		Logger: slog.New(slog.DiscardHandler), Probe: eyes,
	})
	if err != nil {
		t.Fatal(err)
	}
	stopAgent := start(t, a.Run)
	s.vantages.coordinator.Doubt(host, time.Now().Add(time.Minute)) // whoever begins to doubt does not wait for a turn
	seen := func() map[string]bool {
		past, err := History.Ask(t.Context(), way, Span{Site: host})
		from := map[string]bool{}
		for _, r := range past.Results {
			from[r.Vantage] = err == nil
		}
		return from
	}
	await(t, func() bool { return seen()["cph-1"] })
	await(t, func() bool {
		st, ok := s.Lookout().Status(host)
		return ok && slices.ContainsFunc(st.Matrix, func(p watch.Probe) bool { return p.Vantage == "cph-1" && p.Class == probe.OK })
	})
	if _, err := VantageRemove.Ask(t.Context(), way, NamedVantage{"cph-1"}); err != nil {
		t.Error(err)
	}
	if _, ok := s.Lookout().Stats().Health["cph-1"]; ok {
		t.Error("a vantage that was removed still takes part")
	}
	stopAgent()
	stop()
}

// start runs something until it is stopped, and holds that it ends well.
func start(t *testing.T, run func(ctx context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}
