package lookout

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/membus"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/agentbox"
	"github.com/seawall-project/seawall/internal/testkit/world"
	"github.com/seawall-project/seawall/internal/watch/agent"
	"github.com/seawall-project/seawall/internal/watch/coordinator"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

var update = flag.Bool("update", false, "rewrite the nights in testdata")

// Places to measure from: the lookout's own, and two agents.
const (
	dk1 = "198.51.100.1"
	de1 = "198.51.100.2"
	us1 = "198.51.100.3"
)

// watchers are those elsewhere.
var watchers = []struct{ name, addr, network, country string }{{"de1", de1, "AS64502", "DE"}, {"us1", us1, "AS64503", "US"}}

// night is a script: what somebody meets, from real bytes to words. All begin with 12 minutes of peace.
type night struct {
	name, about string
	sites       []string // first labels of names below .example; each has its own address, but for those that share
	share       bool     // all are at one address
	apart       bool     // each is in a network of its own
	long        time.Duration
	fault       func(at time.Duration, from, host string) world.What
	during      func(s *stage)                       // what people do meanwhile; nil for nothing
	clock       map[string]time.Duration             // by place, by how much its clock is ahead
	seen        func(from string, to netip.AddrPort) // is told of connections to hosts; nil for nobody
	known       int                                  // of so many sentinels the address is known without DNS
	quits       map[string]time.Duration             // by agent, after how long it ends
}

// aside is how far from a full minute things change: about then and half a minute later sites are asked.
const aside = 15 * time.Second

// within returns a fault from a minute to another, for hosts of which the name begins so, from places; "" and none mean all.
func within(from, to int, what world.What, host string, places ...string) func(time.Duration, string, string) world.What {
	return func(at time.Duration, source, name string) world.What {
		if at -= aside; at < time.Duration(from)*time.Minute || at >= time.Duration(to)*time.Minute || !strings.HasPrefix(name, host) {
			return world.Page
		}
		if len(places) > 0 && !slices.Contains(places, source) {
			return world.Page
		}
		return what
	}
}

// nights are the lines of what measuring has to stand up to.
var nights = []night{
	{name: "own-network-lost", about: "the lookout's own line fails: it is blind, and nothing is down", sites: []string{"town", "party"}, long: 35 * time.Minute, fault: within(12, 22, world.Lost, "", dk1)},
	{name: "one-of-three-lost", about: "an agent's line fails: two see on", sites: []string{"town"}, long: 35 * time.Minute, fault: within(12, 22, world.Lost, "", us1)},
	{name: "shared-hoster", about: "four sites at one address fail together: one incident", sites: []string{"hosted-1", "hosted-2", "hosted-3", "hosted-4"}, share: true, long: 50 * time.Minute, fault: within(12, 30, world.BadGateway, "hosted")},
	{name: "challenge", about: "a protection product wants proofs of everybody", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.Challenge, "town")},
	{name: "geo-block", about: "abroad nothing comes through, at home everything", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.Lost, "town", de1, us1)},
	{name: "wrong-content", about: "the site answers 200, with a page that is not its own", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.Defaced, "town")},
	{name: "certificate-expires", about: "the certificate runs out on election night", sites: []string{"town"}, long: 32 * time.Minute, fault: within(12, 1000, world.Expired, "town")},
	{name: "slow-only", about: "the page comes after eight seconds", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.Slow, "town")},
	{name: "flapping", about: "two minutes bad, two good", sites: []string{"town"}, long: 56 * time.Minute, fault: func(at time.Duration, from, host string) world.What {
		if (at-aside)/(2*time.Minute)%2 == 0 {
			return world.Page
		}
		return within(12, 30, world.Overload, "town")(at, from, host)
	}},
	{name: "clock-skew", about: "an agent's clock is three minutes ahead: times are those of the others", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.BadGateway, "town"), clock: map[string]time.Duration{"de1": 3 * time.Minute}},
	{name: "newspaper", about: "502 for hours", sites: []string{"town"}, long: 112 * time.Minute, fault: within(12, 90, world.BadGateway, "town")},
	{name: "name-servers", about: "the name is not resolved", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.NoName, "town")},
	{name: "cut-off", about: "pages break off halfway", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.Cut, "town")},
	{name: "edge-block", about: "a protection product refuses those abroad", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.Blocked, "town", de1, us1)},
	{name: "refused", about: "the program has gone, the machine answers", sites: []string{"town"}, long: 50 * time.Minute, fault: within(12, 30, world.Refused, "town")},
	{name: "eight-minutes", about: "502 for eight minutes: long enough for everyone to hear of it", sites: []string{"town"}, long: 45 * time.Minute, fault: within(12, 20, world.BadGateway, "town")},
	{name: "one-is-longer", about: "of three sites at one address one fails for longer", sites: []string{"hosted-1", "hosted-2", "hosted-3"}, share: true, long: 60 * time.Minute, fault: func(at time.Duration, from, host string) world.What {
		if strings.HasPrefix(host, "hosted-3") {
			return within(12, 40, world.BadGateway, "")(at, from, host)
		}
		return within(12, 20, world.BadGateway, "hosted")(at, from, host)
	}},
	{
		name: "own-resolver-lost", about: "the lookout's own resolver fails while its line is well, as sentinels whose addresses it knows show: it has no vote", sites: []string{"town"},
		long: 35 * time.Minute, fault: within(12, 22, world.Lost, "resolver", dk1), known: 2,
	},
	{
		name: "nine-of-twelve", about: "nine of twelve parties' sites are flooded, each at its own address: nine incidents, and nobody is blind", sites: numbered("party", 12), apart: true,
		long: 40 * time.Minute, fault: within(12, 24, world.Overload, "party-0"),
	},
	{
		name: "line-lost-under-many", about: "with 24 sites the lookout's own line fails: it is blind, and no site is down", sites: numbered("site", 24), apart: true,
		long: 22 * time.Minute, fault: within(12, 16, world.Lost, "", dk1),
	},
	{name: "flash-crowd", about: "readers come in numbers: slow, for three minutes too much, slow again", sites: []string{"town"}, long: 60 * time.Minute, fault: func(at time.Duration, from, host string) world.What {
		if what := within(25, 28, world.Overload, "town")(at, from, host); what != world.Page {
			return what
		}
		return within(12, 40, world.Slow, "town")(at, from, host)
	}},
	{
		name: "named-and-nothing", about: "attackers name the site on their list, and nothing happens: nothing is told", sites: []string{"town"}, long: 50 * time.Minute,
		during: listed,
	},
	{
		name: "campaign", about: "attackers name the site, and it fails for eight minutes: the incident stays open for twice as long, to be continued", sites: []string{"town"},
		long: 58 * time.Minute, fault: within(12, 20, world.BadGateway, "town"), during: listed,
	},
	{
		name: "agent-ends", about: "an agent ends before the site fails: the last that it saw counts for nothing", sites: []string{"town"}, long: 50 * time.Minute,
		fault: within(12, 30, world.BadGateway, "town"), quits: map[string]time.Duration{"us1": 11 * time.Minute},
	},
	{name: "peace", about: "nothing happens, and nothing is told", sites: []string{"town"}, long: 50 * time.Minute},
}

// listed has attackers name the site after eleven minutes.
func listed(s *stage) {
	time.Sleep(11 * time.Minute)
	s.l.NoteListing(time.Now(), "www.town.example")
}

// numbered returns the first labels of n names.
func numbered(label string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s-%02d", label, i+1))
	}
	return all
}

// few says that only the first few nights are played, where each takes long.
var few bool

// TestWorld plays nights from the bytes on the wire to the words that are told: real probes ask real HTTPS over a network in memory, at three vantages, of
// which two are agents on a bus; what comes of it is held against a timeline.
func TestWorld(t *testing.T) {
	for i, n := range nights {
		if few && i >= 3 {
			break
		}
		t.Run(n.name, func(t *testing.T) {
			t.Parallel() // they wait for disks
			synctest.Test(t, func(t *testing.T) { golden(t, n.name, n.about+"\n\n"+n.play(t)) })
		})
	}
}

// golden holds a text against the one in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "world", name+".txt")
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(got), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	texts, times := apart(string(want))
	gotTexts, gotTimes := apart(got)
	diff := cmp.Diff(texts, gotTexts)
	for i := 0; diff == "" && i < len(times); i++ {
		if (times[i] - gotTimes[i]).Abs() > slack {
			diff = fmt.Sprintf("%v, want %v, in\n%s", gotTimes[i], times[i], got)
		}
	}
	if diff != "" {
		t.Errorf("kept is -, now is +; -update rewrites it\n%s", diff)
	}
}

// slack is by how much times may differ from those kept. Agents' clocks are set by what passes through queues that are emptied once a second, so which of
// two facts of one second comes first is not the same each time, and a round may end with the next vote.
const slack = time.Minute

var timeText = regexp.MustCompile(`\b[0-9]+(h[0-9]+m[0-9]+s|m[0-9]+s|s)\b`)

// apart returns the lines of a night without the times in it, and the times.
func apart(text string) (lines []string, times []time.Duration) {
	for _, found := range timeText.FindAllString(text, -1) {
		d, _ := time.ParseDuration(found) // its form is that of one
		times = append(times, d)
	}
	for line := range strings.Lines(timeText.ReplaceAllString(text, "…")) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines, times
}

// play lets a night pass, and returns what came of it.
func (n *night) play(t *testing.T) string {
	begun := time.Now()
	w := world.New(t)
	w.Fault = n.fault
	for i, label := range n.sites {
		addr := fmt.Sprintf("192.0.2.%d", 10+i)
		switch {
		case n.share:
			addr = "192.0.2.10"
		case n.apart:
			addr = fmt.Sprintf("2001:db8:%x::1", 0x100+i)
		}
		w.Host(label+".example", addr)
	}
	for i, s := range sentinels {
		w.Host(hostOf(s), fmt.Sprintf("2001:db8:%d::1", i+1))
	}
	hub, err := membus.New(bus.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, path: filepath.Join(t.TempDir(), "world.db")}
	phones := n.phones(t)
	s.change = func(o *Options) {
		o.Vantage.Name, o.Prober = "dk1", n.prober(t, w, "dk1", dk1)
		o.Post = func(ctx context.Context, m notify.Message) error {
			return errors.Join(s.post(ctx, m), phones.Post(ctx, m))
		}
	}
	ours := hub.Lookout()
	s.join = func(l *Lookout) { n.join(t, l, s.db, ours) }
	s.begin(nil)
	for _, label := range n.sites {
		s.add(Spec{URL: "https://" + label + ".example/", Country: "DK"})
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2+len(watchers))
	go func() { ended <- phones.Run(ctx) }()
	go func() { ended <- s.l.others.coordinator.Run(ctx) }()
	ends := []func() error{ours.Close}
	for _, v := range watchers {
		line := hub.Agent(v.name)
		box, err := agentbox.Open(ctx, filepath.Join(t.TempDir(), v.name+".db"), 0)
		if err != nil {
			t.Fatal(err)
		}
		a := n.agent(t, w, v.name, v.addr, line, box)
		go func() { ended <- n.run(ctx, v.name, a) }()
		ends = append(ends, line.Close, box.Close)
	}
	if n.during != nil {
		n.during(s)
	}
	time.Sleep(n.long - time.Since(begun))
	told := n.told(s, begun) + phones.heard(begun)
	cancel()
	for range cap(ended) {
		err = errors.Join(err, <-ended)
	}
	s.end()
	for _, f := range ends {
		err = errors.Join(err, f())
	}
	if err != nil {
		t.Error(err)
	}
	return told
}

// hostOf returns the name of a sentinel.
func hostOf(s Sentinel) string { return strings.TrimSuffix(strings.TrimPrefix(s.URL, "https://"), "/") }

// options are those of a prober in a world.
func (n *night) options(t *testing.T, w *world.World, name, addr string) probe.Options {
	t.Helper()
	budget, err := probe.NewBudget(seatsInAll)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string][]netip.Addr)
	for i, s := range sentinels[:n.known] {
		known[hostOf(s)] = []netip.Addr{netip.MustParseAddr(fmt.Sprintf("2001:db8:%d::1", i+1))}
	}
	return probe.Options{
		Addresses: known,
		Contact:   "it@example.org", Vantage: name, Resolvers: w.Resolvers(), Roots: w.Roots(), AllowHosts: w.Names(), Budget: budget,
		Connect: n.connect(w, addr), Remember: true, Now: n.clockOf(name),
	}
}

// connect returns what connects from an address.
func (n *night) connect(w *world.World, addr string) func(context.Context, string, netip.AddrPort) (net.Conn, error) {
	connect := w.From(addr)
	return func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
		if n.seen != nil && to.Port() == 443 {
			n.seen(addr, to)
		}
		return connect(ctx, network, to)
	}
}

// clockOf returns a place's own clock.
func (n *night) clockOf(name string) func() time.Time {
	return func() time.Time { return time.Now().Add(n.clock[name]) }
}

func (n *night) prober(t *testing.T, w *world.World, name, addr string) *probe.Prober {
	t.Helper()
	p, err := probe.New(n.options(t, w, name, addr))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// join gives a lookout the vantages elsewhere.
func (n *night) join(t *testing.T, l *Lookout, db store.Store, ours *membus.Conn) {
	t.Helper()
	c, err := coordinator.New(coordinator.Options{Bus: ours, Take: l.Take, Local: true, Logger: slog.New(slog.DiscardHandler)})
	for _, v := range watchers {
		err = errors.Join(err, db.PutVantage(t.Context(), store.Vantage{Name: v.name, Network: v.network, Country: v.country, PublicKey: v.name, Added: time.Now()}))
	}
	l.others = &vantages{coordinator: c}
	if err := errors.Join(err, l.Reread(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// agent returns a vantage elsewhere.
func (n *night) agent(t *testing.T, w *world.World, name, addr string, line *membus.Conn, box agent.Box) *agent.Agent {
	t.Helper()
	o := agent.Options{
		Vantage: name, Bus: line, Box: box, Prober: n.prober(t, w, name, addr), SelfProber: n.prober(t, w, name, addr), Addresses: []netip.Addr{netip.MustParseAddr(addr)},
		Logger: slog.New(slog.DiscardHandler), Now: n.clockOf(name),
	}
	for _, s := range sentinels {
		o.Sentinels = append(o.Sentinels, agent.Sentinel{URL: s.URL, Network: s.Network})
	}
	a, err := agent.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// run runs an agent until ctx ends, or until it quits.
func (n *night) run(ctx context.Context, name string, a *agent.Agent) error {
	if after, ok := n.quits[name]; ok {
		var quit context.CancelFunc
		ctx, quit = context.WithTimeout(ctx, after)
		defer quit()
	}
	return a.Run(ctx)
}

// told returns what came of a night: how states changed and because of what, how vantages fared, what people were told, and the incidents. Times are to
// the half minute.
func (n *night) told(s *stage, begun time.Time) string {
	var b strings.Builder
	since := func(at time.Time) string { return after(begun, at) }
	for i, label := range n.sites {
		past, err := History.Ask(s.t.Context(), Here(s.desk), Span{Site: label + ".example", From: begun})
		if err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s.example\n", label)
		for _, x := range past.Transitions {
			var because []string
			probes, note := x.Because()
			for _, p := range probes {
				because = append(because, p.Class.String())
			}
			slices.Sort(because)
			because = slices.Compact(because)
			fmt.Fprintf(&b, "  %-8s %s → %s: %s%s\n", since(x.At), x.From, x.To, strings.Join(because, ", "), note)
		}
		if i > 0 {
			continue
		}
		for _, v := range past.Vantages {
			fmt.Fprintf(&b, "  %s is %s from %s to %s\n", v.Vantage, v.Health, since(v.From), since(v.To))
		}
	}
	last := ""
	for _, m := range s.messages() { // the same of another site is left out
		if text := fmt.Sprintf("%s: %s, %d sites", m.Kind, m.Words.English, len(m.Sites)); text != last {
			fmt.Fprintf(&b, "told %s: %s\n", since(m.At), text)
			last = text
		}
	}
	all, err := Incidents.Ask(s.t.Context(), Here(s.desk), IncidentFilter{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range slices.Backward(all) {
		fmt.Fprintf(&b, "incident %s: %s: %s / %s\n  began %s–%s, ended %s–%s\n", i.ID, strings.Join(i.What.Sites(), ", "), i.What.Words.EN, i.What.Words.DA,
			since(i.What.Start.Earliest), since(i.What.Start.Latest), since(i.What.End.Earliest), since(i.What.End.Latest))
	}
	return b.String()
}

// after says how long after the beginning a time is, to the half minute.
func after(begun, at time.Time) string {
	if at.IsZero() {
		return "—"
	}
	return at.Sub(begun).Round(30 * time.Second).String()
}
