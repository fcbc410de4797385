package obs

import (
	"io"
	"log/slog"
	"time"
)

// JSONLines returns a logger for outcomes: each is one JSON object on one line, with its time and its facts and no level or message.
// Lengths of time are in milliseconds and their names end in "_ms".
func JSONLines(out io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case len(groups) == 0 && (a.Key == slog.LevelKey || a.Key == slog.MessageKey):
			return slog.Attr{}
		case a.Value.Kind() == slog.KindDuration:
			return slog.Float64(a.Key+"_ms", float64(a.Value.Duration().Round(time.Microsecond))/float64(time.Millisecond))
		}
		return a
	}}))
}
