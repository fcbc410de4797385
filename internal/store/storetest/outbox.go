package storetest

import (
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/store"
)

// ids are the messages' IDs, in order.
func ids(ms []store.Message) []string {
	var all []string
	for _, m := range ms {
		all = append(all, m.ID)
	}
	return all
}

func testOutbox(t *testing.T, place Place) {
	s := place(t, func() time.Time { return noon })
	if next := must(s.NextDue(t.Context()))(t); !next.IsZero() {
		t.Errorf("an empty outbox is due at %v", next)
	}
	ms := []store.Message{
		{ID: "late", Created: noon, Due: noon.Add(time.Hour), Doc: []byte(`{"n":3}`)},
		{ID: "second", Created: noon.Add(time.Second), Due: noon, Doc: []byte(`{"n":2}`)},
		{ID: "first", Created: noon.Add(2 * time.Second), Due: noon.Add(-time.Minute), Doc: []byte(`{"n":1}`)},
	}
	check(t, s.Enqueue(t.Context(), ms))
	check(t, s.Apply(t.Context(), store.Step{Messages: []store.Message{{ID: "first", Created: noon, Due: noon, Doc: []byte(`"again"`)}}}))
	same(t, "due", []string{"first", "second"}, ids(must(s.Due(t.Context(), noon, 10))(t)))
	same(t, "due, one of them", []string{"first"}, ids(must(s.Due(t.Context(), noon, 1))(t)))
	same(t, "next", noon.Add(-time.Minute), must(s.NextDue(t.Context()))(t))

	// One is to be tried again, one is delivered; both survive a restart.
	check(t, s.Record(t.Context(), "first", store.Attempt{At: noon, Status: store.Pending, Due: noon.Add(time.Minute), Error: "refused"}))
	check(t, s.Record(t.Context(), "second", store.Attempt{At: noon, Status: store.Delivered}))
	check(t, s.Close())
	s = open(t, place)
	same(t, "due now", 0, len(must(s.Due(t.Context(), noon, 10))(t)))
	want := store.Message{
		ID: "first", Created: noon.Add(2 * time.Second), Due: noon.Add(time.Minute), Attempts: 1, Status: store.Pending, Error: "refused", Doc: []byte(`{"n":1}`),
	}
	same(t, "due in a minute", []store.Message{want}, must(s.Due(t.Context(), noon.Add(time.Minute), 10))(t))
	check(t, s.Record(t.Context(), "first", store.Attempt{At: noon.Add(time.Minute), Status: store.Delivered}))
	want.Attempts, want.Status, want.Settled, want.Error, want.Due = 2, store.Delivered, noon.Add(time.Minute), "", noon.Add(time.Minute)
	got := must(s.Messages(t.Context(), time.Time{}, 0))(t)
	same(t, "messages", []string{"first", "second", "late"}, ids(got))
	same(t, "the delivered one", want, got[0])
	same(t, "messages since, at most one", []string{"first"}, ids(must(s.Messages(t.Context(), noon.Add(time.Second), 1))(t)))
}

func testOutboxIsFinal(t *testing.T, place Place) {
	s := open(t, place)
	check(t, s.Enqueue(t.Context(), []store.Message{{ID: "a", Created: noon, Due: noon}, {ID: "b", Created: noon, Due: noon}}))
	check(t, s.Record(t.Context(), "a", store.Attempt{At: noon, Status: store.Delivered}))
	check(t, s.Record(t.Context(), "b", store.Attempt{At: noon, Status: store.Failed, Error: "no such channel"}))
	for _, id := range []string{"a", "b", "none"} {
		wantErr(t, s.Record(t.Context(), id, store.Attempt{At: noon, Status: store.Pending, Due: noon}), store.ErrNotFound)
	}
	check(t, s.Enqueue(t.Context(), []store.Message{{ID: "a", Created: noon, Due: noon}})) // the same again is not sent again
	same(t, "due", 0, len(must(s.Due(t.Context(), noon.Add(time.Hour), 10))(t)))
	if err := s.Record(t.Context(), "a", store.Attempt{At: noon, Status: "sent"}); err == nil {
		t.Error("a status that there is not was recorded")
	}
}

func testHeartbeat(t *testing.T, place Place) {
	s := open(t, place)
	if last := must(s.LastBeat(t.Context()))(t); !last.IsZero() {
		t.Errorf("got %v before the first", last)
	}
	check(t, s.Beat(t.Context(), noon))
	check(t, s.Beat(t.Context(), noon.Add(-time.Hour)))
	same(t, "heartbeat", noon, must(s.LastBeat(t.Context()))(t))
	check(t, s.Beat(t.Context(), noon.Add(time.Minute)))
	same(t, "heartbeat", noon.Add(time.Minute), must(s.LastBeat(t.Context()))(t))
}

// testForeignText: bytes that no database takes as text come in errors and reasons.
func testForeignText(t *testing.T, place Place) {
	s := open(t, place)
	check(t, s.Enqueue(t.Context(), []store.Message{{ID: "a", Created: noon, Due: noon}}))
	check(t, s.Record(t.Context(), "a", store.Attempt{At: noon, Status: store.Failed, Error: "a\x00b\xffc'); DROP TABLE message; --"}))
	same(t, "error", "a�b�c'); DROP TABLE message; --", must(s.Messages(t.Context(), time.Time{}, 0))(t)[0].Error)
	check(t, s.OptOut(t.Context(), store.OptOut{Host: "a.example", At: noon, Reason: "\xc3"}))
	same(t, "reason", "�", must(s.OptOuts(t.Context()))(t)[0].Reason)
}
