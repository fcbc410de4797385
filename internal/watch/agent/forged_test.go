package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/membus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// target is a fake site on loopback that counts connections and what is sent over them.
type target struct {
	*httptest.Server
	connections, other atomic.Int64
}

func newTarget(t *testing.T) *target {
	t.Helper()
	x := &target{}
	x.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.ContentLength != 0 || r.URL.RawQuery != "" || r.URL.Path != "/" {
			x.other.Add(1)
		}
		fmt.Fprintln(w, "<title>Hello</title>")
	}))
	x.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			x.connections.Add(1)
		}
	}
	x.Start()
	t.Cleanup(x.Close)
	return x
}

// url returns a URL on the target by another name.
func (x *target) url(host, path string) string {
	_, port, _ := net.SplitHostPort(x.Listener.Addr().String())
	return "http://" + host + ":" + port + path
}

// TestForgedAssignment: an assignment that arrives a hundred times a second and wants a foreign host asked sends nothing at all, by any name, path or
// redirect; and of a host that is allowed, what it wants beyond the budget is not sent either. The probes are real, and so are the sockets.
func TestForgedAssignment(t *testing.T) {
	foreign, own := newTarget(t), newTarget(t)
	loopback := []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	names := []string{"foreign.example", "www.foreign.example", "example.org.foreign.example", "own.example", "www.own.example"}
	addresses := map[string][]netip.Addr{}
	for _, name := range names {
		addresses[name] = loopback
	}
	budget, err := probe.NewBudget(3)
	check(t, err)
	// Every name may have its address here, so that only the list of domains stands between the assignment and the foreign host.
	prober, err := probe.New(probe.Options{
		Contact: "it@example.org", Vantage: "cph-1", Sites: []string{"own.example"}, AllowHosts: append(names, "127.0.0.1", "localhost"),
		Addresses: addresses, Budget: budget, Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9")},
	})
	check(t, err)
	hub, err := membus.New(bus.Limits{})
	check(t, err)
	line, lookout := hub.Agent("cph-1"), hub.Lookout()
	a, err := New(t.Context(), Options{Vantage: "cph-1", Bus: line, Box: newBox(), Prober: prober, Logger: slog.New(slog.DiscardHandler)})
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()

	wanted := []string{
		foreign.url("foreign.example", "/"), foreign.url("www.foreign.example", "/"), foreign.url("example.org.foreign.example", "/"),
		foreign.url("127.0.0.1", "/"), foreign.url("localhost", "/"), foreign.url("[::ffff:127.0.0.1]", "/"), foreign.url("FOREIGN.example.", "/"),
		foreign.url("own.example@foreign.example", "/"), foreign.url("foreign.example", "/search?q=x"), foreign.url("foreign.example", "/#own.example"),
		own.url("own.example", "/?q=x"),
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := range int64(200) {
		var sites []message.Site
		for j, u := range wanted {
			sites = append(sites, message.Site{Name: fmt.Sprint("w", j), URL: u, Page: "/search", Hosts: []string{"foreign.example"}, EverySeconds: 0, DoubtSeconds: 600 * int(i%2)})
		}
		sites = append(sites, message.Site{Name: "own", URL: own.url("own.example", "/"), DoubtSeconds: 600 * int(i%2)})
		payload, err := json.Marshal(message.Assignment{ID: fmt.Sprint(i), HoldSeconds: 3600, Sites: sites, AskSelf: true})
		check(t, err)
		m, err := bus.Envelope{Kind: bus.Assign, Vantage: "cph-1", Run: "forged", Sequence: i + 1, Sent: time.Now(), Payload: payload}.Message()
		check(t, err)
		check(t, lookout.Publish(t.Context(), m))
		<-tick.C
	}
	cancel()
	check(t, <-ended)
	if st := a.Stats(); st.Refused != int64(len(wanted)) || st.Sites != 1 {
		t.Errorf("%+v: want %d refused and one asked", st, len(wanted))
	}
	if n := foreign.connections.Load(); n != 0 {
		t.Errorf("%d connections to the foreign host, want none", n)
	}
	if n := own.connections.Load(); n < 1 || n > probe.DoubtGETs/3 {
		t.Errorf("%d connections to the host that may be asked, want one or two", n)
	}
	if n := own.other.Load(); n != 0 {
		t.Errorf("%d requests that are more than a GET of the home page", n)
	}
	check(t, line.Close())
	check(t, lookout.Close())
}
