package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		path := filepath.Join(t.TempDir(), "state", FileName)
		return func(t *testing.T, now func() time.Time) store.Store {
			s, err := Open(t.Context(), Options{Path: path, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}
