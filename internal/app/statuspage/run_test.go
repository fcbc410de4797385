package statuspage

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/room/status"
	"github.com/seawall-project/seawall/internal/store"
)

// flaky fails when it is told to, as a store, and as a way out.
type flaky struct {
	Source
	store, way error
	took       atomic.Int64 // folders that were brought out
}

func (f *flaky) Sites(ctx context.Context) ([]store.Site, error) {
	if f.store != nil {
		return nil, f.store
	}
	return f.Source.Sites(ctx)
}

func (f *flaky) Publish(_ context.Context, files status.Folder, dir string) error {
	if f.way != nil {
		return f.way
	}
	data, err := os.ReadFile(filepath.Join(dir, status.Index))
	if err == nil && !bytes.Equal(data, files[status.Index]) {
		err = errors.New("another page was written")
	}
	f.took.Add(1)
	return err
}

// TestRounds: what fails is counted and tried again in the next round, and a page that cannot be made leaves the one before.
func TestRounds(t *testing.T) {
	s := newStage(t, config.StatusOwner)
	s.site("www.example.org", nil)
	f := &flaky{Source: s.db}
	o := s.options()
	o.Store = f
	svc, err := New(o)
	s.must(err)
	svc.ways = []way{{stepPush, f}}
	reg := prometheus.NewRegistry()
	svc.Register(reg)
	want := func(made, write, push, pages float64) {
		t.Helper()
		want := map[string]float64{
			"seawall_status_failing make": made, "seawall_status_failing write": write, "seawall_status_failing push": push, "seawall_status_pages_total ": pages,
		}
		got := gathered(t, reg)
		delete(got, "seawall_status_page_time_seconds ")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	want(0, 0, 0, 0)
	svc.round(t.Context())
	want(0, 0, 0, 1)
	f.way = errors.New("no such bucket")
	svc.round(t.Context())
	svc.round(t.Context())
	want(0, 0, 2, 3)
	dir := filepath.Join(s.state, "status")
	before, err := os.ReadFile(filepath.Join(dir, status.Index))
	s.must(err)
	f.way, f.store = nil, errors.New("disk full")
	svc.round(t.Context())
	want(1, 0, 2, 3)
	if after, err := os.ReadFile(filepath.Join(dir, status.Index)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the page before is gone: %v", err)
	}
	f.store = nil
	svc.round(t.Context())
	want(0, 0, 0, 4)
	if f.took.Load() != 2 {
		t.Errorf("brought out %d times", f.took.Load())
	}
	svc.dir = filepath.Join(s.state, "watch.db", "status")
	svc.round(t.Context())
	want(0, 1, 0, 4)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	svc.round(ended) // is nobody's failure
	want(0, 1, 0, 4)
	if got := gathered(t, reg)["seawall_status_page_time_seconds "]; got != float64(night.Unix()) {
		t.Errorf("got a page of %v", got)
	}
}

// gathered returns every value, by name and label.
func gathered(t *testing.T, reg prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			label := ""
			for _, l := range m.GetLabel() {
				label += l.GetValue()
			}
			all[f.GetName()+" "+label] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return all
}

// TestPace: a page at once, and then one every five minutes.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, config.StatusOwner)
		s.site("www.example.org", nil)
		f := &flaky{Source: s.db}
		o := s.options()
		o.Store = f
		svc, err := New(o)
		s.must(err)
		svc.ways = []way{{stepPush, f}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- svc.Run(ctx) }()
		var got []int64
		for range 4 {
			synctest.Wait()
			got = append(got, f.took.Load())
			time.Sleep(150 * time.Second)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]int64{1, 1, 2, 2}, got); diff != "" {
			t.Errorf("pages after each two and a half minutes (-want +got):\n%s", diff)
		}
	})
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{} // capacity 1
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.b.Write(p)
}

func (l *lockedBuffer) find(t *testing.T, re string) string {
	t.Helper()
	for {
		l.mu.Lock()
		m := regexp.MustCompile(re).FindStringSubmatch(l.b.String())
		l.mu.Unlock()
		if m != nil {
			return m[1]
		}
		select {
		case <-l.more:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing is logged")
		}
	}
}

// TestServed: the page can be fetched, and the port is free again afterwards; one that is taken is an error.
func TestServed(t *testing.T) {
	s := newStage(t, config.StatusOwner)
	s.site("www.example.org", nil)
	s.page.Listen = "127.0.0.1:0"
	log := &lockedBuffer{more: make(chan struct{}, 1)}
	o := s.options()
	o.Logger = slog.New(slog.NewTextHandler(log, nil))
	svc, err := New(o)
	s.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- svc.Run(ctx) }()
	addr := log.find(t, `address=(\S+)`)

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func() (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/en.html", nil)
		s.must(err)
		resp, err := client.Do(req)
		s.must(err)
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		s.must(err)
		return resp.StatusCode, string(data)
	}
	code, body := ask()
	for code == http.StatusServiceUnavailable { // the first page is being made
		code, body = ask()
	}
	if code != 200 || !strings.Contains(body, "www.example.org") {
		t.Errorf("got %d\n%s", code, body)
	}
	taken := s.options()
	taken.Page.Listen = addr
	second, err := New(taken)
	s.must(err)
	if err := second.Run(ctx); err == nil || !strings.Contains(err.Error(), "serve status page") {
		t.Errorf("on a port that is taken: got %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestWaysOut: what the file says is what is done.
func TestWaysOut(t *testing.T) {
	s := newStage(t, config.StatusOwner)
	s.page.Push.URL, s.page.Push.AllowPrivate = "https://store.example.net/", true
	s.page.Command = []string{"/bin/true"}
	svc, err := New(s.options())
	s.must(err)
	if diff := cmp.Diff([]string{stepMake, stepWrite, stepPush, stepCommand}, svc.steps()); diff != "" {
		t.Error(diff)
	}
	for _, private := range []bool{false, true} {
		d, err := dialler(config.StatusPush{URL: "https://192.168.0.1:9000/", AllowPrivate: private})
		s.must(err)
		if d.Allowed("192.168.0.1") != private || d.Allowed("192.168.0.2") {
			t.Errorf("allowed: %v", d.Allowed("192.168.0.1"))
		}
	}
}
