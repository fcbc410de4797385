package orders

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
)

// counted is a store that says it holds so many rows.
type counted struct {
	store.Orders
	rows store.OrderRows
}

func (c *counted) OrderRows(context.Context) (store.OrderRows, error) { return c.rows, nil }

// TestFullStoreTakesNoList: at the limit of any table a list is refused by name, and one row below it is taken.
func TestFullStoreTakesNoList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "2025-01-02_08-00-00.json")
	if err := os.WriteFile(path, []byte(listOf("one.example")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]func(*store.OrderRows) (*int64, int64){
		"lists":     func(n *store.OrderRows) (*int64, int64) { return &n.Lists, maxRows.Lists },
		"sightings": func(n *store.OrderRows) (*int64, int64) { return &n.Sightings, maxRows.Sightings },
		"aims":      func(n *store.OrderRows) (*int64, int64) { return &n.Aims, maxRows.Aims },
		"templates": func(n *store.OrderRows) (*int64, int64) { return &n.Templates, maxRows.Templates },
	} {
		d := newDesk(t)
		c := &counted{Orders: d.Store}
		d.Store = c
		n, limit := at(&c.rows)
		*n = limit
		if sum, err := d.importLists(t.Context(), Importing{Paths: []string{path}}); !errors.Is(err, control.ErrRefused) || !strings.Contains(err.Error(), name) || sum.Files != 0 {
			t.Errorf("%s: %+v, %v", name, sum, err)
		}
		*n = limit - 1
		if sum, err := d.importLists(t.Context(), Importing{Paths: []string{path}}); err != nil || sum.New != 1 {
			t.Errorf("%s, one below: %+v, %v", name, sum, err)
		}
	}
}

// TestRowsAreMeasured: the room's gauges stand beside their limits once it has counted, and not before.
func TestRowsAreMeasured(t *testing.T) {
	d := newDesk(t)
	db, ok := d.Store.(lookout.Store)
	if !ok {
		t.Fatal("the desk's store is none of a lookout")
	}
	r := newRoom(lookout.House{Store: db, State: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Now: d.Now}, nil, d, nil)
	reg := prometheus.NewRegistry()
	r.Register(reg)
	if got := gathered(t, reg); len(got) != 0 {
		t.Errorf("before the first count: %v", got)
	}
	r.desk.Store = &counted{Orders: db, rows: store.OrderRows{Sightings: 7, Networks: 3}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.countRows(ctx); !errors.Is(err, context.Canceled) { // it counts at once
		t.Errorf("counting ended with %v", err)
	}
	want := map[string]float64{
		"seawall_intel_rows lists": 0, "seawall_intel_rows sightings": 7, "seawall_intel_rows aims": 0, "seawall_intel_rows templates": 0,
		"seawall_intel_rows_limit lists": 2e6, "seawall_intel_rows_limit sightings": 1e7, "seawall_intel_rows_limit aims": 2e6,
		"seawall_intel_rows_limit templates": 2e6, "seawall_intel_rows networks": 3, "seawall_intel_rows_limit networks": 2e6,
	}
	if diff := cmp.Diff(want, gathered(t, reg)); diff != "" {
		t.Errorf("gauges (-want +got):\n%s", diff)
	}
}

// gathered returns gauges by name and the value of their label.
func gathered(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	all, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]float64)
	for _, family := range all {
		for _, m := range family.GetMetric() {
			values[family.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
		}
	}
	return values
}
