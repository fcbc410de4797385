package jetstream

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
)

// logger takes what the server says. What it says of single connections is counted and said at the level of debugging only: strangers can
// make as much of it as they like, and it has their addresses in it.
type logger struct {
	log     *slog.Logger
	trouble atomic.Int64

	mu   sync.Mutex // guards dead
	dead []error
}

// ofConnection is in every line that is about one connection.
const ofConnection = " - cid:"

func (l *logger) say(level slog.Level, format string, v []any) {
	text := fmt.Sprintf(format, v...)
	if _, after, found := strings.Cut(text, ofConnection); found {
		if level >= slog.LevelWarn {
			l.trouble.Add(1)
		}
		level, text = slog.LevelDebug, "cid:"+after
	}
	l.log.Log(nil, level, "bus server", "said", text) //nolint:staticcheck // the server knows of no context
}

func (l *logger) Noticef(format string, v ...any) { l.say(slog.LevelDebug, format, v) }
func (l *logger) Debugf(string, ...any)           {}
func (l *logger) Tracef(string, ...any)           {}
func (l *logger) Warnf(format string, v ...any)   { l.say(slog.LevelWarn, format, v) }
func (l *logger) Errorf(format string, v ...any)  { l.say(slog.LevelError, format, v) }

// Fatalf is told why the server does not start.
func (l *logger) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = append(l.dead, fmt.Errorf(format, v...))
}

// fatal returns why the server does not start; nil when it does.
func (l *logger) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.dead...)
}
