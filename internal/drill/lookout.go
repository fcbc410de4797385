package drill

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Lookout is what the lookout saw of an act from three places, a minute of its time for each second of the act.
type Lookout struct {
	Minutes []watch.State `json:"minutes"`  // how the site stood at the end of each
	Probes  int           `json:"probes"`   // that were sent
	Failing int           `json:"failing"`  // of these, by which readers are not served
	Words   string        `json:"words"`    // what is said of it at the end; "" when nothing happened
	Total   string        `json:"duration"` // how long it was unavailable by that, "" when it was not
}

// haste is how much faster the lookout's time goes than the act's.
const haste = 60

// eyes are the vantages: three places in three networks, whose sources nobody else has.
var eyes = []struct {
	vantage watch.Vantage
	from    netip.Addr
}{
	{watch.Vantage{Name: "north", Network: "AS64496", Country: "DK", Health: watch.Healthy}, netip.AddrFrom4([4]byte{127, 251, 1, 1})},
	{watch.Vantage{Name: "south", Network: "AS64497", Country: "DE", Health: watch.Healthy}, netip.AddrFrom4([4]byte{127, 252, 1, 1})},
	{watch.Vantage{Name: "west", Network: "AS64498", Country: "NL", Health: watch.Healthy}, netip.AddrFrom4([4]byte{127, 253, 1, 1})},
}

// eyePatience is how long a probe waits: as long as a reader does.
const eyePatience = 2 * time.Second

// lookout asks for the front page of the act's site, once a second from each place, until ctx ends, and judges what came of it.
func (r *Rehearsal) lookout(ctx context.Context, s *stage) (Lookout, error) {
	begun := time.Now()
	clock := func() time.Time { return begun.Add(haste * time.Since(begun)) }
	var mu sync.Mutex // guards facts
	var facts []watch.Fact
	var places sync.WaitGroup
	for i, eye := range eyes {
		p, err := r.eye(s, eye.vantage.Name, eye.from, clock)
		if err != nil {
			return Lookout{}, err
		}
		places.Go(func() {
			every(ctx, time.Second, time.Duration(i)*time.Second/time.Duration(len(eyes)), func() {
				probed := p.Probe(ctx, probe.Target{URL: "https://" + net.JoinHostPort(siteName, fmt.Sprint(s.front.Port())) + "/"})
				if ctx.Err() != nil && probed.Class != probe.OK {
					return // broken off by the end of the act
				}
				mu.Lock()
				defer mu.Unlock()
				facts = append(facts, watch.ReadingOf(siteName, probed))
			})
		})
	}
	places.Wait()
	return judged(facts, begun, clock())
}

// every calls do at once after a first wait and then at each interval until ctx ends, and waits for what it began.
func every(ctx context.Context, interval, first time.Duration, do func()) {
	var begun sync.WaitGroup
	defer begun.Wait()
	timer := time.NewTimer(first)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(interval)
			begun.Go(do)
		}
	}
}

// eye returns a prober that sees the act's site and nothing else, from one place.
func (r *Rehearsal) eye(s *stage, name string, from netip.Addr, now func() time.Time) (*probe.Prober, error) {
	return probe.New(probe.Options{
		Contact: "https://example.org/lookout", Vantage: name, Roots: r.authority.Pool(), Now: now,
		Resolvers:  []netip.AddrPort{netip.AddrPortFrom(home.Addr(), 53)}, // never asked: the name is known
		AllowHosts: []string{siteName}, Addresses: map[string][]netip.Addr{siteName: {s.front.Addr()}},
		Limits: probe.Limits{Connect: eyePatience, TLS: eyePatience, TTFB: eyePatience, Total: eyePatience},
		Connect: func(ctx context.Context, _ string, to netip.AddrPort) (net.Conn, error) {
			return r.Network.Dial(ctx, from, to)
		},
	})
}

// judged runs the lookout's own judgement over what was found between two times.
func judged(facts []watch.Fact, begun, ended time.Time) (Lookout, error) {
	config := watch.Config{Sites: []watch.Site{{Name: siteName, Home: "DK"}}}
	for _, eye := range eyes {
		config.Vantages = append(config.Vantages, eye.vantage)
	}
	m, err := watch.New(config)
	if err != nil {
		return Lookout{}, err
	}
	slices.SortStableFunc(facts, func(a, b watch.Fact) int { return a.At.Compare(b.At) })
	l := Lookout{Probes: len(facts)}
	for _, f := range facts {
		if f.Reading.Class.Vote() == probe.Down {
			l.Failing++
		}
	}
	var last watch.Incident
	for at := begun.Add(time.Minute); !at.After(ended); at = at.Add(time.Minute) {
		for len(facts) > 0 && facts[0].At.Before(at) {
			m.Observe(facts[0])
			facts = facts[1:]
		}
		for _, e := range m.Tick(at) {
			if e.Incident != nil && e.Incident.Incident.Kind == watch.Outage {
				last = e.Incident.Incident
			}
		}
		st, _ := m.Status(siteName)
		l.Minutes = append(l.Minutes, st.State)
	}
	for _, i := range m.Incidents() {
		if i.ID == last.ID {
			last = i
		}
	}
	if len(last.Members) > 0 {
		l.Words, l.Total = last.Words.EN, last.Members[0].Total.Words().EN
	}
	return l, nil
}

// sentence says what was seen, state by state.
func (l *Lookout) sentence() string {
	var spells []string
	for i := 0; i < len(l.Minutes); {
		n := i
		for n < len(l.Minutes) && l.Minutes[n] == l.Minutes[i] {
			n++
		}
		spells = append(spells, fmt.Sprintf("%s %d min", l.Minutes[i], n-i))
		i = n
	}
	text := strings.Join(spells, ", ")
	if l.Words != "" {
		text += fmt.Sprintf(" (%q, %s)", l.Words, l.Total)
	}
	return text
}
