package readers

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seawall-project/seawall/internal/testkit/require"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

// access returns a line of a log.
func access(addr string, second int, target string, status int, agent string) string {
	at := time.Date(2025, 11, 18, 9, 0, 0, 0, time.UTC).Add(time.Duration(second) * time.Second)
	return fmt.Sprintf("%s - - [%s] \"GET %s HTTP/1.1\" %d 512 \"-\" %q\n", addr, at.Format(logTime), target, status, agent)
}

func TestFromLog(t *testing.T) {
	log := strings.Join([]string{
		access("192.0.2.1", 0, "/", 200, firefox),
		access("192.0.2.1", 0, "/a.css", 200, firefox),
		access("192.0.2.1", 1, "/b.js?v=2", 304, firefox),
		access("192.0.2.1", 40, "/news/one", 200, firefox),
		access("192.0.2.1", 41, "/gone", 404, firefox),
		"no line of a log\n",
		"\n",
		access("192.0.2.2", 50, "/", 200, firefox),
		access("192.0.2.3", 60, "/feed.rss", 200, firefox),
		access("192.0.2.4", 61, "/", 200, "curl/8.14.1"),
		access("192.0.2.5", 62, "/news/one", 200, "ExampleFeed/1.0"),
		strings.Repeat("x", maxLine+10) + "\n",
		access("192.0.2.1", 4000, "/", 200, firefox), // a visit of its own
		access("2001:db8::1", 4001, "/", 200, firefox),
		access("2001:db8::1", 4101, "/", 200, firefox),
	}, "")
	got, err := FromLog(iotest.HalfReader(strings.NewReader(log)))
	if err != nil {
		t.Fatal(err)
	}
	want := &Model{
		Pages: slices.Concat([]float64{2, 2}, make([]float64, maxPages-2)),
		// 40 s and 100 s, scaled by the longer of the two for want of a middle.
		Gaps:       []time.Duration{8 * time.Second, 20 * time.Second},
		Assets:     []int{0, 0, 0, 0, 1, 1},
		Popularity: []float64{6, 2},
		Searches:   0.05,
		Forms:      0.02,
		Feeds:      2.0 / 7,
		Scripts:    1.0 / 7,
		NoScript:   0.05,
		Lines:      14,
		BadLines:   2,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("model differs (-want +got):\n%s", diff)
	}
	if got, want := got.String(), "14 lines, 2 unreadable, 0 left out"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFromLogErrors(t *testing.T) {
	for _, log := range []string{"", "nothing\n", access("192.0.2.1", 0, "/", 200, "curl/8.14.1"), access("192.0.2.1", 0, "/", 500, firefox)} {
		if _, err := FromLog(strings.NewReader(log)); !errors.Is(err, ErrNoReaders) {
			t.Errorf("log %q: got %v, want %v", log, err, ErrNoReaders)
		}
	}
	if _, err := FromLog(iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want %v", err, io.ErrUnexpectedEOF)
	}
}

func TestFromLogBoundsItsClients(t *testing.T) {
	read, write := io.Pipe()
	const extra = 10
	go func() {
		for i := range maxClients + extra {
			if _, err := io.WriteString(write, access(fmt.Sprintf("2001:db8::%x:%x", i>>16, i&0xffff), 0, "/", 200, firefox)); err != nil {
				return
			}
		}
		write.Close()
	}()
	m, err := FromLog(read)
	if err != nil {
		t.Fatal(err)
	}
	if m.Skipped != extra || m.Pages[0] != maxClients {
		t.Errorf("got %d visits and %d lines skipped, want %d and %d", int(m.Pages[0]), m.Skipped, maxClients, extra)
	}
}

// A clock that was set back by centuries begins a new visit; its distance would not fit a duration.
func TestFromLogClockSetBack(t *testing.T) {
	const century = 100 * 365 * 24 * 3600
	var log strings.Builder
	for _, second := range []int{4 * century, 4*century + 7, 0, 5} {
		log.WriteString(access("192.0.2.1", second, "/", 200, firefox))
	}
	m, err := FromLog(strings.NewReader(log.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Gaps, []time.Duration{5 * time.Second, 7 * time.Second}; !slices.Equal(got, want) {
		t.Errorf("got gaps %v, want %v", got, want)
	}
}

// Logs of real sites, where they are at hand.
func TestFromRealLogs(t *testing.T) {
	logs, err := filepath.Glob(filepath.Join(require.Data(t), "logs", "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("found %d logs, %v", len(logs), err)
	}
	for _, name := range logs {
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			m, err := FromLog(f)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d lines, %d bad; %.1f views a visit, gaps up to %v, feeds %.3f, scripts %.3f, most popular %v",
				m.Lines, m.BadLines, meanRank(m.Pages), m.Gaps[max(len(m.Gaps)-1, 0):], m.Feeds, m.Scripts, m.Popularity[:min(5, len(m.Popularity))])
			checkModel(t, m)
			views := len(allViews(NewPlan(1, m, courier, 20, 100*time.Second)))
			near(t, "views of a plan", float64(views), 2000, 400)
		})
	}
}

func checkModel(t *testing.T, m *Model) {
	t.Helper()
	for _, share := range []float64{m.Feeds, m.Scripts, m.Feeds + m.Scripts} {
		if share < 0 || share > 1 || math.IsNaN(share) {
			t.Errorf("got share %v, want one from 0 to 1", share)
		}
	}
	if !slices.IsSorted(m.Gaps) || !slices.IsSorted(m.Assets) {
		t.Error("samples are not in order")
	}
	for _, gap := range m.Gaps {
		if gap < 0 || gap > maxGap {
			t.Errorf("got gap %v, want 0 to %v", gap, maxGap)
		}
	}
	if len(m.Pages) > maxPages || len(m.Popularity) > maxRanks || len(m.Popularity) == 0 {
		t.Errorf("got %d page counts and %d ranks", len(m.Pages), len(m.Popularity))
	}
	if m.BadLines+m.Skipped > m.Lines {
		t.Errorf("got %d bad and %d skipped of %d lines", m.BadLines, m.Skipped, m.Lines)
	}
}

func FuzzFromLog(f *testing.F) {
	f.Add(access("192.0.2.1", 0, "/", 200, firefox) + access("192.0.2.1", 9, "/news", 200, firefox))
	f.Add(access("192.0.2.1", 1<<33, "/", 200, firefox) + access("192.0.2.1", 0, "/", 200, firefox) + access("192.0.2.1", 1<<33, "/", 200, firefox))
	f.Add("\n\n\x00\n" + access("2001:db8::1", 0, "/feed", 200, "-"))
	f.Fuzz(func(t *testing.T, log string) {
		m, err := FromLog(strings.NewReader(log))
		if err != nil {
			if !errors.Is(err, ErrNoReaders) {
				t.Fatal(err)
			}
			return
		}
		checkModel(t, m)
	})
}
