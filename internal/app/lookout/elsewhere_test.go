package lookout

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/membus"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/coordinator"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestLateIsHistory: what was found while the lookout was down is in the history, with its times, and changes no state; the same in time would. Given
// twice, as a bus may, it is there once.
func TestLateIsHistory(t *testing.T) {
	for _, late := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			s.add(Spec{URL: home})
			time.Sleep(10 * time.Minute)
			s.end()
			time.Sleep(50 * time.Second)
			s.begin(nil)
			begun := time.Now().UTC()
			var reports []coordinator.Report
			for i := range 10 {
				at := begun.Add(time.Duration(i-10) * 5 * time.Second)
				reports = append(reports, coordinator.Report{
					Vantage: "office", Run: "elsewhere", Sequence: int64(i + 1), At: at, Received: begun, Late: late,
					Result: &message.Result{Site: "www.example.org", Probe: probe.Result{
						URL: home, FinalURL: home, Class: probe.HTTP503, Phase: probe.PhaseDone, Status: 503, At: at, Vantage: "office",
					}},
				})
			}
			for range 2 {
				if err := s.l.Take(t.Context(), reports); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Second)
			}
			if got := s.site("www.example.org").State; (got == watch.Up) != late {
				t.Errorf("late %v: the site is %v", late, got)
			}
			past, err := History.Ask(t.Context(), Here(s.desk), Span{Site: "www.example.org", From: begun.Add(-51 * time.Second), To: begun})
			if err != nil || len(past.Results) != len(reports) {
				t.Fatalf("late %v: the history of the time has %d results, want %d: %v", late, len(past.Results), len(reports), err)
			}
			for i, r := range past.Results {
				if !r.At.Equal(reports[i].At) || r.Class != probe.HTTP503 {
					t.Errorf("late %v: %+v, want one of %v", late, r, reports[i].At)
				}
			}
		})
	}
}

// hand is a vantage elsewhere that answers by hand: only when it is to ask at once.
type hand struct {
	*testing.T
	name string
	line *membus.Conn
	sent int64
}

// answer hears what the vantage is told until ctx ends, and finds a site to be class whenever it is to ask at once.
func (h *hand) answer(ctx context.Context, class probe.Class) {
	q, err := h.line.Listen(ctx, h.name)
	if err != nil {
		h.Error(err)
		return
	}
	defer q.Close()
	for {
		batch, err := q.Next(ctx, 100)
		if err != nil {
			return
		}
		for _, d := range batch {
			e, err := bus.Open(d.Message)
			if err != nil {
				h.Error(err)
				return
			}
			if told, err := message.ReadAssignment(e.Payload); err != nil || slices.Contains(told.Now, "www.example.org") {
				h.say(ctx, class)
			}
		}
	}
}

func (h *hand) say(ctx context.Context, class probe.Class) {
	h.sent++
	at := time.Now()
	found, err := json.Marshal(message.Result{Site: "www.example.org", Probe: probe.Result{
		URL: home, FinalURL: home, Class: class, Phase: probe.PhaseDone, At: at, Vantage: h.name,
	}})
	if err != nil {
		h.Error(err)
	}
	m, err := bus.Envelope{Kind: bus.Result, Vantage: h.name, Run: "r1", Sequence: h.sent, Sent: at, Payload: found}.Message()
	if err := errors.Join(err, h.line.Publish(ctx, m)); err != nil {
		h.Error(err)
	}
}

// elsewhereStage is a stage whose lookout has vantages elsewhere, on a bus in memory.
type elsewhereStage struct {
	*stage
	hub  *membus.Hub
	ours *membus.Conn
}

// playElsewhere runs a lookout that watches one site, with vantages elsewhere, in a bubble while during does.
func playElsewhere(t *testing.T, names []string, during func(ctx context.Context, s *elsewhereStage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		hub, err := membus.New(bus.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		s := &elsewhereStage{newStage(t), hub, hub.Lookout()}
		s.add(Spec{URL: home})
		s.end()
		s.join = func(l *Lookout) {
			c, err := coordinator.New(coordinator.Options{Bus: s.ours, Take: l.Take, Local: true, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range names {
				err = errors.Join(err, s.db.PutVantage(t.Context(), store.Vantage{Name: name, Network: "AS6450" + string('1'+rune(i)), PublicKey: name, Added: time.Now()}))
			}
			l.others = &vantages{coordinator: c}
			if err := errors.Join(err, l.Reread(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		s.begin(nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.l.others.coordinator.Run(ctx) }()
		during(ctx, s)
		cancel()
		s.end()
		if err := errors.Join(<-ended, s.ours.Close()); err != nil {
			t.Error(err)
		}
	})
}

// TestNowFromEverywhere: whoever is on the telephone is told what each vantage finds now, and of one that does not answer what it found last, and when.
func TestNowFromEverywhere(t *testing.T) {
	playElsewhere(t, []string{"cph-1", "arh-1"}, func(ctx context.Context, s *elsewhereStage) {
		answers, silent := &hand{T: s.t, name: "cph-1", line: s.hub.Agent("cph-1")}, &hand{T: s.t, name: "arh-1", line: s.hub.Agent("arh-1")}
		hearing, deaf := context.WithCancel(ctx)
		heard := make(chan struct{})
		go func() { answers.answer(hearing, probe.HTTP502); close(heard) }()
		silent.say(ctx, probe.TCPTimeout)
		time.Sleep(2 * time.Minute)

		begun := time.Now()
		all, err := Measure.Ask(ctx, Here(s.desk), Named{Site: "www.example.org"})
		if err != nil || len(all) != 3 {
			s.t.Fatalf("%+v, %v", all, err)
		}
		for i, want := range []struct {
			vantage string
			fresh   bool
			class   probe.Class
		}{{"office", true, probe.OK}, {"arh-1", false, probe.TCPTimeout}, {"cph-1", true, probe.HTTP502}} {
			got := all[i]
			if got.Vantage != want.vantage || got.Fresh != want.fresh || got.Result == nil || got.Result.Class != want.class || got.Result.At.Before(begun) == want.fresh {
				s.t.Errorf("%d: %+v, want %+v", i, got, want)
			}
		}
		deaf()
		<-heard
		if err := errors.Join(answers.line.Close(), silent.line.Close()); err != nil {
			s.t.Error(err)
		}
	})
}

// TestNowNamesWhoIsNotAsked: at most three vantages have turns of a site; the others are named too, and why they were not asked.
func TestNowNamesWhoIsNotAsked(t *testing.T) {
	playElsewhere(t, []string{"aal-1", "arh-1", "cph-1", "ode-1"}, func(ctx context.Context, s *elsewhereStage) {
		time.Sleep(2 * time.Minute)
		asked, _ := s.l.others.coordinator.AskNow("www.example.org")
		all, err := Measure.Ask(ctx, Here(s.desk), Named{Site: "www.example.org"})
		if err != nil || len(all) != 5 || len(asked) != 2 {
			s.t.Fatalf("%+v, %v, with %q asked", all, err, asked)
		}
		for i, x := range all {
			want := NotAsked("")
			if i > 2 {
				want = OthersTurns
			}
			if x.NotAsked != want || i > 0 && slices.Contains(asked, x.Vantage) != (want == "") {
				s.t.Errorf("%d: %+v, with %q asked", i, x, asked)
			}
		}
	})
}

// TestAgentInside: a vantage that says it stands in the watched site's own network is drawn as inside, and has no vote.
func TestAgentInside(t *testing.T) {
	for address, inside := range map[string]bool{"192.0.2.77": true, "198.51.100.77": false, "10.0.0.1": false} {
		playElsewhere(t, []string{"cph-1"}, func(ctx context.Context, s *elsewhereStage) {
			h := &hand{T: s.t, name: "cph-1", line: s.hub.Agent("cph-1")}
			var reports []coordinator.Report
			for _, at := range []string{"192.0.2.77", address} { // it has moved
				reports = append(reports, coordinator.Report{
					Vantage: "cph-1", Run: "r0", Sequence: 1, At: time.Now(), Received: time.Now(), Addresses: []netip.Addr{netip.MustParseAddr(at)},
					Health: &watch.HealthReport{Vantage: "cph-1", Resolver: true},
				})
			}
			if err := s.l.Take(ctx, reports); err != nil {
				s.t.Fatal(err)
			}
			for range 10 {
				time.Sleep(time.Minute)
				h.say(ctx, probe.HTTP502)
			}
			time.Sleep(5 * time.Second)
			got := s.site("www.example.org")
			i := slices.IndexFunc(got.Matrix, func(p watch.Probe) bool { return p.Vantage == "cph-1" })
			if i < 0 || got.Matrix[i].Inside != inside {
				s.t.Errorf("at %s: %+v, want inside %v", address, got.Matrix, inside)
			}
			kept := s.kept(8 * time.Minute) // before, nobody knew
			if !slices.ContainsFunc(kept, func(r store.Result) bool { return r.Vantage == "cph-1" }) {
				s.t.Fatalf("%d results, none of the vantage", len(kept))
			}
			for _, r := range kept {
				if r.Inside != (inside && r.Vantage == "cph-1") {
					s.t.Errorf("at %s: %s is kept as inside %v", address, r.Vantage, r.Inside)
				}
			}
			if inside && (got.State != watch.Up || len(got.Overlays) != 0) {
				s.t.Errorf("at %s: %v, %v, want what the others see", address, got.State, got.Overlays)
			}
			if err := h.line.Close(); err != nil {
				s.t.Error(err)
			}
		})
	}
}

// TestAgentBesideASite: sentinels of a vantage elsewhere that were found in the network of a watched site, or behind the same name of a provider, do not
// count, as for the lookout's own.
func TestAgentBesideASite(t *testing.T) {
	for name, c := range map[string]struct {
		last watch.Sentinel // found so; two others are elsewhere
		want watch.Health
	}{
		"elsewhere":     {watch.Sentinel{Address: netip.MustParseAddr("203.0.113.1"), CNAME: "three.cdn.example"}, watch.Healthy},
		"same network":  {watch.Sentinel{Address: netip.MustParseAddr("192.0.2.99")}, watch.Unchecked},
		"same provider": {watch.Sentinel{Address: netip.MustParseAddr("203.0.113.1"), CNAME: "edge.cdn.example"}, watch.Unchecked},
		"not known":     {watch.Sentinel{}, watch.Healthy},
	} {
		playElsewhere(t, []string{"cph-1"}, func(ctx context.Context, s *elsewhereStage) {
			s.world.place("192.0.2.10", "edge.cdn.example", home)
			time.Sleep(3 * time.Minute)
			c.last.Name, c.last.Network, c.last.OK = "https://three.example/", "AS64502", true
			r := message.Health{At: time.Now(), Resolver: true, Sentinels: []watch.Sentinel{
				{Name: "https://one.example/", Network: "AS64500", OK: true, Address: netip.MustParseAddr("2001:db8:1::1")},
				{Name: "https://two.example/", Network: "AS64501", OK: true, Address: netip.MustParseAddr("198.51.100.1")},
				c.last,
			}}
			err := s.l.Take(ctx, []coordinator.Report{{Vantage: "cph-1", Run: "r0", Sequence: 1, At: time.Now(), Received: time.Now(), Health: r.Report("cph-1")}})
			time.Sleep(5 * time.Second)
			if got := s.l.Stats().Health["cph-1"]; err != nil || got != c.want {
				s.t.Errorf("%s: the vantage is %v, %v, want %v", name, got, err, c.want)
			}
		})
	}
}
