package claims_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/claim/intake"
	"github.com/seawall-project/seawall/internal/store"
)

// noted is a note of a bundle: its words, and the host that it refers to.
type noted struct{ words, host string }

// bundled writes a STIX bundle of notes.
func bundled(t *testing.T, notes ...noted) string {
	t.Helper()
	type object map[string]any
	all := []object{}
	for i, n := range notes {
		name := fmt.Sprintf("domain-name--%d", i)
		all = append(all, object{"type": "domain-name", "id": name, "value": n.host},
			object{"type": "note", "id": fmt.Sprintf("note--%d", i), "content": n.words, "created": "2025-11-17T12:00:00Z", "object_refs": []string{name}})
	}
	raw, err := json.Marshal(object{"type": "bundle", "id": "bundle--1", "objects": all})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestOneOddClaimStopsNoOther: of a file that a feed gives, or that somebody hands in, what cannot be taken is counted, and the rest is taken.
func TestOneOddClaimStopsNoOther(t *testing.T) {
	tooLong := noted{strings.Repeat("a", intake.MaxText+1), "long.example"}
	file := bundled(t, noted{"one", "one.example"}, tooLong, noted{"two", "two.example"})
	r := newRoom(t)
	for _, want := range []int{2, 0} {
		got, err := r.TakeIn(t.Context(), orders.Claiming{Raw: []byte(file), Format: orders.FormatSTIX, Feed: "a feed", Room: 9})
		if err != nil || got.Claims != 2 || got.New != want || !maps.Equal(got.Skipped, map[string]int{"claims_too_large": 1}) {
			t.Errorf("of a feed got %+v, %v, want %d new", got, err, want)
		}
	}
	if got := ask(t, r, claims.Add, claims.Adding{Text: file}); len(got.Claims) != 2 || got.Skipped["claims_too_large"] != 1 {
		t.Errorf("handed in got %+v", got)
	}
	alone := bundled(t, tooLong)
	if got, err := r.TakeIn(t.Context(), orders.Claiming{Raw: []byte(alone), Format: orders.FormatSTIX, Feed: "a feed", Room: 9}); err != nil || got.Skipped["claims_too_large"] != 1 {
		t.Errorf("alone in a feed got %+v, %v", got, err)
	}
	refused(t, r, claims.Add, claims.Adding{Text: alone, Kind: "stix"}, "more than a claim holds")
}

// TestFeedBringsWhatThereIsRoomFor: beyond it claims are counted; what is known takes none, and what names watched sites goes first.
func TestFeedBringsWhatThereIsRoomFor(t *testing.T) {
	file := []byte(bundled(t, noted{"one", "one.example"}, noted{"two", "two.example"}, noted{"three", "party.example"}, noted{"four", "four.example"}))
	r := newRoom(t)
	for i, want := range []struct{ claims, fresh, beyond int }{{2, 2, 2}, {2, 0, 2}, {4, 2, 0}} {
		room := []int{2, 0, 2}[i]
		got, err := r.TakeIn(t.Context(), orders.Claiming{Raw: file, Format: orders.FormatSTIX, Feed: "a feed", Room: room})
		if err != nil || got.Claims != want.claims || got.New != want.fresh || got.Skipped[orders.ClaimsBeyond] != want.beyond {
			t.Errorf("with room for %d got %+v, %v, want %+v", room, got, err, want)
		}
		if of, err := r.db.Claims(t.Context(), store.ClaimFilter{Host: "party.example"}); err != nil || len(of) != 1 {
			t.Errorf("with room for %d the watched site's claim is not there: %v", room, err)
		}
	}
}
