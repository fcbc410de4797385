package tlp

import (
	"slices"
	"testing"
	"time"
)

func TestWhoIsWarned(t *testing.T) {
	tests := []struct {
		label       Label
		named, near Route // the furthest
	}{
		{Clear, Community, Community},
		{Green, Community, Community},
		{Amber, Owner, Owner},
		{AmberStrict, Owner, House},
		{Red, Owner, House},
		{Label(99), Owner, House},
	}
	for _, tt := range tests {
		if got, want := WarnNamed(tt.label), Routes()[:tt.named+1]; !slices.Equal(got, want) {
			t.Errorf("%s, named: %v, want %v", tt.label, got, want)
		}
		if got, want := WarnNear(tt.label), Routes()[:tt.near+1]; !slices.Equal(got, want) {
			t.Errorf("%s, near: %v, want %v", tt.label, got, want)
		}
	}
}

// TestWarningsGoNoFurtherThanStatements but to who is named.
func TestWarningsGoNoFurtherThanStatements(t *testing.T) {
	for _, l := range Labels() {
		for _, r := range WarnNamed(l) {
			err := Release(Request{Route: r, Label: Clear, Received: []Label{l}, Now: time.Unix(0, 0), Early: "a warning"})
			if err != nil && r != Owner {
				t.Errorf("%s: %v", l, err)
			}
		}
	}
}

// TestWarnOutage: nothing goes outside that a statement of ours would not, nothing to a community before a statement would, and nothing to the public.
func TestWarnOutage(t *testing.T) {
	end := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	for _, own := range append(Labels(), Label(99)) {
		for _, to := range append(Routes(), Route(99)) {
			after, may := WarnOutage(own, to)
			q := Request{Route: to, Label: own, End: end, Now: end.Add(after)}
			if to == Authority {
				q.Early = "it was named"
			}
			switch want := Release(q) == nil && to != Public || to == Owner; {
			case may != want:
				t.Errorf("%v to %v: may %t", own, to, may)
			case may && (after > 0) != (to == Community):
				t.Errorf("%v to %v: after %v", own, to, after)
			}
		}
	}
}
