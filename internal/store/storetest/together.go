package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// testReadersBesideAWriter: readers see whole calls of Append, in the order in which they were made, while a writer goes on.
func testReadersBesideAWriter(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	const calls, each = 60, 5
	done := make(chan struct{})
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for seen, last := 0, false; !last; {
				select {
				case <-done:
					last = true
				default:
				}
				rs, err := s.Results(t.Context(), store.Range{Site: site})
				if err != nil || len(rs)%each != 0 || len(rs) < seen {
					t.Errorf("after %d results: got %d, %v", seen, len(rs), err)
					return
				}
				seen = len(rs)
			}
		})
	}
	for i := range int64(calls) {
		var rs []store.Result
		for j := range int64(each) {
			rs = append(rs, result(site, "cph", i*each+j+1, noon.Add(time.Duration(i)*time.Second)))
		}
		if _, err := s.Append(t.Context(), rs); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	all.Wait()
	same(t, "results", calls*each, len(must(s.Results(t.Context(), store.Range{Site: site}))(t)))
}

// testWritersAtOnce: writers of every kind take turns, and the same result from two of them is one.
func testWritersAtOnce(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	var all sync.WaitGroup
	fates := make([]map[store.Fate]int, 4)
	for w := range fates {
		fates[w] = make(map[store.Fate]int)
		all.Go(func() {
			for i := range int64(20) {
				got, err := s.Append(t.Context(), []store.Result{result(site, "cph", i+1, noon.Add(time.Duration(i)*time.Minute))})
				if err == nil {
					fates[w][got[0]]++
					err = s.Apply(t.Context(), store.Step{Snapshots: []store.Snapshot{{Version: w}}, States: []store.State{{Site: site, State: fmt.Sprint(w)}}})
				}
				if err == nil && i%5 == 0 {
					err = s.Roll(t.Context(), noon.Add(time.Hour))
				}
				if err == nil && i%7 == 0 {
					_, err = s.Retain(t.Context(), store.Cutoffs{Results: noon.Add(-time.Hour)})
				}
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	all.Wait()
	total := make(map[store.Fate]int)
	for _, f := range fates {
		for fate, n := range f {
			total[fate] += n
		}
	}
	same(t, "fates", map[store.Fate]int{store.Stored: 20, store.Duplicate: 60}, total)
	same(t, "results", 20, len(must(s.Results(t.Context(), store.Range{Site: site}))(t)))
	same(t, "states", 1, len(must(s.States(t.Context()))(t)))
}

// testTwoStores: two that have one place open take turns, and keep each result once.
func testTwoStores(t *testing.T, place Place) {
	stores := []store.Store{open(t, place), open(t, place)}
	site := addSites(t, stores[0], 1)[0]
	var all sync.WaitGroup
	stored := make([]int, len(stores))
	for i, s := range stores {
		all.Go(func() {
			for n := range int64(30) {
				fates, err := s.Append(t.Context(), []store.Result{result(site, "cph", n+1, noon)})
				if err != nil {
					t.Error(err)
					return
				}
				if fates[0] == store.Stored {
					stored[i]++
				}
			}
		})
	}
	all.Wait()
	same(t, "stored", 30, stored[0]+stored[1])
	for _, s := range stores {
		same(t, "results", 30, len(must(s.Results(t.Context(), store.Range{Site: site}))(t)))
	}
}

// testContextEnds: a call whose context has ended does nothing, and leaves the store usable.
func testContextEnds(t *testing.T, place Place) {
	s := open(t, place)
	site := addSites(t, s, 1)[0]
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"append":  func() error { _, err := s.Append(ended, []store.Result{result(site, "cph", 1, noon)}); return err },
		"nothing": func() error { _, err := s.Append(ended, nil); return err },
		"results": func() error { _, err := s.Results(ended, store.Range{Site: site}); return err },
		"apply":   func() error { return s.Apply(ended, store.Step{States: []store.State{{Site: site, State: "down"}}}) },
		"roll":    func() error { return s.Roll(ended, noon) },
		"retain":  func() error { _, err := s.Retain(ended, store.Usual(noon)); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
	}

	// One that ends in the middle of many writes leaves each of them whole or undone, and none acknowledged that is not there.
	running, stop := context.WithCancel(t.Context())
	defer stop()
	acknowledged := int64(0)
	for i := int64(1); ; i++ {
		if i == 30 {
			go stop()
		}
		rs := []store.Result{result(site, "cph", 2*i, noon), result(site, "cph", 2*i+1, noon)}
		if _, err := s.Append(running, rs); err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			break
		}
		acknowledged = i
	}
	got := len(must(s.Results(t.Context(), store.Range{Site: site}))(t))
	if got%2 != 0 || int64(got) < 2*acknowledged {
		t.Errorf("%d calls were acknowledged and %d results are there", acknowledged, got)
	}
	same(t, "states", 0, len(must(s.States(t.Context()))(t)))
}

func testCloseTwice(t *testing.T, place Place) {
	s := place(t, time.Now)
	check(t, s.Close())
	check(t, s.Close())
	if _, err := s.States(t.Context()); err == nil {
		t.Error("a closed store answers")
	}
	if err := s.OptOut(t.Context(), store.OptOut{Host: "a.example", At: noon}); err == nil {
		t.Error("a closed store is written to")
	}
}
