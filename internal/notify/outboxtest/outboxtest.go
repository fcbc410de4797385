// Package outboxtest is what every outbox has to pass.
package outboxtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// Run tests outboxes that open returns. They are empty, and end with the test.
func Run(t *testing.T, open func(t *testing.T) notify.Outbox) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, o notify.Outbox){
		"round trip": roundTrip, "due": due, "instead": instead, "same id": sameID, "update": update, "list": list, "prune": prune,
		"atomic": atomic, "together": together, "long": long,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func row(id string, change func(*notify.Row)) notify.Row {
	r := notify.Row{
		ID: id, Receiver: "ops", Channel: "mail ops@example.org", Key: "incident-7", At: noon, Due: noon, State: notify.Waiting,
		Doc: json.RawMessage(`{"text":"æøå \u0000"}`),
	}
	if change != nil {
		change(&r)
	}
	return r
}

func put(t *testing.T, o notify.Outbox, rows ...notify.Row) {
	t.Helper()
	if err := o.Put(t.Context(), rows, nil); err != nil {
		t.Fatal(err)
	}
}

func ids(t *testing.T, o notify.Outbox, state notify.State, before string, limit int) (out []string) {
	t.Helper()
	rows, err := o.List(t.Context(), state, before, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// same compares rows as far as an outbox promises to keep them.
func same(a, b notify.Row) bool {
	return a.ID == b.ID && a.Receiver == b.Receiver && a.Channel == b.Channel && a.Key == b.Key && a.Attempts == b.Attempts && a.State == b.State &&
		string(a.Doc) == string(b.Doc) && a.At.Sub(b.At).Abs() < time.Millisecond && a.Due.Sub(b.Due).Abs() < time.Millisecond
}

func roundTrip(t *testing.T, o notify.Outbox) {
	r := row("a", func(r *notify.Row) {
		r.Attempts, r.At, r.Due = 3, noon.Add(1234567*time.Microsecond), noon.Add(-time.Hour)
	})
	put(t, o, r)
	got, ok, err := o.Due(t.Context(), r.Receiver, r.Channel, noon)
	if err != nil || !ok || !same(got, r) {
		t.Errorf("got %+v, %t, %v; want %+v", got, ok, err, r)
	}
}

func due(t *testing.T, o notify.Outbox) {
	check := func(now time.Time, id string, next time.Time) {
		t.Helper()
		got, ok, err := o.Due(t.Context(), "ops", "mail ops@example.org", now)
		if err != nil || ok != (id != "") || got.ID != id || !ok && !got.Due.Equal(next) {
			t.Errorf("at %v: got %q due %v, %t, %v; want %q, next %v", now, got.ID, got.Due, ok, err, id, next)
		}
	}
	check(noon, "", time.Time{})
	put(t, o,
		row("c", nil),
		row("b", nil),
		row("a", func(r *notify.Row) { r.Due = noon.Add(time.Hour) }),
		row("0", func(r *notify.Row) { r.Receiver = "press" }),
		row("1", func(r *notify.Row) { r.Channel = "ntfy" }),
		row("2", func(r *notify.Row) { r.State = notify.Delivered }),
	)
	check(noon.Add(-time.Minute), "", noon)
	check(noon, "b", time.Time{}) // the first by id, not by when it was put or is due
	check(noon.Add(time.Hour), "a", time.Time{})
	for _, id := range []string{"b", "c"} {
		if err := o.Update(t.Context(), row(id, func(r *notify.Row) { r.State = notify.Failed })); err != nil {
			t.Fatal(err)
		}
	}
	check(noon, "", noon.Add(time.Hour))
}

func instead(t *testing.T, o notify.Outbox) {
	put(t, o, row("a", nil), row("b", func(r *notify.Row) { r.State = notify.Delivered }))
	if err := o.Put(t.Context(), []notify.Row{row("c", nil)}, []string{"a", "b", "none"}); err != nil {
		t.Fatal(err)
	}
	want(t, ids(t, o, "", "", 10), "c", "b")
	again := row("c", func(r *notify.Row) { r.Key = "other" }) // takes the place of its own like
	if err := o.Put(t.Context(), []notify.Row{again}, []string{"c"}); err != nil {
		t.Fatal(err)
	}
	if got, _, err := o.Due(t.Context(), "ops", "mail ops@example.org", noon); err != nil || got.Key != "other" {
		t.Errorf("got key %q, error %v; want other", got.Key, err)
	}
}

func sameID(t *testing.T, o notify.Outbox) {
	put(t, o, row("a", nil))
	put(t, o, row("a", func(r *notify.Row) { r.Key = "other" }), row("b", nil))
	rows, err := o.List(t.Context(), "", "", 10)
	if err != nil || len(rows) != 2 || rows[1].Key != "incident-7" {
		t.Errorf("got %+v, %v; want the first a, and b", rows, err)
	}
}

func update(t *testing.T, o notify.Outbox) {
	put(t, o, row("a", nil))
	r := row("a", func(r *notify.Row) {
		r.Due, r.Attempts, r.State, r.Doc = noon.Add(time.Minute), 2, notify.Failed, json.RawMessage(`{}`)
	})
	changed := r
	changed.Receiver, changed.Key, changed.At = "other", "other", noon.Add(time.Hour) // not what it changes
	for _, r := range []notify.Row{changed, row("none", nil)} {
		if err := o.Update(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := o.List(t.Context(), "", "", 10)
	if err != nil || len(rows) != 1 || !same(rows[0], r) {
		t.Errorf("got %+v, %v; want %+v alone", rows, err, r)
	}
}

func list(t *testing.T, o notify.Outbox) {
	for i := range 9 {
		put(t, o, row(fmt.Sprint(i), func(r *notify.Row) {
			if i%3 == 0 {
				r.State = notify.Delivered
			}
		}))
	}
	want(t, ids(t, o, "", "", 3), "8", "7", "6")
	want(t, ids(t, o, "", "6", 3), "5", "4", "3")
	want(t, ids(t, o, notify.Delivered, "", 10), "6", "3", "0")
	want(t, ids(t, o, notify.Waiting, "2", 10), "1")
	want(t, ids(t, o, notify.Failed, "", 10))
	want(t, ids(t, o, "", "", 0))
}

func prune(t *testing.T, o notify.Outbox) {
	old := func(state notify.State) func(*notify.Row) {
		return func(r *notify.Row) { r.At, r.State = noon.Add(-time.Hour), state }
	}
	put(t, o, row("a", old(notify.Waiting)), row("b", old(notify.Delivered)), row("c", old(notify.Failed)), row("d", func(r *notify.Row) { r.State = notify.Delivered }))
	n, err := o.Prune(t.Context(), noon, 10)
	if err != nil || n != 2 {
		t.Errorf("got %d, %v; want 2", n, err)
	}
	want(t, ids(t, o, "", "", 10), "d", "a")
	delivered := func(r *notify.Row) { r.State = notify.Delivered }
	put(t, o, row("e", delivered), row("f", delivered), row("g", nil))
	n, err = o.Prune(t.Context(), noon, 2)
	if err != nil || n != 1 {
		t.Errorf("got %d, %v; want 1", n, err)
	}
	want(t, ids(t, o, "", "", 10), "g", "f", "e", "a")
}

// atomic: what was not put because its time had run out was not put at all.
func atomic(t *testing.T, o notify.Outbox) {
	put(t, o, row("a", nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.Put(ctx, []notify.Row{row("b", nil), row("c", nil)}, []string{"a"}); err == nil {
		t.Error("got no error")
	}
	want(t, ids(t, o, "", "", 10), "a")
}

// together uses the outbox from many goroutines: each row is there once.
func together(t *testing.T, o notify.Outbox) {
	done := make(chan error)
	const writers = 8
	for i := range writers {
		go func() {
			id := fmt.Sprint(i)
			err := o.Put(t.Context(), []notify.Row{row(id, nil)}, nil)
			if err == nil {
				_, _, err = o.Due(t.Context(), "ops", "mail ops@example.org", noon)
			}
			if err == nil {
				err = o.Update(t.Context(), row(id, func(r *notify.Row) { r.State = notify.Delivered }))
			}
			done <- err
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	want(t, ids(t, o, notify.Delivered, "", 100), "7", "6", "5", "4", "3", "2", "1", "0")
}

// long keeps a document as long as that of a digest of very many sites.
func long(t *testing.T, o notify.Outbox) {
	doc, err := json.Marshal(make([]int, 500_000))
	if err != nil {
		t.Fatal(err)
	}
	r := row("a", func(r *notify.Row) { r.Doc = doc })
	put(t, o, r)
	got, ok, err := o.Due(t.Context(), r.Receiver, r.Channel, noon)
	if err != nil || !ok || !same(got, r) {
		t.Errorf("got %d bytes, %t, %v; want %d", len(got.Doc), ok, err, len(doc))
	}
}
