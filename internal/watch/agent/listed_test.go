package agent

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/membus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestListedPathIsNotAsked: a site that redirects to what an attack order names is not followed there by an agent that was told so, and is by one
// that was not. The probes are real, and so are the sockets.
func TestListedPathIsNotAsked(t *testing.T) {
	for name, c := range map[string]struct {
		listed   []message.Listed
		homeOnly []string
		class    probe.Class
		named    int32 // requests to the path that orders name
	}{
		"nothing is listed":   {class: probe.OK, named: 1},
		"the redirect leads":  {listed: []message.Listed{{Host: "own.example", Paths: []string{"/se$_1"}}}, class: probe.RefusedTarget},
		"every path is meant": {listed: []message.Listed{message.Listed{Host: "own.example", Paths: []string{"/x"}}.Short()}, class: probe.RefusedTarget},
		"home pages only":     {homeOnly: []string{"own.example"}, class: probe.RefusedTarget},
		"but for this host":   {homeOnly: []string{"own.example"}, listed: []message.Listed{{Host: "own.example", Paths: []string{"/x"}}}, class: probe.OK, named: 1},
	} {
		t.Run(name, func(t *testing.T) {
			var named atomic.Int32
			x := newTarget(t)
			x.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/secret" {
					named.Add(1)
					_, _ = w.Write([]byte("<title>Hello</title>"))
					return
				}
				http.Redirect(w, r, "/secret", http.StatusFound)
			})
			got := askOnce(t, x.url("own.example", "/"), message.Assignment{Listed: c.listed, HomeOnly: c.homeOnly})
			if got.Class != c.class || named.Load() != c.named {
				t.Errorf("%v (%s), and %d requests to what is named; want %v and %d", got.Class, got.Evidence.Error, named.Load(), c.class, c.named)
			}
		})
	}
}

// TestOptOutIsHeardElsewhere: a site that redirects to a host of its domain that has opted out, or lies below one, is not followed there.
func TestOptOutIsHeardElsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		outs  []string
		class probe.Class
		asked int32 // requests to the host that opted out
	}{
		"nobody": {class: probe.OK, asked: 1},
		"it":     {outs: []string{"a.quiet.own.example"}, class: probe.RefusedTarget},
		"above":  {outs: []string{"quiet.own.example"}, class: probe.RefusedTarget},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			x := newTarget(t)
			x.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.Host, "a.quiet.") {
					asked.Add(1)
					_, _ = w.Write([]byte("<title>Hello</title>"))
					return
				}
				http.Redirect(w, r, x.url("a.quiet.own.example", "/"), http.StatusFound)
			})
			got := askOnce(t, x.url("own.example", "/"), message.Assignment{OptOuts: c.outs})
			if got.Class != c.class || asked.Load() != c.asked {
				t.Errorf("%v (%s), and %d requests to who opted out; want %v and %d", got.Class, got.Evidence.Error, asked.Load(), c.class, c.asked)
			}
		})
	}
}

// askOnce runs an agent until it has told of the one site that it is assigned, with the rules of as.
func askOnce(t *testing.T, url string, as message.Assignment) probe.Result {
	t.Helper()
	budget, err := probe.NewBudget(1) // room for a redirect
	check(t, err)
	p, err := probe.New(probe.Options{
		Contact: "it@example.org", Vantage: "cph-1", Sites: []string{"own.example"}, AllowHosts: []string{"own.example", "a.quiet.own.example"}, Budget: budget,
		Addresses: map[string][]netip.Addr{"own.example": {netip.MustParseAddr("127.0.0.1")}, "a.quiet.own.example": {netip.MustParseAddr("127.0.0.1")}},
		Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9")},
	})
	check(t, err)
	hub, err := membus.New(bus.Limits{})
	check(t, err)
	line, lookout := hub.Agent("cph-1"), hub.Lookout()
	a, err := New(t.Context(), Options{Vantage: "cph-1", Bus: line, Box: newBox(), Prober: p, Share: 1, Logger: slog.New(slog.DiscardHandler)})
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	q, err := lookout.Collect(ctx)
	check(t, err)
	as.ID, as.HoldSeconds, as.Sites = "a", 600, []message.Site{{Name: "own", URL: url, EverySeconds: 3600, DoubtSeconds: 60}} // once, for the doubt
	payload, err := json.Marshal(as)
	check(t, err)
	defer func() {
		cancel()
		check(t, <-ended)
		check(t, q.Close())
		check(t, line.Close())
		check(t, lookout.Close())
	}()
	for sequence := int64(1); ; sequence++ { // the agent may not listen yet
		m, err := bus.Envelope{Kind: bus.Assign, Vantage: "cph-1", Run: "lookout", Sequence: sequence, Sent: time.Now(), Payload: payload}.Message()
		check(t, err)
		check(t, lookout.Publish(ctx, m))
		wait, done := context.WithTimeout(ctx, time.Second)
		batch, _ := q.Next(wait, 10)
		done()
		check(t, ctx.Err())
		for _, d := range batch {
			e, err := bus.Open(d.Message)
			check(t, err)
			d.Done()
			if e.Kind == bus.Result {
				r, err := message.ReadResult("cph-1", e.Payload)
				check(t, err)
				return r.Probe
			}
		}
	}
}
