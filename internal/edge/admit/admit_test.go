package admit

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

func newController(t testing.TB, o Options) *Controller {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func from(addr, target string) *seawall.Request {
	return &seawall.Request{Method: "GET", Path: target, Client: seawall.ClientAt(netip.MustParseAddr(addr))}
}

func (c *Controller) enter(r *seawall.Request) *Ticket { return c.Enter(epoch, r, c.Classify(r)) }

func isSettled(t *Ticket) bool {
	select {
	case <-t.Settled():
		return true
	default:
		return false
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Min: -1}, {Start: 3}, {Start: 20, Max: 10}, {Queue: -1}, {Templates: 3}, {Networks: 1}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestLimitAndQueue(t *testing.T) {
	c := newController(t, Options{Start: 2, Min: 1, Max: 2, Queue: 2})
	a, b := c.enter(from("192.0.2.1", "/")), c.enter(from("198.51.100.1", "/"))
	if !a.Granted() || !b.Granted() {
		t.Fatal("there was room, and no place was given")
	}
	w1, w2 := c.enter(from("203.0.113.1", "/")), c.enter(from("203.0.113.1", "/"))
	if isSettled(w1) || isSettled(w2) {
		t.Fatal("there was no room, and a place was given")
	}
	if full := c.enter(from("203.0.113.1", "/")); full != nil {
		t.Error("the queue was full with this address's own requests, and one more was taken")
	}
	a.Done(epoch, Result{Cost: time.Millisecond, Known: true})
	if !w1.Granted() || w2.Granted() {
		t.Error("the freed place did not go to the first that waits")
	}
	w2.Leave(epoch)
	b.Leave(epoch)
	w1.Leave(epoch)
	w1.Leave(epoch) // twice does nothing
	w1.Done(epoch, Result{Cost: time.Second})
	if l := c.Load(epoch); l.InFlight != 0 || l.Queued != 0 {
		t.Errorf("left over: %+v", l)
	}
}

// TestEvict fills the queue from one network: a newcomer from another takes one of its places.
func TestEvict(t *testing.T) {
	c := newController(t, Options{Start: 1, Min: 1, Max: 1, Queue: 3})
	c.enter(from("192.0.2.1", "/"))
	var loud []*Ticket
	for range 3 {
		loud = append(loud, c.enter(from("203.0.113.1", "/")))
	}
	if quiet := c.enter(from("198.51.100.1", "/")); quiet == nil || isSettled(quiet) {
		t.Fatal("the quiet network got no place in the queue")
	}
	evicted := 0
	for _, l := range loud {
		if isSettled(l) && !l.Granted() {
			evicted++
			l.Leave(epoch)
		}
	}
	if got := c.Load(epoch).Queued; evicted != 1 || got != 3 {
		t.Errorf("%d evicted, %d queued; want 1 and 3", evicted, got)
	}
}

func TestPressureHalvesLanes(t *testing.T) {
	c := newController(t, Options{Start: 4, Min: 4, Max: 4})
	post := func(addr string) *seawall.Request {
		r := from(addr, "/contact")
		r.Method = "POST"
		return r
	}
	var open []*Ticket
	for i := range 4 {
		open = append(open, c.enter(post(fmt.Sprintf("192.0.%d.1", i))))
	}
	late := c.enter(post("192.0.9.1"))
	later := epoch.Add(SojournTarget + time.Millisecond)
	open[0].Done(later, Result{Cost: time.Second, Known: true})
	if !late.Granted() || !c.Load(later).Pressure {
		t.Fatal("a request that waited long did not make itself felt")
	}
	for _, o := range open[1:3] {
		o.Done(later, Result{Cost: time.Second, Known: true})
	}
	another := c.Enter(later, post("192.0.10.1"), c.Classify(post("192.0.10.1")))
	page := c.Enter(later, from("192.0.11.1", "/"), c.Classify(from("192.0.11.1", "/")))
	if isSettled(another) || !isSettled(page) {
		t.Errorf("under pressure: third form admitted %v, page admitted %v; want false, true", isSettled(another), isSettled(page))
	}
	if c.Load(later.Add(2 * time.Second)).Pressure {
		t.Error("pressure is remembered for ever")
	}
}

// TestFairBetweenAddresses puts a bot and a reader behind one address range: the reader does not wait behind all of the bot's.
func TestFairBetweenAddresses(t *testing.T) {
	c := newController(t, Options{Start: 1, Min: 1, Max: 1})
	first := c.enter(from("192.0.2.1", "/"))
	var bot []*Ticket
	for range 10 {
		bot = append(bot, c.enter(from("203.0.113.66", "/")))
	}
	reader := c.enter(from("203.0.113.7", "/"))
	first.Leave(epoch)
	bot[0].Leave(epoch)
	if !reader.Granted() {
		t.Error("the reader waits behind its neighbour's second request")
	}
}

// TestCancelledRequestsCostNothing lets a network ask and leave: what it did not use is not held against it.
func TestCancelledRequestsCostNothing(t *testing.T) {
	c := newController(t, Options{Start: 1, Min: 1, Max: 1})
	busy := c.enter(from("192.0.2.1", "/"))
	for range 100 {
		c.enter(from("198.51.100.1", "/")).Leave(epoch)
	}
	other, same := c.enter(from("203.0.113.1", "/")), c.enter(from("198.51.100.1", "/"))
	busy.Leave(epoch)
	other.Leave(epoch)
	if !same.Granted() {
		t.Error("a network pays for what it never got")
	}
}

func TestTemplates(t *testing.T) {
	tp := newTemplates(256)
	key := func(lane seawall.Lane, path, query string) templateKey {
		return tp.key(lane, &seawall.Request{Path: path, Query: query})
	}
	for _, tt := range []struct {
		a, b, qa, qb string
		same         bool
	}{
		{"/a", "/a", "", "", true},
		{"/a", "/b", "", "", false},
		{"/a/12", "/a/345", "", "", true},
		{"/a/0f8fad5b-d9cb-469f-a165-70867728950e", "/a/7c9e6679-7425-40de-944b-e07fc1f90ae7", "", "", true},
		{"/a/deadbeef01", "/a/0123456789ab", "", "", true},
		{"/a/x7k2p9q", "/a/b4n8m1z", "", "", true},
		{"/a", "/a", "q=x", "q=y", true},
		{"/a", "/a", "q=x&p=1", "p=2&q=y", true},
		{"/a", "/a", "q=x", "s=x", false},
		{"/a", "/a", "", "q=x", false},
		{"/2025/11/title", "/2024/1/title", "", "", true},
	} {
		if got := key(1, tt.a, tt.qa) == key(1, tt.b, tt.qb); got != tt.same {
			t.Errorf("%s?%s and %s?%s: same template %v, want %v", tt.a, tt.qa, tt.b, tt.qb, got, tt.same)
		}
	}
	if key(1, "/a", "") == key(2, "/a", "") {
		t.Error("two lanes share a template")
	}
}

// learned runs requests for targets through a controller with room to spare, each at cost.
func learned(c *Controller, cost time.Duration, known bool, targets ...string) {
	for _, target := range targets {
		t := c.enter(from("192.0.2.1", target))
		t.Done(epoch, Result{Cost: cost, Known: known})
	}
}

// TestRandomWordsAreOneTemplate floods a directory with words: they share a template, and their cost is known before it is paid.
func TestRandomWordsAreOneTemplate(t *testing.T) {
	c := newController(t, Options{})
	rng := rand.New(rand.NewPCG(1, 2))
	learned(c, 5*time.Millisecond, true, "/news", "/about", "/team")
	for range 5000 {
		learned(c, 120*time.Millisecond, true, "/find/"+word(rng))
	}
	got := c.Classify(from("192.0.2.1", "/find/never-seen")).Cost
	if got < 100*time.Millisecond || got > 130*time.Millisecond {
		t.Errorf("a new word is expected to cost %v, want about 120 ms", got)
	}
	if got := c.Classify(from("192.0.2.1", "/news")).Cost; got > 6*time.Millisecond {
		t.Errorf("the news are expected to cost %v, want about 5 ms", got)
	}
	if s := c.Stats(epoch); s.Templates > 200 {
		t.Errorf("%d templates", s.Templates)
	}
}

// TestTemplateTableIsBounded asks for ever new directories, known and unknown, and then for the page everyone reads.
func TestTemplateTableIsBounded(t *testing.T) {
	c := newController(t, Options{Templates: 64})
	for range 20 {
		learned(c, 5*time.Millisecond, true, "/front")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		learned(c, 50*time.Millisecond, rng.IntN(2) == 0, "/"+word(rng)+"/"+word(rng)+"/"+word(rng))
		learned(c, 5*time.Millisecond, true, "/front")
	}
	if s := c.Stats(epoch); s.Templates > s.TemplatesLimit {
		t.Errorf("%d templates, limit %d", s.Templates, s.TemplatesLimit)
	}
	if got := c.Classify(from("192.0.2.1", "/front")).Cost; got > 6*time.Millisecond {
		t.Errorf("the page everyone reads is expected to cost %v, want about 5 ms", got)
	}
}

// TestNetworksAreBounded sends one request from each of very many networks while the origin is never idle.
func TestNetworksAreBounded(t *testing.T) {
	c := newController(t, Options{Networks: 256})
	held := c.enter(from("192.0.2.1", "/"))
	for i := range 20_000 {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1})
		c.enter(from(addr.String(), "/")).Done(epoch, Result{Cost: time.Millisecond, Known: true})
	}
	if s := c.Stats(epoch); s.Networks > s.NetworksLimit {
		t.Errorf("%d networks, limit %d", s.Networks, s.NetworksLimit)
	}
	held.Leave(epoch)
}

// TestLimitFollowsTheOrigin gives latencies that grow with what is in flight, as an origin of eight workers does.
func TestLimitFollowsTheOrigin(t *testing.T) {
	l := newLimit(64, 4, 512)
	const cost = 100 * time.Millisecond
	for range 5000 {
		took := time.Duration(float64(cost) * max(1, l.now/8))
		l.observe(took, cost, true)
	}
	if l.value() < 8 || l.value() > 20 {
		t.Errorf("limit %d for an origin of 8 workers", l.value())
	}
	for range 1000 {
		l.observe(cost, cost, false) // hardly used: no reason to grow
	}
	if l.value() > 20 {
		t.Errorf("an unused limit grew to %d", l.value())
	}
	before := l.now
	for range 500 {
		l.observe(cost, cost, true)
		if rand.IntN(5) == 0 {
			l.refuse() // one page in six is broken
		}
	}
	if l.now < before {
		t.Errorf("a broken page took the limit from %.1f to %.1f", before, l.now)
	}
	for range 500 {
		l.refuse()
	}
	if l.value() != 4 {
		t.Errorf("an origin that refuses everything: limit %d, want the least", l.value())
	}
}

// TestLimitKeepsUnevenOrigin gives an origin that copes well and is slow one time in ten: the limit must not punish it.
func TestLimitKeepsUnevenOrigin(t *testing.T) {
	for _, slow := range []time.Duration{200 * time.Millisecond, 500 * time.Millisecond} {
		for _, rate := range []float64{100, 300} {
			c := newController(t, Options{})
			s := &sim{t: t, c: c, workers: 1000}
			rng := rand.New(rand.NewPCG(7, 7))
			asked, served := 0, 0
			for x := 0.0; x < 20; x += rng.ExpFloat64() / rate {
				cost := 5 * time.Millisecond
				if rng.IntN(10) == 0 {
					cost = slow
				}
				req := from(fmt.Sprintf("198.51.%d.1", rng.IntN(200)), "/page")
				asked++
				s.at(epoch.Add(time.Duration(x*float64(time.Second))), func() {
					s.arrive(&job{req: req, cost: cost, done: func(_ time.Duration, ok bool) {
						if ok {
							served++
						}
					}})
				})
			}
			s.run()
			if float64(served) < 0.999*float64(asked) {
				t.Errorf("%v one time in ten at %v/s: %d of %d served, limit %d", slow, rate, served, asked, c.Load(epoch).Limit)
			}
		}
	}
}

// TestHouseholdsInsideOneNetwork lets a neighbour ask from ever new addresses of its own /64: another household is not behind them all.
func TestHouseholdsInsideOneNetwork(t *testing.T) {
	c := newController(t, Options{Start: 1, Min: 1, Max: 1})
	first := c.enter(from("192.0.2.1", "/"))
	var neighbour []*Ticket
	for i := range 2000 { // more than the queue holds
		if tk := c.enter(from(fmt.Sprintf("2001:db8:1:1::%x", i+1), "/")); tk != nil {
			neighbour = append(neighbour, tk)
		}
	}
	reader := c.enter(from("2001:db8:1:2::1", "/"))
	if reader == nil {
		t.Fatal("the queue is full of one household's requests, and its neighbour got no place")
	}
	first.Leave(epoch)
	for range 2 { // the neighbour's first may come before, all its others not
		if reader.Granted() {
			return
		}
		neighbour[0].Leave(epoch)
	}
	t.Error("the household waits behind its neighbour's many addresses")
}

// TestQueueAgainstReference runs random requests through the queue and through a slow, obvious version of it: a list that is searched.
func TestQueueAgainstReference(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 3))
		f := newFair(64, 64)
		var waits []*Ticket
		for step := range 400 {
			switch rng.IntN(3) {
			case 0, 1:
				cl := seawall.ClientAt(netip.AddrFrom4([4]byte{198, 51, byte(rng.IntN(5)), byte(rng.IntN(3))}))
				tk := &Ticket{class: Class{Lane: seawall.Lanes()[rng.IntN(3)], Cost: time.Duration(1+rng.IntN(200)) * time.Millisecond}, room: make(chan struct{})}
				tk.place = f.placeOf(cl)
				if f.queued < f.queueLimit && f.push(tk) {
					waits = append(waits, tk)
				}
			default:
				if len(waits) > 0 && rng.IntN(3) == 0 {
					i := rng.IntN(len(waits))
					f.remove(waits[i])
					waits = append(waits[:i], waits[i+1:]...)
					continue
				}
				allowed := [4]bool{}
				for i := range allowed {
					allowed[i] = rng.IntN(4) > 0
				}
				want := slowest(waits, allowed)
				got := f.pop(func(l seawall.Lane) bool { return allowed[l] })
				if (got == nil) != (want < 0) || got != nil && got.flow.tag+ms(got.class) != want {
					t.Fatalf("seed %d, step %d: popped %+v, want a key of %v", seed, step, got, want)
				}
				for i, w := range waits {
					if w == got {
						waits = append(waits[:i], waits[i+1:]...)
						f.charge(got)
						break
					}
				}
			}
			if f.queued != len(waits) {
				t.Fatalf("seed %d, step %d: %d queued, want %d", seed, step, f.queued, len(waits))
			}
		}
	}
}

// slowest returns the smallest key among the heads of every network and allowed lane, -1 when there is none.
func slowest(waits []*Ticket, allowed [4]bool) float64 {
	type head struct {
		f *flow
		l seawall.Lane
	}
	heads := map[head]*Ticket{}
	for _, w := range waits {
		k := head{w.flow, w.class.Lane}
		if h := heads[k]; allowed[w.class.Lane] && (h == nil || w.rank < h.rank) {
			heads[k] = w
		}
	}
	best := -1.0
	for k, h := range heads {
		if key := k.f.tag + ms(h.class); best < 0 || key < best {
			best = key
		}
	}
	return best
}

func TestClassifyDoesNotAllocate(t *testing.T) {
	c := newController(t, Options{})
	r := from("192.0.2.1", "/news/2025/11/17/a-title/and/more/of/it")
	r.Query = "a=1&b=2&c=3"
	if n := testing.AllocsPerRun(100, func() { c.Classify(r); c.Load(epoch) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEnter(b *testing.B) {
	c := newController(b, Options{})
	r := from("192.0.2.1", "/news/title")
	b.ReportAllocs()
	for b.Loop() {
		c.enter(r).Done(epoch, Result{Cost: time.Millisecond, Known: true})
	}
}

func FuzzShape(f *testing.F) {
	for _, s := range []string{"", "a", "123", "deadbeef01", "0f8fad5b-d9cb-469f-a165-70867728950e", "x7k2p9q", "%C3%A6", "a.html"} {
		f.Add("/"+s, s+"="+s)
	}
	tp := newTemplates(64)
	f.Fuzz(func(t *testing.T, path, query string) {
		first := tp.key(1, &seawall.Request{Path: path, Query: query})
		if again := tp.key(1, &seawall.Request{Path: strings.Clone(path), Query: strings.Clone(query)}); again != first {
			t.Error("one request has two templates")
		}
	})
}
