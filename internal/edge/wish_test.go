package edge_test

import (
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
)

// press has requests wait for the origin longer than they should.
func (h *house) press(t *testing.T) {
	t.Helper()
	r := get("/slow")
	class := h.admit.Classify(r)
	var at []*admit.Ticket
	for range 2 * admit.DefaultStart {
		at = append(at, h.admit.Enter(now.Add(-time.Second), r, class))
	}
	for _, ticket := range at {
		ticket.Leave(now)
	}
	if !h.admit.Load(now).Pressure {
		t.Fatal("admission feels no pressure")
	}
}

func wishing(path, name, value string) *seawall.Request {
	r := get(path)
	r.Fields = append(r.Fields, seawall.Field{Name: name, Value: value})
	return r
}

// TestWishesBuyNothingUnderPressure: what a stranger would like is followed in peace, and not while the origin is hard pressed.
func TestWishesBuyNothingUnderPressure(t *testing.T) {
	h := newHouse(t)
	h.store(t, get("/fresh"), time.Minute, "max-age=3600")
	h.store(t, get("/while"), time.Minute, "max-age=30, stale-while-revalidate=3600")
	wishes := []*seawall.Request{}
	for _, path := range []string{"/fresh", "/while"} {
		wishes = append(wishes,
			wishing(path, "Cache-Control", "no-cache"), wishing(path, "Cache-Control", "max-age=0"),
			wishing(path, "Cache-Control", "min-fresh=9999"), wishing(path, "Pragma", "no-cache"))
	}
	for _, r := range wishes {
		if got := h.Decide(now, r); got.Kind != seawall.ActionForward || got.Stale == nil || !got.Spare || got.Key.IsZero() {
			t.Errorf("in peace: %s %v: got %+v", r.Path, r.Fields, got)
		}
	}
	cheap := []*seawall.Request{
		wishing("/fresh", "Cache-Control", "no-store"), wishing("/fresh", "Range", "bytes=3-1,,x"), wishing("/fresh", "Range", "bytes=0-1"),
	}
	for _, r := range cheap {
		if got := h.Decide(now, r); got.Kind != seawall.ActionServe {
			t.Errorf("in peace: %s %v: got %v", r.Path, r.Fields, got.Kind)
		}
	}
	h.press(t)
	for _, r := range append(wishes, cheap...) {
		if got := h.Decide(now, r); got.Kind != seawall.ActionServe || got.Entry == nil {
			t.Errorf("under pressure: %s %v: got %v", r.Path, r.Fields, got.Kind)
		}
	}
}

func TestDecideOnStaleCopies(t *testing.T) {
	h := newHouse(t)
	h.store(t, get("/stale"), time.Hour, "max-age=60")
	h.store(t, get("/while"), time.Minute, "max-age=30, stale-while-revalidate=3600")
	for _, tt := range []struct {
		name   string
		r      *seawall.Request
		kind   seawall.ActionKind
		reason seawall.Reason
		renew  bool
	}{
		{"takes stale", wishing("/stale", "Cache-Control", "max-stale"), seawall.ActionServe, seawall.ReasonTakesStale, false},
		{"while revalidating", get("/while"), seawall.ActionServe, seawall.ReasonRenewing, true},
		{"one reader's own", wishing("/while", "Cache-Control", "no-store"), seawall.ActionForward, seawall.ReasonRevalidate, false},
		{"a copy alone, and there is none", wishing("/none", "Cache-Control", "only-if-cached"), seawall.ActionRefuse, seawall.ReasonOnlyIfCached, false},
		{"a copy alone", wishing("/stale", "Cache-Control", "only-if-cached"), seawall.ActionForward, seawall.ReasonRevalidate, false},
	} {
		got := h.Decide(now, tt.r)
		if got.Kind != tt.kind || got.Reason != tt.reason || got.Renew != tt.renew || got.Renew == got.Key.IsZero() && got.Kind == seawall.ActionServe {
			t.Errorf("%s: got %v %v renew %v, want %v %v %v", tt.name, got.Kind, got.Reason, got.Renew, tt.kind, tt.reason, tt.renew)
		}
	}
	if got := h.Fresh(now, get("/stale")); got != nil {
		t.Error("a stale copy counts as fresh")
	}
}
