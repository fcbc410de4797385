package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/config"
)

// file is a configuration file that a test changes.
type file struct {
	t    *testing.T
	path string
}

func newFile(t *testing.T, format string, args ...any) file {
	t.Helper()
	f := file{t, filepath.Join(t.TempDir(), "seawall.yaml")}
	f.write(format, args...)
	return f
}

func (f file) write(format string, args ...any) {
	f.t.Helper()
	if err := os.WriteFile(f.path, fmt.Appendf(nil, strings.TrimPrefix(format, "\n"), args...), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f file) load() (*config.Config, error) { return config.Read(f.path) }

// startFile runs what f says.
func startFile(t *testing.T, f file, o Options) *running {
	t.Helper()
	cfg, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	o.Config, o.Load = cfg, f.load
	return start(t, o)
}

func reload(t *testing.T, a *running) {
	t.Helper()
	if _, err := a.Reload(t.Context()); err != nil {
		t.Fatalf("reload: %v", err)
	}
}

const twoSites = `
version: 1
listen: 127.0.0.1:0
admin: off
control: off
access_log: {to: off}
sites:
  - name: www.example.org
    origin: %s
    tls: off
  - name: %s
    origin: %s
    tls: off
`

// TestReloadUnderLoad changes the sites again and again while readers ask for pages. Every one of them is answered by the origin of the
// site that was asked for, over connections that stay.
func TestReloadUnderLoad(t *testing.T) {
	const readers, pages, reloads = 8, 150, 40
	one, two := serveOn(t, say("one")), serveOn(t, say("two"))
	f := newFile(t, twoSites, one, "a.example.org", two)
	var odd []string // outcomes that are not a page, by the goroutine that reads the ring
	var seen int
	a := startFile(t, f, Options{Observe: []func(*seawall.Outcome){func(o *seawall.Outcome) {
		seen++
		if o.Status != http.StatusOK || o.Reason != seawall.ReasonMiss {
			odd = append(odd, fmt.Sprintf("%+v", *o))
		}
	}}})

	var all sync.WaitGroup
	for n := range readers {
		c, err := to(a.Addrs()[0])(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		all.Go(func() {
			from := bufio.NewReader(c)
			for i := range pages {
				if text, err := pageOn(c, from, fmt.Sprintf("/%d/%d", n, i)); err != nil || text != "one" {
					t.Errorf("reader %d, page %d: got %q, %v", n, i, text, err)
					return
				}
			}
		})
	}
	for i := range reloads {
		f.write(twoSites, one, fmt.Sprintf("site%d.example.org", i), two)
		reload(t, a)
	}
	all.Wait()
	a.stop()
	if odd != nil {
		t.Errorf("not every outcome is a page: %v", odd)
	}
	if seen != readers*pages {
		t.Errorf("%d outcomes, want %d", seen, readers*pages)
	}
	if got := samples(t, a.App)["seawall_reloads_total"]; got != reloads {
		t.Errorf("%v reloads counted, want %d", got, reloads)
	}
}

// pageOn asks for a page on a connection that stays open.
func pageOn(c net.Conn, from *bufio.Reader, path string) (string, error) {
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: www.example.org\r\n\r\n", path); err != nil {
		return "", err
	}
	resp, err := http.ReadResponse(from, nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

func page(ctx context.Context, c *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// TestReloadKeeps holds what outlives a reload: stored pages, what admission learned, the way to the origin; and that a site with another
// origin has none of the last two.
func TestReloadKeeps(t *testing.T) {
	var asked atomic.Int64
	origin := serveOn(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Cache-Control", "max-age=600")
		_, _ = io.WriteString(w, "page")
	})
	f := newFile(t, twoSites, origin, "a.example.org", origin)
	a := startFile(t, f, Options{})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	get(t, c, "http://www.example.org/")
	before := a.graph()

	f.write(twoSites, origin, "b.example.org", origin)
	reload(t, a)
	after := a.graph()
	if got := get(t, c, "http://www.example.org/"); got.body != "page" || asked.Load() != 1 {
		t.Errorf("got %q, the origin asked %d times; want the stored page", got.body, asked.Load())
	}
	if before.cache != after.cache || before.admit[0] != after.admit[0] || before.ways[0] != after.ways[0] {
		t.Error("cache, admission or the way to the origin did not outlive the reload")
	}
	if before.admit[1] == after.admit[1] || before.ways[1] == after.ways[1] {
		t.Error("a new site took over what belonged to another")
	}
	if got := get(t, c, "http://b.example.org/"); got.StatusCode != http.StatusOK {
		t.Errorf("the new site: got %d", got.StatusCode)
	}
	if got := get(t, c, "http://a.example.org/"); got.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("the site that went: got %d, want 421", got.StatusCode)
	}
	if n := before.users.Load(); n != 0 {
		t.Errorf("the graph before has %d users, want it closed", n)
	}
	if n := before.ways[1].users.Load(); n != 0 {
		t.Errorf("the way to an origin that nobody wants has %d users", n)
	}
}

// TestReloadEndsUnderTheOld: a request that is under way ends under the configuration it began with.
func TestReloadEndsUnderTheOld(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	slow := serveOn(t, func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		_, _ = io.WriteString(w, "slow page")
	})
	f := newFile(t, twoSites, slow, "a.example.org", slow)
	a := startFile(t, f, Options{})
	c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
	got := make(chan string, 1)
	go func() {
		text, err := page(t.Context(), c, "http://www.example.org/")
		got <- fmt.Sprint(text, err)
	}()
	<-begun
	before := a.graph()
	other := serveOn(t, say("other"))
	f.write(twoSites, other, "a.example.org", other)
	reload(t, a)
	if got := samples(t, a.App)["seawall_configurations"]; got != 2 {
		t.Errorf("%v configurations in use, want the one before and the one in force", got)
	}
	if before.users.Load() != 1 {
		t.Errorf("the graph before has %d users, want the request", before.users.Load())
	}
	if got := get(t, reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil), "http://www.example.org/"); got.body != "other" {
		t.Errorf("a request after the reload: got %q", got.body)
	}
	close(finish)
	if text := <-got; text != "slow page<nil>" {
		t.Errorf("got %q, want the slow page", text)
	}
	a.stop()
	if n := a.front.open.Load(); n != 0 {
		t.Errorf("%d configurations in use after the end", n)
	}
}

// TestReloadRefused: what is wrong is said at its place and changes nothing, no listener included.
func TestReloadRefused(t *testing.T) {
	origin := serveOn(t, say("page"))
	f := newFile(t, twoSites, origin, "a.example.org", origin)
	opened := &opened{}
	a := startFile(t, f, Options{Listen: opened.listen})
	taken := busy(t)
	for name, tt := range map[string]struct{ text, want string }{
		"not YAML": {"version: [", "1:10: syntax: "},
		"an unknown key": {
			"version: 1\nsites: [{name: www.example.org, orign: \"http://127.0.0.1:1\"}]\n",
			"2:33: sites[0].orign: is not a known key (did you mean origin?)",
		},
		"an address in use": {
			"version: 1\nadmin: off\nlisten: [\"127.0.0.1:0\", \"127.0.0.1:0\", \"" + taken + "\"]\nsites: [{name: www.example.org, origin: \"http://127.0.0.1:1\", tls: off}]\n",
			"3:40: listen[2]: " + taken + " is already in use (stop the program that listens there, or choose another address)",
		},
		"encryption where there was none": {
			"version: 1\nadmin: off\nlisten: " + a.Addrs()[0].String() + "\nsites: [{name: www.example.org, origin: \"http://127.0.0.1:1\"}]\n",
			"3:1: listen[0]: " + a.Addrs()[0].String() + " is in use by this Seawall in another way (restart Seawall for this change, or choose another address)",
		},
		"other proxies": {
			"version: 1\nadmin: off\ntrust: [192.0.2.1]\nsites: [{name: www.example.org, origin: \"http://127.0.0.1:1\", tls: off}]\n",
			"3:1: trust: cannot change while Seawall runs (restart Seawall for this change)",
		},
		"a certificate that is not there": {
			"version: 1\nadmin: off\nlisten: 127.0.0.1:0\nsites:\n  - name: www.example.org\n    origin: http://127.0.0.1:1\n    tls: {cert: /none/c, key: /none/k}\n",
			"7:11: sites[0].tls.cert: stat /none/c: no such file or directory (give Seawall's user the right to read it, or correct the path)",
		},
		"a log that cannot be written": {
			"version: 1\nadmin: off\nlisten: 127.0.0.1:0\naccess_log: {to: /none/log}\nsites: [{name: www.example.org, origin: \"http://127.0.0.1:1\", tls: off}]\n",
			"4:14: access_log.to: the folder of /none/log does not exist (make it, or choose another path)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, sockets := a.graph(), slices.Clone(a.sockets)
			f.write("%s", tt.text)
			_, err := a.Reload(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v\nwant … %s", err, tt.want)
			}
			if a.graph() != before || !slices.Equal(a.sockets, sockets) {
				t.Error("something changed")
			}
			for _, ln := range opened.all[1:] {
				if c, err := to(ln.Addr())(t.Context(), "", ""); err == nil {
					c.Close()
					t.Errorf("%v is still open", ln.Addr())
				}
			}
			if got := get(t, reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil), "http://www.example.org/"); got.body != "page" {
				t.Errorf("readers get %d %q", got.StatusCode, got.body)
			}
		})
	}
	if got := samples(t, a.App)["seawall_reloads_refused_total"]; got != 7 {
		t.Errorf("%v refused reloads counted, want 7", got)
	}
}

// TestReloadListeners moves the listener for readers: the new one serves at once, and what is under way on the old one is finished.
func TestReloadListeners(t *testing.T) {
	origin := serveOn(t, say("page"))
	const text = `
version: 1
listen: %s
admin: 127.0.0.1:0
control: off
access_log: {to: off}
sites: [{name: www.example.org, origin: "%s", tls: off}]
`
	f := newFile(t, text, "127.0.0.1:0", origin)
	a := startFile(t, f, Options{})
	old, admin := a.Addrs()[0], a.AdminAddr()
	f.write(text, `["127.0.0.2:0"]`, origin)
	reload(t, a)
	if got := get(t, reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil), "http://www.example.org/"); got.body != "page" {
		t.Errorf("the new listener: got %q", got.body)
	}
	if len(a.Addrs()) != 1 || a.Addrs()[0].String() == old.String() {
		t.Errorf("got %v, want the new address alone", a.Addrs())
	}
	if a.AdminAddr() != admin {
		t.Error("the listener that did not change was opened anew")
	}
	a.stop() // waits for the old one's end
	if c, err := to(old)(t.Context(), "", ""); err == nil {
		c.Close()
		t.Error("the old listener is still open")
	}
}

// TestReloadSites follows the metrics of sites as they come and go.
func TestReloadSites(t *testing.T) {
	f := newFile(t, twoSites, "http://127.0.0.1:1", "a.example.org", "http://127.0.0.1:1")
	a := startFile(t, f, Options{})
	f.write(twoSites, "http://127.0.0.1:1", "b.example.org", "http://127.0.0.1:1")
	reload(t, a)
	var got []string
	for name := range samples(t, a.App) {
		if site, found := strings.CutPrefix(name, `seawall_origin_requests{site=`); found {
			got = append(got, site)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{`"b.example.org"}`, `"www.example.org"}`}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReloadWithoutFile(t *testing.T) {
	a := start(t, Options{Config: oneSite(t, "http://127.0.0.1:1", "off")})
	if _, err := a.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "started with flags") {
		t.Errorf("got %v", err)
	}
}

// TestReloadAfterTheEnd is refused and opens nothing.
func TestReloadAfterTheEnd(t *testing.T) {
	f := newFile(t, twoSites, "http://127.0.0.1:1", "a.example.org", "http://127.0.0.1:1")
	a := startFile(t, f, Options{})
	a.stop()
	if _, err := a.Reload(t.Context()); err == nil {
		t.Error("a reload after the end went well")
	}
}

// TestNotify holds what a service manager hears, in order.
func TestNotify(t *testing.T) {
	var mu sync.Mutex
	var said []string
	f := newFile(t, twoSites, "http://127.0.0.1:1", "a.example.org", "http://127.0.0.1:1")
	beat := make(chan struct{}, 1)
	a := startFile(t, f, Options{Watchdog: 2 * time.Millisecond, Notify: func(state string) {
		state, _, _ = strings.Cut(state, "\n")
		if state == "WATCHDOG=1" {
			select {
			case beat <- struct{}{}:
			default:
			}
			return
		}
		mu.Lock()
		defer mu.Unlock()
		said = append(said, state)
	}})
	<-beat
	reload(t, a)
	f.write("version: 2\n")
	if _, err := a.Reload(t.Context()); err == nil {
		t.Error("a bad file was taken up")
	}
	a.stop()
	want := []string{"READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDistinctHosts asks for ten thousand hosts that are none of ours: each is refused and counted once, and nothing grows by them.
func TestDistinctHosts(t *testing.T) {
	const hosts = 10_000
	var refused atomic.Int64
	a := start(t, Options{Config: oneSite(t, "http://127.0.0.1:1", "off"), Observe: []func(*seawall.Outcome){func(o *seawall.Outcome) {
		if o.Reason == seawall.ReasonUnknownHost && o.Status == 421 && o.Site == "" {
			refused.Add(1)
		}
	}}})
	before := len(samples(t, a.App))
	var all sync.WaitGroup
	for n := range 4 {
		c := reader(t, "HTTP/1.1", to(a.Addrs()[0]), nil)
		all.Go(func() {
			for i := n; i < hosts; i += 4 {
				got := get(t, c, "http://www.example.org/", fmt.Sprintf("Host: h%d.example.org", i))
				if got.StatusCode != http.StatusMisdirectedRequest {
					t.Errorf("host %d: got %d, want 421", i, got.StatusCode)
				}
			}
		})
	}
	all.Wait()
	if n := a.graph().cache.Stats().Entries; n != 0 {
		t.Errorf("%d answers are stored for hosts that are none of ours", n)
	}
	a.stop()
	if n, lost := refused.Load(), a.ring.Dropped(); n+lost != hosts || lost > hosts/10 {
		t.Errorf("%d refusals seen and %d lost, want %d together", n, lost, hosts)
	}
	after := samples(t, a.App)
	if grown := len(after) - before; grown > 20 {
		t.Errorf("%d series came for %d hosts", grown, hosts)
	}
	const name = `seawall_outcomes_total{action="refuse",answer="none",reason="unknown_host",site=""}`
	if after[name] != float64(refused.Load()) {
		t.Errorf("%s: got %v, want %d", name, after[name], refused.Load())
	}
}
