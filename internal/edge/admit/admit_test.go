package admit

import (
	"fmt"
	"math"
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

func page(addr, target string) *seawall.Request {
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
	a, b := c.enter(page("192.0.2.1", "/")), c.enter(page("198.51.100.1", "/"))
	if !a.Granted() || !b.Granted() {
		t.Fatal("there was room, and no place was given")
	}
	w1, w2 := c.enter(page("203.0.113.1", "/")), c.enter(page("203.0.113.1", "/"))
	if isSettled(w1) || isSettled(w2) {
		t.Fatal("there was no room, and a place was given")
	}
	if full := c.enter(page("203.0.113.1", "/")); full != nil {
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
	c.enter(page("192.0.2.1", "/"))
	var loud []*Ticket
	for range 3 {
		loud = append(loud, c.enter(page("203.0.113.1", "/")))
	}
	if quiet := c.enter(page("198.51.100.1", "/")); quiet == nil || isSettled(quiet) {
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
		r := page(addr, "/contact")
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
	read := c.Enter(later, page("192.0.11.1", "/"), c.Classify(page("192.0.11.1", "/")))
	if isSettled(another) || !isSettled(read) {
		t.Errorf("under pressure: third form admitted %v, page admitted %v; want false, true", isSettled(another), isSettled(read))
	}
	if c.Load(later.Add(2 * time.Second)).Pressure {
		t.Error("pressure is remembered for ever")
	}
}

// TestFairBetweenAddresses puts a bot and a reader behind one address range: the reader does not wait behind all of the bot's.
func TestFairBetweenAddresses(t *testing.T) {
	c := newController(t, Options{Start: 1, Min: 1, Max: 1})
	first := c.enter(page("192.0.2.1", "/"))
	var bot []*Ticket
	for range 10 {
		bot = append(bot, c.enter(page("203.0.113.66", "/")))
	}
	reader := c.enter(page("203.0.113.7", "/"))
	first.Leave(epoch)
	bot[0].Leave(epoch)
	if !reader.Granted() {
		t.Error("the reader waits behind its neighbour's second request")
	}
}

// TestCancelledRequestsCostNothing lets a network ask and leave: what it did not use is not held against it.
func TestCancelledRequestsCostNothing(t *testing.T) {
	c := newController(t, Options{Start: 1, Min: 1, Max: 1})
	busy := c.enter(page("192.0.2.1", "/"))
	for range 100 {
		c.enter(page("198.51.100.1", "/")).Leave(epoch)
	}
	other, same := c.enter(page("203.0.113.1", "/")), c.enter(page("198.51.100.1", "/"))
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
		t := c.enter(page("192.0.2.1", target))
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
	got := c.Classify(page("192.0.2.1", "/find/never-seen")).Cost
	if got < 100*time.Millisecond || got > 130*time.Millisecond {
		t.Errorf("a new word is expected to cost %v, want about 120 ms", got)
	}
	if got := c.Classify(page("192.0.2.1", "/news")).Cost; got > 6*time.Millisecond {
		t.Errorf("the news are expected to cost %v, want about 5 ms", got)
	}
	if s := c.Stats(epoch); s.Templates > 200 {
		t.Errorf("%d templates", s.Templates)
	}
}

// TestTemplateLimitCountsTemplates: as many kinds of request are told apart as the limit says, whatever directories they are in.
func TestTemplateLimitCountsTemplates(t *testing.T) {
	c := newController(t, Options{Templates: 64})
	for i := range 60 {
		learned(c, time.Duration(i+1)*time.Millisecond, true, fmt.Sprintf("/%c/%c/page", 'a'+i/8, 'a'+i%8))
	}
	for i := range 60 {
		want := time.Duration(i+1) * time.Millisecond
		if got := c.Classify(page("192.0.2.1", fmt.Sprintf("/%c/%c/page", 'a'+i/8, 'a'+i%8))).Cost; got != want {
			t.Errorf("page %d is expected to cost %v, want %v", i, got, want)
		}
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
	if got := c.Classify(page("192.0.2.1", "/front")).Cost; got > 6*time.Millisecond {
		t.Errorf("the page everyone reads is expected to cost %v, want about 5 ms", got)
	}
}

// TestNetworksAreBounded sends one request from each of very many networks while the origin is never idle.
func TestNetworksAreBounded(t *testing.T) {
	c := newController(t, Options{Networks: 256})
	held := c.enter(page("192.0.2.1", "/"))
	for i := range 20_000 {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1})
		c.enter(page(addr.String(), "/")).Done(epoch, Result{Cost: time.Millisecond, Known: true})
	}
	if s := c.Stats(epoch); s.Networks > s.NetworksLimit {
		t.Errorf("%d networks, limit %d", s.Networks, s.NetworksLimit)
	}
	held.Leave(epoch)
}

// crowd sends one cohort after another through a limit, each as large as it wants, until n are concluded. took says how many times longer
// than expected a request takes, given the limit.
func crowd(l *limit, n int, took func(limit float64) (how ending, ratio float64)) {
	for range n {
		for id, size := l.cohort.id, l.cohort.size; l.cohort.id == id && size > 0; size-- {
			how, ratio := took(l.now)
			l.end(l.admit(epoch, l.value(), true), how, templateKey{}, time.Duration(ratio*float64(alike(templateKey{}))))
		}
	}
}

// alike expects the same of every request.
func alike(templateKey) time.Duration { return 10 * time.Millisecond }

// TestLimitFollowsTheOrigin gives latencies that grow with what is in flight beyond eight, as an origin of eight workers does.
func TestLimitFollowsTheOrigin(t *testing.T) {
	for _, start := range []int{4, 16, 64, 512} {
		rng := rand.New(rand.NewPCG(5, 5))
		l := newLimit(start, 4, 512, alike)
		eight := func(limit float64) (ending, float64) {
			return answered, max(1, limit/8) * math.Exp(0.2*rng.NormFloat64())
		}
		crowd(&l, 200, eight)
		sum := 0.0
		for range 200 {
			crowd(&l, 1, eight)
			sum += l.now
		}
		if mean := sum / 200; mean < 7 || mean > 16 {
			t.Errorf("from %d: a limit of %.1f on average for an origin of 8 workers", start, mean)
		}
	}
}

// TestLimitIsNotRaisedUnused: that few ask is no reason to let more in.
func TestLimitIsNotRaisedUnused(t *testing.T) {
	l := newLimit(16, 4, 512, alike)
	for range 1000 {
		l.end(l.admit(epoch, 8, false), answered, templateKey{}, alike(templateKey{}))
	}
	if l.value() != 16 {
		t.Errorf("an unused limit went from 16 to %d", l.value())
	}
}

// TestLimitAndRefusals: one broken page changes nothing, an origin that refuses everything gets the least.
func TestLimitAndRefusals(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	l := newLimit(64, 4, 64, alike)
	crowd(&l, 100, func(float64) (ending, float64) {
		if rng.IntN(8) == 0 {
			return refused, 0
		}
		return answered, 1
	})
	if l.value() != 64 {
		t.Errorf("a broken page took the limit from 64 to %d", l.value())
	}
	crowd(&l, 100, func(float64) (ending, float64) { return refused, 0 })
	if l.value() != 4 {
		t.Errorf("an origin that refuses everything has a limit of %d", l.value())
	}
}

// TestLimitDoesNotWaitForEver lets a few requests of a trial hang: the step is judged all the same.
func TestLimitDoesNotWaitForEver(t *testing.T) {
	l := newLimit(16, 4, 512, alike)
	crowd(&l, 1, func(float64) (ending, float64) { return answered, 1 })
	if l.value() <= 16 || l.trial.step != raise {
		t.Fatalf("no raise is being tried: limit %d", l.value())
	}
	id := l.cohort.id
	for i := range l.cohort.size {
		if l.admit(epoch, l.value(), true); i%4 != 0 { // one in four hangs
			l.end(id, answered, templateKey{}, 2*alike(templateKey{}))
		}
	}
	if l.cohort.id != id {
		t.Fatal("the cohort ended without those that hang")
	}
	l.admit(epoch.Add(cohortTime), l.value(), true)
	if l.cohort.id == id || l.value() > 16 {
		t.Errorf("after %v the limit is still %d", cohortTime, l.value())
	}
}

// healthy sends requests of uneven cost to an origin that works on any number at once, from a cold start, and returns what share of those
// between from and to seconds was served.
func healthy(t *testing.T, rate float64, cost func(*rand.Rand) time.Duration, from, to float64) float64 {
	t.Helper()
	s := &sim{t: t, c: newController(t, Options{}), workers: 10_000}
	rng := rand.New(rand.NewPCG(7, 7))
	asked, served := 0, 0
	for x := 0.0; x < to; x += rng.ExpFloat64() / rate {
		req := page(fmt.Sprintf("198.51.%d.1", rng.IntN(200)), "/page")
		counts := x >= from
		if counts {
			asked++
		}
		s.at(epoch.Add(time.Duration(x*float64(time.Second))), func() {
			s.arrive(&job{req: req, cost: cost(rng), done: func(_ time.Duration, ok bool) {
				if ok && counts {
					served++
				}
			}})
		})
	}
	s.run()
	return float64(served) / float64(asked)
}

// TestHealthyOriginIsNotThrottled starts in front of a busy origin that copes well: in peace, nobody is to be refused, at the latest once
// the limit has found out.
func TestHealthyOriginIsNotThrottled(t *testing.T) {
	spread := func(median time.Duration, sigma float64) func(*rand.Rand) time.Duration {
		return func(rng *rand.Rand) time.Duration {
			return time.Duration(float64(median) * math.Exp(sigma*rng.NormFloat64()))
		}
	}
	oneInTen := func(slow time.Duration) func(*rand.Rand) time.Duration {
		return func(rng *rand.Rand) time.Duration {
			if rng.IntN(10) == 0 {
				return slow
			}
			return 5 * time.Millisecond
		}
	}
	for _, tt := range []struct {
		name        string
		rate        float64
		cost        func(*rand.Rand) time.Duration
		first, then float64 // least share in the first 10 s, and in the 20 s after 40 s
	}{
		{"even, 40 at once", 40, spread(time.Second, 0), 0.90, 1},
		{"even, 100 at once", 200, spread(500*time.Millisecond, 0), 0.90, 1},
		{"a little uneven, 100 at once", 200, spread(500*time.Millisecond, 0.3), 0.85, 1},
		{"very uneven, 100 at once", 200, spread(500*time.Millisecond, 0.7), 0.10, 0.99},
		{"one in ten slow", 300, oneInTen(200 * time.Millisecond), 0.99, 1},
		{"one in ten very slow", 300, oneInTen(500 * time.Millisecond), 0.85, 0.999},
	} {
		if got := healthy(t, tt.rate, tt.cost, 0, 10); got < tt.first {
			t.Errorf("%s: %.3f served in the first 10 s, want %.2f", tt.name, got, tt.first)
		}
		if got := healthy(t, tt.rate, tt.cost, 40, 60); got < tt.then {
			t.Errorf("%s: %.4f served after 40 s, want %.3f", tt.name, got, tt.then)
		}
	}
}

// TestHouseholdsInsideOneNetwork lets a neighbour ask from ever new addresses of its own /64: another household is not behind them all.
func TestHouseholdsInsideOneNetwork(t *testing.T) {
	c := newController(t, Options{Start: 1, Min: 1, Max: 1})
	first := c.enter(page("192.0.2.1", "/"))
	var neighbour []*Ticket
	for i := range 2000 { // more than the queue holds
		if tk := c.enter(page(fmt.Sprintf("2001:db8:1:1::%x", i+1), "/")); tk != nil {
			neighbour = append(neighbour, tk)
		}
	}
	other := page("2001:db8:1:2::1", "/")
	for i := 3; c.fair.placeOf(other.Client).bucket == c.fair.placeOf(page("2001:db8:1:1::1", "/").Client).bucket; i++ {
		other = page(fmt.Sprintf("2001:db8:1:%x::1", i), "/") // one household in 64 shares the neighbour's place
	}
	reader := c.enter(other)
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
				tk.class = tk.class.Under(seawall.Effect{Weight: seawall.Weight(rng.IntN(3))})
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
				allowed := [lines]bool{}
				for i := range allowed {
					allowed[i] = rng.IntN(4) > 0
				}
				room := func(c Class) bool { return allowed[c.line()] }
				shares := func(c Class) bool { return !c.named() || step%2 == 0 }
				want := slowest(waits, func(c Class) bool { return room(c) && shares(c) })
				if want < 0 {
					want = slowest(waits, room)
				}
				got := f.pop(room, shares)
				if (got == nil) != (want < 0) || got != nil && got.flow.tag+turn(got.class) != want {
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

// slowest returns the smallest key among the heads of every network and line with room, -1 when there is none.
func slowest(waits []*Ticket, room func(Class) bool) float64 {
	type head struct {
		f *flow
		l line
	}
	heads := map[head]*Ticket{}
	for _, w := range waits {
		k := head{w.flow, w.class.line()}
		if h := heads[k]; room(w.class) && (h == nil || w.rank < h.rank) {
			heads[k] = w
		}
	}
	best := -1.0
	for k, h := range heads {
		if key := k.f.tag + turn(h.class); best < 0 || key < best {
			best = key
		}
	}
	return best
}

func TestClassifyDoesNotAllocate(t *testing.T) {
	c := newController(t, Options{})
	r := page("192.0.2.1", "/news/2025/11/17/a-title/and/more/of/it")
	r.Query = "a=1&b=2&c=3"
	if n := testing.AllocsPerRun(100, func() { c.Classify(r); c.Load(epoch) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEnter(b *testing.B) {
	c := newController(b, Options{})
	r := page("192.0.2.1", "/news/title")
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
