package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// times are durations of the same thing.
type times []time.Duration

// percentile returns the duration that so many percent do not exceed.
func (t times) percentile(p int) time.Duration {
	if len(t) == 0 {
		return 0
	}
	slices.Sort(t)
	return t[(len(t)*p+99)/100-1]
}

func (t times) String() string {
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, longest %.1f ms", millis(t.percentile(50)), millis(t.percentile(99)), millis(t.percentile(100)))
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cold opens the store, drops the page cache, and times f.
func (b *bench) cold(ctx context.Context, f func(s *sqlite.Store) error) (time.Duration, error) {
	s, err := b.open(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
		return 0, fmt.Errorf("drop the page cache: %w", err)
	}
	start := time.Now()
	err = f(s)
	return time.Since(start), err
}

// repeat takes n cold times.
func (b *bench) repeat(ctx context.Context, n int, f func(s *sqlite.Store) error) (times, error) {
	var all times
	for range n {
		d, err := b.cold(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

func (b *bench) measure(ctx context.Context) error {
	info, err := os.Stat(b.path)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(2, 2))
	rows := 0
	days, err := b.repeat(ctx, b.samples, func(s *sqlite.Store) error {
		from := begin.Add(time.Duration(rng.IntN(b.minutes-24*60+1)) * time.Minute)
		rs, err := s.Results(ctx, store.Range{Site: store.SiteID(1 + rng.IntN(b.sites)), From: from, To: from.Add(24 * time.Hour)})
		rows += len(rs)
		return err
	})
	if err != nil {
		return err
	}
	states, err := b.repeat(ctx, 50, func(s *sqlite.Store) error {
		all, err := s.States(ctx)
		if err == nil && len(all) != b.sites {
			err = fmt.Errorf("got %d states", len(all))
		}
		return err
	})
	if err != nil {
		return err
	}
	kept, err := b.retention(ctx)
	if err != nil {
		return err
	}
	var opened time.Duration
	var unread []string
	if _, err = b.cold(ctx, func(*sqlite.Store) error {
		start := time.Now()
		s, err := sqlite.Open(ctx, sqlite.Options{Path: b.path})
		if err != nil {
			return err
		}
		opened, unread = time.Since(start), s.Checked().Unread
		return s.Close()
	}); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "| what | measured |\n|---|---|\n")
	fmt.Fprintf(b.out, "| rows, bytes of the file for each | %d, %.1f |\n", b.minutes*b.sites, float64(info.Size())/float64(b.minutes*b.sites))
	fmt.Fprintf(b.out, "| 24 h of one site (%d rows), cache dropped, %d times | %v |\n", rows/b.samples, b.samples, days)
	fmt.Fprintf(b.out, "| the current states of %d sites, cache dropped, 50 times | %v |\n", b.sites, states)
	fmt.Fprintf(b.out, "| an hour's retention, cache dropped, %d hours | %v |\n", len(kept.hours), kept.hours)
	fmt.Fprintf(b.out, "| a write of 2 results while nothing is removed, %d writes | %v |\n", len(kept.before), kept.before)
	fmt.Fprintf(b.out, "| the same while an hour is removed, %d writes | %v |\n", len(kept.during), kept.during)
	fmt.Fprintf(b.out, "| opening, cache dropped; not looked through in that time | %.1f s; %s |\n", opened.Seconds(), strings.Join(unread, " "))
	return nil
}

// retained is what retention took, and what writes took before it and beside it.
type retained struct{ hours, before, during times }

// hoursRemoved is how many hours are removed, one after another.
const hoursRemoved = 6

func (b *bench) retention(ctx context.Context) (r retained, err error) {
	_, err = b.cold(ctx, func(s *sqlite.Store) (err error) {
		done := make(chan struct{})
		defer time.AfterFunc(10*time.Second, func() { close(done) }).Stop()
		r.before, err = b.write(ctx, s, "before", done)
		return err
	})
	for h := 1; h <= hoursRemoved && err == nil; h++ {
		until := begin.Add(time.Duration(h) * time.Hour)
		if err = b.rolled(ctx, until); err != nil {
			break
		}
		_, err = b.cold(ctx, func(s *sqlite.Store) error { return b.hour(ctx, s, until, &r) })
	}
	return r, err
}

// rolled sums up what is to be removed: that is done every five minutes in service, and is no part of retention.
func (b *bench) rolled(ctx context.Context, until time.Time) error {
	s, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Roll(ctx, until)
}

// hour removes an hour while results are written.
func (b *bench) hour(ctx context.Context, s *sqlite.Store, until time.Time, r *retained) error {
	done := make(chan struct{})
	type written struct {
		t   times
		err error
	}
	writer := make(chan written, 1)
	go func() {
		t, err := b.write(ctx, s, until.Format("hour-15"), done)
		writer <- written{t, err}
	}()
	start := time.Now()
	removed, err := s.Retain(ctx, store.Cutoffs{Results: until})
	r.hours = append(r.hours, time.Since(start))
	close(done)
	w := <-writer
	r.during = append(r.during, w.t...)
	if err == nil && removed.Results != int64(60*b.sites) {
		err = fmt.Errorf("%d results were removed", removed.Results)
	}
	if err == nil {
		err = w.err
	}
	return err
}

// write appends 2 results every 60 ms, which are 2,000 a minute, until done is closed, and returns how long each write took.
func (b *bench) write(ctx context.Context, s *sqlite.Store, run string, done <-chan struct{}) (all times, err error) {
	g := newGenerator(b.sites)
	tick := time.NewTicker(60 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n += 2 {
		rs := []store.Result{
			g.result(&g.sites[n%b.sites], begin.Add(time.Duration(b.minutes)*time.Minute)),
			g.result(&g.sites[(n+1)%b.sites], begin.Add(time.Duration(b.minutes)*time.Minute)),
		}
		for i := range rs {
			rs[i].Run, rs[i].Sequence = run, int64(n+i+1)
		}
		start := time.Now()
		if _, err := s.Append(ctx, rs); err != nil {
			return all, err
		}
		all = append(all, time.Since(start))
		select {
		case <-done:
			return all, nil
		case <-tick.C:
		}
	}
}
