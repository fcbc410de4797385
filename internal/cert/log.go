package cert

import (
	"log/slog"
	"strings"

	"go.uber.org/zap/zapcore"
)

// logCore hands certmagic's warnings to our log, without the addresses that some of its fields hold. What fails is said by
// [Keeper.failed]; this is the rest.
type logCore struct{ log *slog.Logger }

// Enabled implements [zapcore.LevelEnabler].
func (logCore) Enabled(l zapcore.Level) bool { return l >= zapcore.WarnLevel }

// With implements [zapcore.Core].
func (c logCore) With([]zapcore.Field) zapcore.Core { return c }

// Check implements [zapcore.Core].
func (c logCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

// Write implements [zapcore.Core].
func (c logCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	told := []any{slog.String("what", e.Message)}
	for _, f := range fields {
		switch err, _ := f.Interface.(error); f.Key {
		case "identifier", "subject":
			told = append(told, slog.String("name", f.String))
		case "error":
			if err != nil {
				told = append(told, slog.String("error", err.Error()))
			}
		}
	}
	c.log.Warn("certificate library", told...)
	return nil
}

// Sync implements [zapcore.Core].
func (logCore) Sync() error { return nil }

// storageName stands in the place of a host name for trouble with the folder of keys and certificates.
const storageName = "storage"

// kindOf names what a storage key holds, without the random part that a test of the storage has.
func kindOf(key string) string {
	if strings.HasPrefix(key, "rw_test_") {
		return "a test file"
	}
	return key
}
