package obs

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of a [Log].
const (
	logLines = 256              // that wait to be written
	logPause = 10 * time.Second // after a write that failed
	logFlush = 2 * time.Second  // that Close waits for what cannot be written
)

// LogCounts are totals that outlive one [Log], so that they never fall when another takes its place.
type LogCounts struct {
	Written  atomic.Int64 // lines
	Lost     atomic.Int64 // lines that found no room, or came during a pause
	Failures atomic.Int64 // writes that failed
}

// LogOptions configure a [Log]. Out, Counts and Logger are required.
type LogOptions struct {
	Out    io.WriteCloser
	Counts *LogCounts
	Logger *slog.Logger     // hears when a pause begins and when it is over; not a log over the same file
	Now    func() time.Time // nil means time.Now
}

// Log writes lines to a file, or whatever else may be slow or full, from a goroutine of its own. Whoever hands it a line never waits and
// never learns of trouble: lines that find no room are lost and counted. After a write that failed, as on a disk that is full, nothing is
// tried for a while; the next line then begins on a line of its own.
type Log struct {
	LogOptions
	queue  chan []byte
	paused atomic.Bool
	closed sync.Once
	stop   chan struct{} // closed by Close
	done   chan struct{} // closed when the goroutine has ended
	until  time.Time     // of the pause; the goroutine's own, as is cut
	cut    bool          // the last write ended within a line
}

// NewLog returns a log that has to be closed.
func NewLog(o LogOptions) *Log {
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &Log{LogOptions: o, queue: make(chan []byte, logLines), stop: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

// Write takes one line, with its line feed. It keeps no reference to it, does not wait, and never fails.
func (l *Log) Write(line []byte) (int, error) {
	select {
	case l.queue <- append([]byte(nil), line...):
	default:
		l.Counts.Lost.Add(1)
	}
	return len(line), nil
}

// Waiting returns how many lines wait to be written, and how many may.
func (l *Log) Waiting() (n, limit int) { return len(l.queue), cap(l.queue) }

// Paused reports whether the last write failed.
func (l *Log) Paused() bool { return l.paused.Load() }

// Close writes what waits and closes Out. It waits for that, but not long for what cannot be written. It may be called twice.
func (l *Log) Close() {
	l.closed.Do(func() { close(l.stop) })
	late := time.NewTimer(logFlush)
	defer late.Stop()
	select {
	case <-l.done:
	case <-late.C:
	}
}

func (l *Log) run() {
	defer close(l.done)
	defer l.Out.Close()
	for {
		select {
		case line := <-l.queue:
			l.write(line)
		case <-l.stop:
			l.flush()
			return
		}
	}
}

func (l *Log) flush() {
	for {
		select {
		case line := <-l.queue:
			l.write(line)
		default:
			return
		}
	}
}

func (l *Log) write(line []byte) {
	if l.paused.Load() && l.Now().Before(l.until) {
		l.Counts.Lost.Add(1)
		return
	}
	if l.cut {
		line = append([]byte{'\n'}, line...)
	}
	n, err := l.Out.Write(line)
	l.cut = n < len(line) && (n > 0 || l.cut)
	if err != nil {
		l.failed(err)
		return
	}
	l.Counts.Written.Add(1)
	if l.paused.Swap(false) {
		l.Logger.Info("access log written again", slog.Int64("lost", l.Counts.Lost.Load()))
	}
}

func (l *Log) failed(err error) {
	l.until = l.Now().Add(logPause)
	l.Counts.Failures.Add(1)
	l.Counts.Lost.Add(1)
	if !l.paused.Swap(true) {
		l.Logger.Error("access log cannot be written and pauses", slog.Any("error", err), slog.Duration("pause", logPause))
	}
}
