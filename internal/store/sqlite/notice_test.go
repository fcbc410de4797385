package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/outboxtest"
)

func TestNotices(t *testing.T) {
	outboxtest.Run(t, func(t *testing.T) notify.Outbox {
		s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), FileName)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s.Notices()
	})
}
