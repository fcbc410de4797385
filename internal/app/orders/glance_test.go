package orders

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
)

// readings is a store that counts how often all of a host's sightings in a feed are read.
type readings struct {
	lookout.Store
	of map[string]int // by host
}

func (r *readings) Sightings(ctx context.Context, f store.SightingFilter, yield func(store.OrderSighting) error) error {
	if f.Host != "" {
		r.of[f.Host]++
	}
	return r.Store.Sightings(ctx, f, yield)
}

func (r *readings) sum() (n int) {
	for _, k := range r.of {
		n += k
	}
	return n
}

// TestManyNamesAreNear: who is named is told before all that is near, however much of that a list holds; of that so much is gone into at once, and what was
// told before is not read again.
func TestManyNamesAreNear(t *testing.T) {
	const site = "party.example"
	d := newDesk(t)
	inner, ok := d.Store.(lookout.Store)
	if !ok {
		t.Fatal("the desk's store is none of a lookout")
	}
	db := &readings{Store: inner, of: map[string]int{}}
	if _, err := db.PutSite(t.Context(), store.Site{Name: site, Host: site, URL: "https://" + site + "/", Source: store.SourceCLI, Added: d.Now()}); err != nil {
		t.Fatal(err)
	}
	now := d.Now()
	lists := 0
	list := func() {
		t.Helper()
		lists++
		l := store.OrderList{Feed: "tracker", At: now, Hash: fmt.Sprintf("%064x", lists), Place: "x", Sightings: []store.OrderSighting{{Host: site, Aim: "aim"}}}
		for i := range 2*maxNear + 50 {
			l.Sightings = append(l.Sightings, store.OrderSighting{Host: fmt.Sprintf("a%03d.%s", i, site), Aim: "aim"})
		}
		if err := db.PutLists(t.Context(), []store.OrderList{l}, []store.Document{{ID: "aim", Doc: []byte(`{}`)}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	var told []notify.Message
	house := lookout.House{
		Store: db, State: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, Listed: func(time.Time, string) {},
		Post: func(_ context.Context, m notify.Message) error { told = append(told, m); return nil },
	}
	w := newWarner(house)
	look := func(messages, near int) {
		t.Helper()
		told, db.of = nil, map[string]int{}
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if of := db.sum() - db.of[site]; len(told) != messages || of != near {
			t.Errorf("told %d times, want %d; %d near hosts were read, want %d", len(told), messages, of, near)
		}
		if len(told) > 0 && told[0].Wait {
			t.Error("who is near was told before who is named")
		}
	}
	list()
	look(2, 0) // all came with one list
	for range 8 {
		now = now.Add(12 * time.Hour)
		list()
		look(0, 0)
	}
	w = newWarner(house) // that knows nothing of when the listings began
	for i, near := range []int{maxNear, maxNear, 50, 0} {
		look([]int{2, 0, 0, 0}[i], near)
	}
}
