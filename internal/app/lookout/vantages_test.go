package lookout

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
)

func TestVantageOps(t *testing.T) {
	db, err := OpenStore(t.Context(), filepath.Join(t.TempDir(), "state"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	changed := 0
	noon := time.Date(2025, time.November, 17, 12, 0, 0, 0, time.UTC)
	way := Here(&Desk{Store: db, Now: func() time.Time { return noon }, Changed: func(context.Context) error { changed++; return nil }})
	if err := db.PutVantage(t.Context(), store.Vantage{Name: "here", Network: "AS64496", Country: "DK", Added: noon}); err != nil {
		t.Fatal(err)
	}
	_, public, err := NewVantageKey()
	if err != nil {
		t.Fatal(err)
	}
	good := NewVantage{Name: "cph-1", Network: "as64500", Country: "dk", PublicKey: public}
	for name, change := range map[string]func(*NewVantage){
		"name":    func(v *NewVantage) { v.Name = "CPH 1" },
		"taken":   func(v *NewVantage) { v.Name = "here" },
		"network": func(v *NewVantage) { v.Network = "64500" },
		"country": func(v *NewVantage) { v.Country = "DNK" },
		"key":     func(v *NewVantage) { v.PublicKey = "UAAA" },
	} {
		bad := good
		change(&bad)
		if _, err := VantageAdd.Ask(t.Context(), way, bad); !errors.Is(err, control.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	added, err := VantageAdd.Ask(t.Context(), way, good)
	if err != nil || added.Network != "AS64500" || added.Country != "DK" || !added.Added.Equal(noon) {
		t.Fatalf("%+v, %v", added, err)
	}
	again := good
	again.Name = "arh-1"
	if _, err := VantageAdd.Ask(t.Context(), way, again); !errors.Is(err, control.ErrRefused) {
		t.Errorf("a key twice: %v", err)
	}
	listed, err := VantageList.Ask(t.Context(), way, struct{}{})
	if err != nil || len(listed) != 2 || listed[0].Name != "cph-1" {
		t.Errorf("%+v, %v", listed, err)
	}
	may, err := BusVantages(t.Context(), db)
	if err != nil || len(may) != 1 || may[0].PublicKey != public {
		t.Errorf("%+v, %v", may, err)
	}
	for _, name := range []string{"here", "nobody"} {
		if _, err := VantageRemove.Ask(t.Context(), way, NamedVantage{name}); !errors.Is(err, control.ErrRefused) {
			t.Errorf("remove %s: %v", name, err)
		}
	}
	if _, err := VantageRemove.Ask(t.Context(), way, NamedVantage{"cph-1"}); err != nil {
		t.Fatal(err)
	}
	if may, err := BusVantages(t.Context(), db); err != nil || len(may) != 0 {
		t.Errorf("after it was removed: %+v, %v", may, err)
	}
	if _, err := VantageAdd.Ask(t.Context(), way, good); !errors.Is(err, control.ErrRefused) {
		t.Errorf("the key of a vantage that was removed: %v", err)
	}
	_, good.PublicKey, _ = NewVantageKey()
	if back, err := VantageAdd.Ask(t.Context(), way, good); err != nil || !back.Removed.IsZero() {
		t.Errorf("back with another key: %+v, %v", back, err)
	}
	if changed != 3 {
		t.Errorf("a running lookout heard of %d changes, want 3", changed)
	}
}

func TestBusPinStays(t *testing.T) {
	state := t.TempDir()
	first, err := BusPin(state, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := BusPin(state, time.Now()); err != nil || again != first {
		t.Errorf("%s, then %s, %v", first, again, err)
	}
}
