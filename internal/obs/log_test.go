package obs

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

// disk is a file that can be full, or hang.
type disk struct {
	mu     sync.Mutex
	text   bytes.Buffer
	room   int           // bytes; negative means no end
	hang   chan struct{} // unless nil, writes wait until it is closed
	closed bool
}

func (d *disk) Write(p []byte) (int, error) {
	if d.hang != nil {
		<-d.hang
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room < 0 || len(p) <= d.room {
		d.room = max(d.room-len(p), min(d.room, 0))
		return d.text.Write(p)
	}
	n, _ := d.text.Write(p[:d.room])
	d.room = 0
	return n, syscall.ENOSPC
}

func (d *disk) Close() error {
	d.closed = true
	return nil
}

// TestLogFullDisk: a write that fails pauses the log, is said once and counted; lines of the pause are lost and counted; what comes later
// begins on a line of its own.
func TestLogFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard bytes.Buffer
		var counts LogCounts
		d := &disk{room: 9}
		l := NewLog(LogOptions{Out: d, Counts: &counts, Logger: slog.New(slog.NewTextHandler(&heard, nil))})
		put := func(line string) {
			if n, err := l.Write([]byte(line)); n != len(line) || err != nil {
				t.Errorf("Write: got %d, %v; whoever writes must not learn of trouble", n, err)
			}
			synctest.Wait()
		}
		put("first\n")
		put("second\n") // three bytes fit
		if !l.Paused() {
			t.Error("not paused")
		}
		put("third\n")
		time.Sleep(logPause + time.Second) // the bubble's
		put("fourth\n")                    // still full
		d.mu.Lock()
		d.room = -1
		d.mu.Unlock()
		put("fifth\n")
		time.Sleep(logPause + time.Second)
		put("sixth\n")
		if l.Paused() {
			t.Error("still paused")
		}
		l.Close()
		l.Close()
		if got, want := d.text.String(), "first\nsec\nsixth\n"; got != want || !d.closed {
			t.Errorf("got %q (closed %v), want %q", got, d.closed, want)
		}
		if w, lost, f := counts.Written.Load(), counts.Lost.Load(), counts.Failures.Load(); w != 2 || lost != 4 || f != 2 {
			t.Errorf("written %d, lost %d, failures %d; want 2, 4, 2", w, lost, f)
		}
		if n := strings.Count(heard.String(), "pauses"); n != 1 || strings.Count(heard.String(), "written again") != 1 {
			t.Errorf("said: %s", heard.String())
		}
	})
}

// TestLogDevFull is the same with the kernel's own full disk.
func TestLogDevFull(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	var counts LogCounts
	l := NewLog(LogOptions{Out: f, Counts: &counts, Logger: slog.New(slog.DiscardHandler)})
	for range 10 {
		_, _ = l.Write([]byte("line\n"))
	}
	l.Close()
	if lost, fails := counts.Lost.Load(), counts.Failures.Load(); lost != 10 || fails != 1 || !l.Paused() {
		t.Errorf("lost %d, failures %d, paused %v; want 10, 1, true", lost, fails, l.Paused())
	}
}

// TestLogSlowDisk: a write that hangs costs whoever logs nothing, and the end only a little.
func TestLogSlowDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counts LogCounts
		d := &disk{room: -1, hang: make(chan struct{})}
		l := NewLog(LogOptions{Out: d, Counts: &counts, Logger: slog.New(slog.DiscardHandler)})
		begun := time.Now()
		for range 1000 {
			_, _ = l.Write([]byte("line\n"))
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("a thousand lines took %v of waiting", took)
		}
		synctest.Wait()
		if n, limit := l.Waiting(); n > limit || limit != logLines {
			t.Errorf("%d of %d wait", n, limit)
		}
		l.Close()
		if took := time.Since(begun); took != logFlush {
			t.Errorf("closing took %v, want %v", took, logFlush)
		}
		close(d.hang)
		<-l.done
		if got := counts.Written.Load() + counts.Lost.Load(); got != 1000 {
			t.Errorf("%d lines accounted for, want 1000", got)
		}
	})
}

// TestLogKeepsNoReference: whoever writes may use the bytes again at once, as slog does.
func TestLogKeepsNoReference(t *testing.T) {
	d := &disk{room: -1}
	l := NewLog(LogOptions{Out: d, Counts: &LogCounts{}, Logger: slog.New(slog.DiscardHandler)})
	line := []byte("same\n")
	_, _ = l.Write(line)
	copy(line, "else\n")
	l.Close()
	if got := d.text.String(); got != "same\n" {
		t.Errorf("got %q", got)
	}
	if _, err := l.Write(line); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	s := NewSampler(JSONLines(&out), 1)
	s.Observe(&seawall.Outcome{ID: 7, Time: night, Site: "www.example.org", Wait: 1500 * time.Microsecond, Took: 2 * time.Second})
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Fatalf("%v: %q", err, out.String())
	}
	want := map[string]any{
		"time": "2025-11-17T20:00:02Z", "request": seawall.RequestID(7).String(), "site": "www.example.org",
		"client_prefix": "invalid Prefix", "action": "drop", "answer": "none", "reason": "none", "cache": "none", "lane": "none",
		"status": 0.0, "bytes": 0.0, "wait_ms": 1.5, "took_ms": 2000.0, "omitted": 0.0,
	}
	want["action"] = seawall.ActionKind(0).String()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
