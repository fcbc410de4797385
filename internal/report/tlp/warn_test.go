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
