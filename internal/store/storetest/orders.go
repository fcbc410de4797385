package storetest

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

func testFeeds(t *testing.T, place Place) {
	s := open(t, place)
	b := store.Feed{Name: "b", Format: "ddosia", URL: "https://lists.example.org/last.json", TLP: "TLP:CLEAR", Added: noon}
	check(t, s.PutFeed(t.Context(), b))
	check(t, s.PutFeed(t.Context(), store.Feed{Name: "a"}))
	b.Cursor, b.Got, b.Error = `"etag"`, noon.Add(time.Hour), "no answer"
	check(t, s.PutFeed(t.Context(), b))
	same(t, "feeds", []store.Feed{{Name: "a"}, b}, must(s.Feeds(t.Context()))(t))
	if err := s.PutFeed(t.Context(), store.Feed{}); err == nil {
		t.Error("a feed without a name was kept")
	}
}

// orderLists are three lists of two feeds, with what they aim at.
func orderLists() (lists []store.OrderList, aims, templates []store.Document) {
	list := func(feed, hash, place string, after time.Duration, hosts ...string) {
		l := store.OrderList{Feed: feed, At: noon.Add(after), Hash: hash, Place: place, Hosts: len(hosts)}
		for _, h := range hosts {
			l.Sightings = append(l.Sightings, store.OrderSighting{Host: h, Aim: "aim-" + h})
		}
		lists = append(lists, l)
	}
	list("f", "aa11", "x.json", 0, "a.example", "b.example")
	list("f", "bb22", "y.json", time.Hour, "b.example")
	list("g", "cc33", "z.json", time.Minute, "b.example")
	list("f", "dd44", "empty.json", 2*time.Hour)
	for _, h := range []string{"a.example", "b.example"} {
		aims = append(aims, store.Document{ID: "aim-" + h, Doc: json.RawMessage(`{"templates":["t"]}`)})
	}
	return lists, aims, []store.Document{{ID: "t", Doc: json.RawMessage(`{"path":"/search"}`)}}
}

// sightings returns what f lets through.
func sightings(t *testing.T, s store.Store, f store.SightingFilter) []store.OrderSighting {
	t.Helper()
	var all []store.OrderSighting
	check(t, s.Sightings(t.Context(), f, func(x store.OrderSighting) error { all = append(all, x); return nil }))
	return all
}

func testOrderLists(t *testing.T, place Place) {
	s := open(t, place)
	lists, aims, templates := orderLists()
	check(t, s.PutLists(t.Context(), lists, aims, templates))
	check(t, s.PutLists(t.Context(), lists, aims, templates)) // nothing is there twice

	bare := func(i int) store.OrderList { l := lists[i]; l.Sightings = nil; return l }
	same(t, "lists", []store.OrderList{bare(0), bare(2), bare(1), bare(3)}, must(s.OrderLists(t.Context(), ""))(t))
	same(t, "lists of a feed", []store.OrderList{bare(2)}, must(s.OrderLists(t.Context(), "g"))(t))

	for _, feed := range []string{"f", "g", "without lists"} {
		check(t, s.PutFeed(t.Context(), store.Feed{Name: feed}))
	}
	same(t, "last lists", map[string]time.Time{"f": noon.Add(2 * time.Hour), "g": noon.Add(time.Minute)}, must(s.LastLists(t.Context()))(t))

	a := store.OrderSighting{Feed: "f", Host: "a.example", At: noon, List: "aa", Aim: "aim-a.example"}
	b1 := store.OrderSighting{Feed: "f", Host: "b.example", At: noon, List: "aa", Aim: "aim-b.example"}
	b2 := store.OrderSighting{Feed: "f", Host: "b.example", At: noon.Add(time.Hour), List: "bb", Aim: "aim-b.example"}
	g := store.OrderSighting{Feed: "g", Host: "b.example", At: noon.Add(time.Minute), List: "cc", Aim: "aim-b.example"}
	same(t, "sightings", []store.OrderSighting{a, b1, b2, g}, sightings(t, s, store.SightingFilter{}))
	same(t, "of a host", []store.OrderSighting{b1, b2, g}, sightings(t, s, store.SightingFilter{Host: "b.example"}))
	same(t, "of a feed since", []store.OrderSighting{b2}, sightings(t, s, store.SightingFilter{Feed: "f", Since: noon.Add(time.Minute)}))
	same(t, "until", []store.OrderSighting{a, b1}, sightings(t, s, store.SightingFilter{Until: noon.Add(time.Minute)}))

	same(t, "hosts", []string{"a.example", "b.example"}, must(s.ListedHosts(t.Context()))(t))
	same(t, "rows", store.OrderRows{Lists: 4, Sightings: 4, Aims: 2, Templates: 1}, must(s.OrderRows(t.Context()))(t))

	enough := errors.New("enough")
	if err := s.Sightings(t.Context(), store.SightingFilter{}, func(store.OrderSighting) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got error %v, want %v", err, enough)
	}
	same(t, "aim", aims[0], must(s.Aim(t.Context(), aims[0].ID))(t))
	same(t, "template", templates[0], must(s.OrderTemplate(t.Context(), "t"))(t))
	if _, err := s.Aim(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got error %v, want %v", err, store.ErrNotFound)
	}
	if err := s.PutLists(t.Context(), []store.OrderList{{Feed: "f", At: noon}}, nil, nil); err == nil {
		t.Error("a list without a hash was kept")
	}
}

// testOrderListsInAnyOrder: the same lists make the same store, one by one in any order, from other places and again.
func testOrderListsInAnyOrder(t *testing.T, place Place) {
	s := open(t, place)
	lists, aims, templates := orderLists()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	again := lists[0]
	again.Place = "w.json" // before x.json
	for _, i := range rng.Perm(2 * len(lists)) {
		l := lists[i%len(lists)]
		if i == len(lists) {
			l = again
		}
		check(t, s.PutLists(t.Context(), []store.OrderList{l}, aims, templates))
	}
	want := []store.OrderList{again, lists[2], lists[1], lists[3]}
	for i := range want {
		want[i].Sightings = nil
	}
	same(t, "lists", want, must(s.OrderLists(t.Context(), ""))(t))
	same(t, "sightings", 4, len(sightings(t, s, store.SightingFilter{})))
}
