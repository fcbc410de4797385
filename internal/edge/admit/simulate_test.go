package admit

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

// sim is a discrete-event model of an origin with workers and a queue behind a Controller: no goroutine, no clock.
type sim struct {
	t       testing.TB
	c       *Controller
	now     time.Time
	events  events
	workers int
	busy    int
	line    []*job // waiting inside the origin
	waiting []*job // waiting for admission
}

type job struct {
	req     *seawall.Request
	cost    time.Duration
	arrived time.Time
	started time.Time
	ticket  *Ticket
	done    func(took time.Duration, served bool)
}

type event struct {
	at time.Time
	do func()
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any          { o := *e; x := o[len(o)-1]; *e = o[:len(o)-1]; return x }

func (s *sim) at(at time.Time, do func()) { heap.Push(&s.events, event{at, do}) }

func (s *sim) run() {
	for len(s.events) > 0 {
		e := heap.Pop(&s.events).(event)
		s.now = e.at
		e.do()
		s.admitted()
	}
}

const patience = 1500 * time.Millisecond

func (s *sim) arrive(j *job) {
	j.arrived = s.now
	j.ticket = s.c.Enter(s.now, j.req, s.c.Classify(j.req))
	if j.ticket == nil {
		j.done(0, false)
		return
	}
	s.waiting = append(s.waiting, j)
	s.at(s.now.Add(patience), func() {
		for i, w := range s.waiting {
			if w == j {
				s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
				j.ticket.Leave(s.now)
				j.done(0, false)
				return
			}
		}
	})
}

// admitted moves jobs whose ticket was granted to the origin.
func (s *sim) admitted() {
	kept := s.waiting[:0]
	var in []*job
	for _, j := range s.waiting {
		select {
		case <-j.ticket.Settled():
			if j.ticket.Granted() {
				in = append(in, j)
			} else {
				j.done(0, false)
			}
		default:
			kept = append(kept, j)
		}
	}
	s.waiting = kept
	for _, j := range in {
		j.started = s.now
		s.line = append(s.line, j)
	}
	s.work()
}

func (s *sim) work() {
	for s.busy < s.workers && len(s.line) > 0 {
		j := s.line[0]
		s.line = s.line[1:]
		s.busy++
		s.at(s.now.Add(j.cost), func() {
			s.busy--
			j.ticket.Done(s.now, Result{Cost: s.now.Sub(j.started), Known: true})
			j.done(s.now.Sub(j.arrived), true)
			s.work()
		})
	}
}

var epoch = time.Date(2025, 11, 17, 18, 0, 0, 0, time.UTC)

// request makes a request of network n; cheap pages, searches with random words, and forms.
func request(n, host int, kind string, rng *rand.Rand) (*seawall.Request, time.Duration) {
	addr := netip.AddrFrom4([4]byte{198, byte(n >> 8), byte(n), byte(host)})
	r := &seawall.Request{Method: "GET", Path: "/", Client: seawall.ClientAt(addr)}
	switch kind {
	case "page":
		r.Path = fmt.Sprintf("/news/article-%d", rng.IntN(400))
		return r, 5 * time.Millisecond
	case "search":
		r.Path, r.Query = "/search", fmt.Sprintf("q=%x", rng.Uint64())
		return r, 120 * time.Millisecond
	case "pathsearch":
		r.Path = "/find/" + word(rng)
		return r, 120 * time.Millisecond
	default:
		r.Method, r.Path = "POST", "/contact"
		return r, 200 * time.Millisecond
	}
}

func word(rng *rand.Rand) string {
	b := make([]byte, 2+rng.IntN(8))
	for i := range b {
		b[i] = 'a' + byte(rng.IntN(26))
	}
	return string(b)
}

func pick(rng *rand.Rand, shares map[string]float64, order ...string) string {
	x := rng.Float64()
	for _, k := range order {
		if x -= shares[k]; x < 0 {
			return k
		}
	}
	return order[len(order)-1]
}

// botRate draws from what was measured of one morning's attackers: a slow majority and a few above one request a second.
func botRate(rng *rand.Rand) float64 {
	bins := []struct{ share, low, high float64 }{{.1, .01, .03}, {.28, .03, .1}, {.21, .1, .2}, {.24, .2, .5}, {.04, .5, 1}, {.09, 1, 2}, {.04, 2, 3.3}}
	x := rng.Float64()
	for _, b := range bins {
		if x -= b.share; x < 0 {
			return b.low + rng.Float64()*(b.high-b.low)
		}
	}
	return 0.2
}

type tally struct{ asked, served int }

func (t *tally) note(took time.Duration, ok bool) {
	if ok && took <= 2*time.Second {
		t.served++
	}
}

func (t tally) share() float64 { return float64(t.served) / float64(max(1, t.asked)) }

// scene is a flood.
type scene struct {
	networks int                // of bots
	mix      map[string]float64 // of what bots ask for
	rate     float64            // of bots, requests a second
	readers  float64            // requests a second
	uneven   float64            // share by which a request may cost more than its kind
	orders   int                // into how many templates what bots ask for is divided, beside their paths; 0 for none
}

// usual is what bots ask for in real orders, about.
var usual = map[string]float64{"search": .4, "pathsearch": .1, "form": .3, "page": .2}

const floodLength = 12.0 // seconds

// outcome is what came of a flood.
type outcome struct {
	readers map[string]*tally
	limit   float64 // on average, in the last two thirds
	c       *Controller
}

// flood runs readers against bots in model time, from a cold start.
func flood(t *testing.T, seed uint64, sc scene) outcome {
	t.Helper()
	s := &sim{t: t, c: newController(t, Options{}), workers: 8}
	rng := rand.New(rand.NewPCG(seed, 1))
	readers := map[string]*tally{"page": {}, "search": {}, "form": {}}
	sec := func(x float64) time.Time { return epoch.Add(time.Duration(x * float64(time.Second))) }
	cost := func(c time.Duration) time.Duration { return time.Duration(float64(c) * (1 + sc.uneven*rng.Float64())) }
	session := 0
	for x := rng.ExpFloat64() / sc.readers; x < floodLength; x += rng.ExpFloat64() / sc.readers {
		kind := pick(rng, map[string]float64{"page": .93, "search": .05, "form": .02}, "page", "search", "form")
		if rng.Float64() < 0.4 {
			session++
		}
		req, least := request(1<<15+session-rng.IntN(min(session+1, 20)), 9, kind, rng)
		j := &job{req: req, cost: cost(least), done: readers[kind].note}
		s.at(sec(x), func() {
			readers[kind].asked++
			s.arrive(j)
		})
	}
	weights := make([]float64, sc.networks)
	for i := range weights {
		weights[i] = botRate(rng)
		if i > 0 {
			weights[i] += weights[i-1]
		}
	}
	for x := rng.ExpFloat64() / sc.rate; x < floodLength; x += rng.ExpFloat64() / sc.rate {
		kind := pick(rng, sc.mix, "search", "pathsearch", "form", "page")
		req, least := request(sort.SearchFloat64s(weights, rng.Float64()*weights[sc.networks-1]), rng.IntN(9), kind, rng)
		if sc.orders > 0 {
			req.Query = fmt.Sprintf("k%d=%x", rng.IntN(sc.orders), rng.Uint64())
		}
		j := &job{req: req, cost: cost(least), done: func(time.Duration, bool) {}}
		s.at(sec(x), func() { s.arrive(j) })
	}
	const looks = 80
	limit := 0.0
	for i := range looks {
		s.at(sec(floodLength*(1+2*float64(i)/looks)/3), func() { limit += float64(s.c.Load(s.now).Limit) / looks })
	}
	s.run()
	return outcome{readers: readers, limit: limit, c: s.c}
}

func TestReadersHoldThroughFlood(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		networks int
		mix      map[string]float64
		rate     float64
		page     float64 // least share of pages served
		all      float64
	}{
		{"86 networks", 86, usual, 340, 0.99, 0.98},
		// Every bot has a network of its own: while all are new, none has used more than its share.
		{"800 networks", 800, usual, 340, 0.94, 0.90},
		{"forms only", 86, map[string]float64{"form": 1}, 340, 0.99, 0.98},
		{"random paths only", 86, map[string]float64{"pathsearch": 1}, 340, 0.96, 0.96},
		{"three times", 86, usual, 1020, 0.98, 0.97},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const seeds = 4
			sum := map[string]tally{}
			for seed := range uint64(seeds) {
				got := flood(t, seed, scene{networks: tt.networks, mix: tt.mix, rate: tt.rate, readers: 40})
				for kind, tl := range got.readers {
					for _, k := range []string{kind, "all"} {
						sum[k] = tally{sum[k].asked + tl.asked, sum[k].served + tl.served}
					}
				}
				if l := got.c.Load(epoch.Add(time.Hour)); l.InFlight != 0 || l.Queued != 0 {
					t.Errorf("seed %d: left over: %+v", seed, l)
				}
			}
			t.Logf("over %d seeds: pages %.3f, searches %.3f, forms %.3f, all %.3f served", seeds,
				sum["page"].share(), sum["search"].share(), sum["form"].share(), sum["all"].share())
			if got := sum["page"].share(); got < tt.page {
				t.Errorf("pages served %.3f, want at least %.2f", got, tt.page)
			}
			if got := sum["all"].share(); got < tt.all {
				t.Errorf("served %.3f, want at least %.2f", got, tt.all)
			}
		})
	}
}

// Templates are hashed anew in every run, so every run plays other floods. Of a thousand with many orders three still run away; before limits
// were compared like with like (ADR 0023) it was one in eleven. What is allowed here is seen once in two thousand runs of the former and missed
// once in a hundred of the latter.
const (
	runAwaySeeds = 120
	runAwayMost  = 3
)

// TestLimitDoesNotRunAway plays many floods from a cold start, in which all that is known of the requests' cost was learned in the crowd
// itself: with eight workers, a limit that stays at several times that lets everyone wait inside the origin.
func TestLimitDoesNotRunAway(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]scene{
		"a flood":                {networks: 86, mix: usual, rate: 340, readers: 40, uneven: 0.2},
		"many orders":            {networks: 86, mix: usual, rate: 340, readers: 40, orders: 116},
		"a little over capacity": {networks: 400, mix: map[string]float64{"search": .37, "form": .28, "page": .35}, rate: 100, readers: 20, uneven: 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			worst, served, ran := 0.0, []float64(nil), 0
			for seed := range uint64(runAwaySeeds) {
				got := flood(t, seed, sc)
				if got.limit > 16 {
					ran++
					t.Logf("seed %d: a limit of %.0f on average for 8 workers", seed, got.limit)
				}
				worst = max(worst, got.limit)
				all := tally{}
				for _, tl := range got.readers {
					all.asked += tl.asked
					all.served += tl.served
				}
				served = append(served, all.share())
			}
			if ran > runAwayMost {
				t.Errorf("the limit ran away in %d of %d floods", ran, runAwaySeeds)
			}
			slices.Sort(served)
			t.Logf("at most %.1f on average, readers %.3f %.3f", worst, served[0], served[len(served)/2])
		})
	}
}
