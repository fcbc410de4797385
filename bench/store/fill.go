package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// generator makes results as probes make them: one a minute of each site, each site at its own second, timings of its own around which they
// vary, now and then a failure, and a page that changes every few minutes.
type generator struct {
	rng   *rand.Rand
	sites []site
	next  int64
}

type site struct {
	id      store.SiteID
	offset  time.Duration
	base    time.Duration // what a site's timings vary around
	hash    uint64
	simhash uint64
	fails   int // minutes that its failure still lasts
}

func newGenerator(n int) *generator {
	g := &generator{rng: rand.New(rand.NewPCG(1, 1)), sites: make([]site, n)}
	for i := range g.sites {
		g.sites[i] = site{
			id: store.SiteID(i + 1), offset: time.Duration(i) * time.Minute / time.Duration(n),
			base: time.Duration(20+g.rng.IntN(180)) * time.Millisecond, hash: g.rng.Uint64(), simhash: g.rng.Uint64(),
		}
	}
	return g
}

// round returns one minute's results.
func (g *generator) round(minute int) []store.Result {
	rs := make([]store.Result, len(g.sites))
	for i := range g.sites {
		g.next++
		rs[i] = g.result(&g.sites[i], begin.Add(time.Duration(minute)*time.Minute))
	}
	return rs
}

func (g *generator) result(s *site, at time.Time) store.Result {
	vary := func(share float64) time.Duration {
		return time.Duration(float64(s.base) * share * (0.5 + g.rng.ExpFloat64()))
	}
	r := store.Result{
		Key:  store.Key{Vantage: "home", Run: "20251105T000000Z-5f3c", Sequence: g.next},
		Site: s.id, At: at.Add(s.offset + time.Duration(g.rng.Int64N(int64(time.Minute)/int64(len(g.sites))))), Class: probe.OK, Phase: probe.PhaseDone,
		Status: 200, Protocol: "HTTP/2.0", Family: probe.IPv4, Bytes: 20000 + g.rng.Int64N(80000),
		Timings: probe.Timings{DNS: vary(0.2), TCP: vary(0.3), TLS: vary(0.6), TTFB: vary(1), Body: vary(0.4)},
	}
	if g.rng.IntN(5) == 0 {
		s.hash, s.simhash = g.rng.Uint64(), s.simhash^1<<g.rng.IntN(64)
	}
	r.BodyHash, r.Simhash = s.hash, s.simhash
	r.Timings.Total = r.Timings.DNS + r.Timings.TCP + r.Timings.TLS + r.Timings.TTFB + r.Timings.Body
	if s.fails == 0 && g.rng.IntN(2000) == 0 {
		s.fails = 1 + g.rng.IntN(30)
	}
	if s.fails > 0 {
		s.fails--
		r.Class, r.Phase, r.Status, r.Protocol, r.Bytes, r.BodyHash, r.Simhash = probe.TCPTimeout, probe.PhaseTCP, 0, "", 0, 0, 0
		r.Timings = probe.Timings{
			DNS: r.Timings.DNS, TCP: 5 * time.Second, TLS: probe.NotReached, TTFB: probe.NotReached, Body: probe.NotReached,
			Total: r.Timings.DNS + 5*time.Second,
		}
	}
	return r
}

// fill makes the store and fills it.
func (b *bench) fill(ctx context.Context) error {
	if _, err := os.Stat(b.path); err == nil {
		return fmt.Errorf("%s is there already", b.path)
	}
	s, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	g := newGenerator(b.sites)
	if err := b.list(ctx, s, g); err != nil {
		return err
	}
	began, longest := time.Now(), time.Duration(0)
	for m := 0; m < b.minutes; {
		var rs []store.Result
		for end := min(m+b.batch, b.minutes); m < end; m++ {
			rs = append(rs, g.round(m)...)
		}
		start := time.Now()
		if _, err := s.Append(ctx, rs); err != nil {
			return err
		}
		longest = max(longest, time.Since(start))
		if m%720 == 0 {
			fmt.Fprintf(b.log, "%d of %d rows, %v\n", m*b.sites, b.rows, time.Since(began).Round(time.Second))
		}
	}
	took := time.Since(began)
	fmt.Fprintf(b.log, "filled: %v, %.1f µs a row; %d minutes' results in one write: %v at most\n",
		took.Round(time.Second), float64(took.Microseconds())/float64(b.minutes*b.sites), b.batch, longest.Round(time.Millisecond))
	return nil
}

// list puts the sites on the list and gives each a current state.
func (b *bench) list(ctx context.Context, s store.Store, g *generator) error {
	var step store.Step
	for i := range g.sites {
		name := "site-" + strconv.Itoa(i) + ".example"
		id, err := s.PutSite(ctx, store.Site{Name: name, URL: "https://" + name + "/", Host: name, Added: begin})
		if err != nil {
			return err
		}
		g.sites[i].id = id
		doc, err := json.Marshal(map[string]any{
			"seen_from": []string{"home", "ams", "hel"}, "window": "uuuuuuuuuuuuuuuuuuuu", "class": "ok", "words": map[string]string{"en": "working", "da": "virker"},
			"last": map[string]any{"vantage": "home", "ttfb_ms": 83, "status": 200, "address": "192.0.2.17", "final_url": "https://" + name + "/"},
		})
		if err != nil {
			return err
		}
		step.States = append(step.States, store.State{Site: id, State: "up", Since: begin, At: begin, Doc: doc})
	}
	return s.Apply(ctx, step)
}
