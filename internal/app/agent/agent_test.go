package agent

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/bus/jetstream"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestThreeAgents is the whole way: a lookout with its bus on loopback, three agents with real probes, sites on loopback. Results arrive; the line of
// one agent is cut, and what it found meanwhile comes late, in full and once; the server is started anew, and all go on.
func TestThreeAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "arh-1", "cph-1", "odense-1")
	cable := newWire(t, w.listen)
	agents := map[string]*Agent{}
	for name, addr := range map[string]string{"arh-1": w.listen, "cph-1": w.listen, "odense-1": cable.ln.Addr().String()} {
		agents[name], _ = w.start(w.setup(name, addr))
	}
	w.until("all three hold their assignment", func() bool {
		for _, a := range agents {
			if a.Stats().Sites != 5 || a.Stats().Refused != 1 {
				return false
			}
		}
		return true
	})
	w.doubt(0, 1)
	for name := range agents {
		w.until("results of "+name, func() bool { return w.has(name, 0, 1) })
	}

	// The line of one is cut while all are asking. What it finds waits, and comes later.
	open := w.shut()
	w.doubt(2, 3)
	w.until("all are asking", func() bool { return w.asking(3, 2, 3) })
	cable.set(w.listen, true)
	w.until("the line is down", func() bool { return !agents["odense-1"].conn.Connected() })
	open()
	w.until("the others' results come", func() bool { return w.has("arh-1", 2, 3) && w.has("cph-1", 2, 3) })
	w.until("results wait", func() bool { return agents["odense-1"].Stats().Waiting >= 2 })
	if w.has("odense-1", 2) || w.has("odense-1", 3) {
		t.Error("something came over a line that is cut")
	}
	cable.set(w.listen, false)
	w.until("they have come", func() bool { return w.has("odense-1", 2, 3) && agents["odense-1"].Stats().Waiting == 0 })

	// The server is started anew, at the same place, while all are asking.
	open = w.shut()
	w.doubt(4)
	w.until("all are asking again", func() bool { return w.asking(3, 4) })
	w.down()
	for name, a := range agents {
		w.until(name+" has noticed", func() bool { return !a.conn.Connected() })
	}
	open()
	for name, a := range agents {
		w.until(name+" has something to send", func() bool { return a.Stats().Waiting >= 1 })
	}
	w.up()
	for name := range agents {
		w.until("the result of "+name, func() bool { return w.has(name, 4) })
	}

	for name, a := range agents {
		w.until("all of "+name, func() bool { return int64(len(w.of(name))) == a.Stats().Probes })
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, rs := range w.got {
		seen := map[int64]bool{}
		for _, r := range rs {
			if r.Result.Probe.Class != probe.OK || r.Result.Site == w.names[5] || seen[r.Sequence] {
				t.Errorf("%s: %s of %s, number %d", name, r.Result.Probe.Class, r.Result.Site, r.Sequence)
			}
			seen[r.Sequence] = true
		}
		if a := agents[name].Stats(); a.Dropped+a.Lost+a.Failed+a.Unsendable != 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if w.fates[store.Unknown]+w.fates[store.FromFuture]+w.fates[store.TooOld] != 0 || w.sick["odense-1"] == 0 {
		t.Errorf("fates %v, health reports %v", w.fates, w.sick)
	}
}

// TestRestartOfAnAgent: what waited when it ended is sent by the next run, under the key of the run that found it.
func TestRestartOfAnAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "cph-1")
	cable := newWire(t, w.listen)
	s := w.setup("cph-1", cable.ln.Addr().String())
	a, stop := w.start(s)
	w.until("it holds its assignment", func() bool { return a.Stats().Sites == 5 })
	w.doubt(0)
	w.until("the first result", func() bool { return w.has("cph-1", 0) })
	open := w.shut()
	w.doubt(1)
	w.until("it asks", func() bool { return w.asking(1, 1) })
	cable.set(w.listen, true)
	w.until("the line is down", func() bool { return !a.conn.Connected() })
	open()
	w.until("something waits", func() bool { return a.Stats().Probes >= 2 && a.Stats().Waiting >= 1 })
	stop()
	if w.has("cph-1", 1) {
		t.Error("something came over a line that is cut")
	}
	cable.set(w.listen, false)
	b, _ := w.start(s)
	w.until("it has come", func() bool { return w.has("cph-1", 1) && b.Stats().Waiting == 0 })
	run := map[string]string{}
	for _, r := range w.of("cph-1") {
		if _, seen := run[r.Result.Site]; !seen {
			run[r.Result.Site] = r.Run
		}
	}
	if run[w.names[0]] != run[w.names[1]] {
		t.Errorf("two results of one run came as %v", run)
	}
}

// TestWrongKey: a key that nobody was given is refused, and what is found by its agent stays there.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "cph-1")
	seed, _, err := jetstream.NewKey()
	check(t, err)
	w.keys["cph-1"] = seed
	a, _ := w.start(w.setup("cph-1", w.listen))
	w.until("it was refused", func() bool { return w.server.Stats().Trouble > 0 })
	if st := a.Stats(); a.conn.Connected() || st.Sites != 0 || st.Sent != 0 {
		t.Errorf("connected: %v, %+v", a.conn.Connected(), st)
	}
}

// TestNobodySpeaksForAnother: with its own key, an agent that calls itself by another name gets nowhere.
func TestNobodySpeaksForAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "arh-1", "cph-1")
	w.keys["arh-1"] = w.keys["cph-1"]
	a, _ := w.start(w.setup("arh-1", w.listen))
	w.until("it is connected", func() bool { return a.conn.Connected() })
	m, err := message("arh-1", 1, `{}`)
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := a.conn.Publish(ctx, m); err == nil {
		t.Error("cph-1's key was let speak for arh-1")
	}
	w.until("the refusals are counted", func() bool { return w.server.Stats().Trouble > 0 })
	if st, c := a.Stats(), w.c.Stats(); st.Sites != 0 || st.Sent != 0 || c.Healths+c.Results != 0 {
		t.Errorf("the agent: %+v\nthe lookout: %+v", st, c)
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "cph-1")
	good := w.setup("cph-1", w.listen)
	for name, change := range map[string]func(*Setup){
		"allow":         func(s *Setup) { s.Allow += ".not" },
		"key":           func(s *Setup) { s.Key = s.Allow },
		"pin":           func(s *Setup) { s.Pin = "sha256:00" },
		"share":         func(s *Setup) { s.Share = 4 },
		"contact":       func(s *Setup) { s.Probe.Contact = "" },
		"sentinels":     func(s *Setup) { s.Sentinels = s.Allow },
		"plain":         func(s *Setup) { s.Connect = strings.Replace(s.Connect, "tls", "nats", 1) },
		"no port":       func(s *Setup) { s.Connect = "tls://127.0.0.1" },
		"password":      func(s *Setup) { s.Connect = strings.Replace(s.Connect, "127", "user:pass@127", 1) },
		"vantage":       func(s *Setup) { s.Vantage = "CPH" },
		"state":         func(s *Setup) { s.State = filepath.Join(s.Allow, "below") },
		"outbox":        func(s *Setup) { s.Outbox = -1 },
		"key not there": func(s *Setup) { s.Key += ".not" },
	} {
		s := good
		change(&s)
		a, err := New(t.Context(), s)
		if err == nil {
			t.Errorf("%s: no error", name)
			a.Close()
		}
		if _, ok := errors.AsType[*SetupError](err); ok == slices.Contains([]string{"state", "outbox"}, name) {
			t.Errorf("%s: whether the setup is wrong: %t (%v)", name, ok, err)
		}
	}
}
