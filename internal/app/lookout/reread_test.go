package lookout

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/membus"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/coordinator"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestChangedPastTheLookout: what somebody changes in the store past the running lookout, as from another machine, is taken up within half a minute:
// who opts out is not asked a minute later, and a site that was added is.
func TestChangedPastTheLookout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int64
		s := newStageWith(t, func(o *Options) {
			o.Named = func(context.Context) (map[string]probe.Listed, error) { reads.Add(1); return nil, nil }
		})
		const quiet, added = "https://two.example.net/", "https://three.example.net/"
		s.add(Spec{URL: home}, Spec{URL: quiet})
		time.Sleep(5*time.Minute + 7*time.Second)
		if err := s.db.OptOut(t.Context(), store.OptOut{Host: "two.example.net", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		site := store.Site{Name: "three", Host: "three.example.net", URL: added, Source: store.SourceCLI, Added: time.Now()}
		if _, err := s.db.PutSite(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		said := time.Now()
		time.Sleep(5 * time.Minute)
		for _, at := range s.world.times(quiet) {
			if at.Sub(said) > 30*time.Second {
				t.Errorf("asked %v after its owner opted out", at.Sub(said))
			}
		}
		if n := len(s.world.times(quiet)); n < 4 {
			t.Errorf("asked %d times before", n)
		}
		if n := len(s.world.times(added)); n < 4 {
			t.Errorf("the new site was asked %d times in five minutes", n)
		}
		if n := reads.Load(); n != 3 {
			t.Errorf("the lists were taken up %d times: at the start, at the desk, and when they had changed are three", n)
		}
	})
}

// TestTriedAgain: while what attack orders name cannot be read, that is tried again, and what has changed is taken up once.
func TestTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fails atomic.Bool
		var reads atomic.Int64
		s := newStageWith(t, func(o *Options) {
			o.Named = func(context.Context) (map[string]probe.Listed, error) {
				reads.Add(1)
				if fails.Load() {
					return nil, errors.New("the disk is gone")
				}
				return map[string]probe.Listed{"www.example.org": {Paths: []string{"/now"}}}, nil
			}
		})
		s.add(Spec{URL: home})
		time.Sleep(5*time.Minute + 7*time.Second) // between two looks at the store
		fails.Store(true)
		if err := s.db.OptOut(t.Context(), store.OptOut{Host: "two.example.net", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if err := s.l.Reread(t.Context()); err == nil {
			t.Fatal("the orders were read")
		}
		machine := func() *watch.Machine {
			s.l.mu.Lock()
			defer s.l.mu.Unlock()
			return s.l.machine
		}
		before, read := machine(), reads.Load()
		time.Sleep(5*rereadEvery + time.Second)
		if n := reads.Load() - read; n != 5 {
			t.Errorf("the orders were tried %d times, want 5", n)
		}
		fails.Store(false)
		time.Sleep(5 * rereadEvery)
		if n := reads.Load() - read; n != 6 {
			t.Errorf("the orders were read %d times, want once more", n-5)
		}
		if machine() != before {
			t.Error("the machine was built anew, and nothing had changed since")
		}
	})
}

// observed is a store that looks, whenever the vantages are read, whether a lookout can be used meanwhile.
type observed struct {
	store.Store
	l      *Lookout
	locked bool
}

func (o *observed) Vantages(ctx context.Context) ([]store.Vantage, error) {
	if o.l != nil {
		if o.l.mu.TryLock() {
			o.l.mu.Unlock()
		} else {
			o.locked = true
		}
	}
	return o.Store.Vantages(ctx)
}

// TestNothingWaitsForTheStore: while lists are taken up the lookout judges on, however long the store takes.
func TestNothingWaitsForTheStore(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), sqlite.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	hub, err := membus.New(bus.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	line := hub.Lookout()
	defer line.Close()
	o := &observed{Store: db}
	log := slog.New(slog.DiscardHandler)
	l, err := New(t.Context(), Options{Store: o, Prober: newWorld(t), Vantage: watch.Vantage{Name: "office", Network: "AS64496"}, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	c, err := coordinator.New(coordinator.Options{Bus: line, Take: l.Take, Local: true, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	l.others, o.l = &vantages{coordinator: c}, l
	if err := errors.Join(db.PutVantage(t.Context(), store.Vantage{Name: "de1", Network: "AS64502", PublicKey: "de1", Added: time.Now()}), l.Reread(t.Context())); err != nil {
		t.Fatal(err)
	}
	if o.locked || len(l.places) != 1 {
		t.Errorf("the lookout waits for the store: %t; it has %d vantages elsewhere", o.locked, len(l.places))
	}
}
