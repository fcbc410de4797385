package lookout

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// TestTellUnread: what there was no time to look through is said by name, and nothing when there was.
func TestTellUnread(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	for _, tt := range []struct {
		limit time.Duration
		want  string
	}{{0, ""}, {time.Nanosecond, "evidence"}} {
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, CheckFor: tt.limit})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		tellUnread(db, slog.New(slog.NewTextHandler(&log, nil)))
		if got := log.String(); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("within %v: said %q, want %q", tt.limit, got, tt.want)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
