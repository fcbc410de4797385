package tlp

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want Label
		ok   bool
	}{
		{"TLP:CLEAR", Clear, true},
		{"tlp:white", Clear, true},
		{"white", Clear, true},
		{" TLP: Green ", Green, true},
		{"amber", Amber, true},
		{"TLP:AMBER+STRICT", AmberStrict, true},
		{"tlp:amber-strict", AmberStrict, true},
		{"AMBER STRICT", AmberStrict, true},
		{"amber_strict", AmberStrict, true},
		{"tlp:red", Red, true},
		{"", AmberStrict, false},
		{"tlp:", AmberStrict, false},
		{"tlp:ex:chr", AmberStrict, false},
		{"purple", AmberStrict, false},
	}
	for _, tt := range tests {
		if got, ok := Parse(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("Parse(%q) = %v, %v; want %v, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
	for _, l := range Labels() {
		for _, s := range []string{l.String(), l.Tag(), l.Level()} {
			if got, ok := Parse(s); got != l || !ok {
				t.Errorf("Parse(%q) = %v, %v; want %v", s, got, ok, l)
			}
		}
	}
}

func TestTheDefaultIsTheStrictAmber(t *testing.T) {
	var l Label
	if l.String() != "TLP:AMBER+STRICT" || Strictest() != l {
		t.Errorf("default is %s, of nothing %s", l, Strictest())
	}
	if got := Strictest(Clear, Amber, Green); got != Amber {
		t.Errorf("strictest of clear, amber, green is %s", got)
	}
	if got := Label(200).String(); got != "TLP:RED" {
		t.Errorf("no label prints as %s", got)
	}
}

func TestHowFarLabelsGo(t *testing.T) {
	end := time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC)
	late := end.Add(time.Hour)
	tests := []struct {
		label    Label
		received []Label
		furthest Route
	}{
		{Clear, nil, Public},
		{Green, nil, Community},
		{Amber, nil, Authority},
		{AmberStrict, nil, Authority},
		{Red, nil, House},
		{Clear, []Label{Clear}, Public},
		{Clear, []Label{Clear, Green}, Community},
		{Clear, []Label{Amber}, Owner},
		{Clear, []Label{AmberStrict}, House},
		{Clear, []Label{Red}, House},
		{Green, []Label{Amber}, Owner},
		{Amber, []Label{Green}, Authority},
		{Label(99), nil, House},
		{Clear, []Label{Label(99)}, House},
	}
	for _, tt := range tests {
		for _, r := range Routes() {
			err := Release(Request{Route: r, Label: tt.label, Received: tt.received, End: end, Now: late})
			if may := err == nil; may != (r <= tt.furthest) {
				t.Errorf("%v with %v to the %s: %v", tt.label, tt.received, r, err)
			}
		}
	}
	if err := Release(Request{Route: Route(77), Label: Clear, End: end, Now: late}); err == nil {
		t.Error("a route that does not exist was allowed")
	}
}

func TestTheDelay(t *testing.T) {
	end := time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		q     Request
		after time.Duration
		want  Reason
	}{
		{"a moment early", Request{Route: Authority, End: end}, time.Hour - 1, TooEarly},
		{"in time", Request{Route: Authority, End: end}, time.Hour, ""},
		{"a longer delay", Request{Route: Authority, End: end, Delay: 2 * time.Hour}, 2*time.Hour - 1, TooEarly},
		{"a longer delay, over", Request{Route: Authority, End: end, Delay: 2 * time.Hour}, 2 * time.Hour, ""},
		{"no delay", Request{Route: Authority, End: end, Delay: -1}, 0, ""},
		{"no delay before the end", Request{Route: Authority, End: end, Delay: -1}, -1, TooEarly},
		{"no end", Request{Route: Authority}, 0, Unfinished},
		{"early, for a reason", Request{Route: Owner, End: end, Early: "the owner asked"}, 0, ""},
		{"early, without an end, for a reason", Request{Route: Owner, Early: "the owner asked"}, 0, ""},
		{"early, in public, for a reason", Request{Route: Public, Label: Clear, End: end, Early: "the press asked"}, 0, TooEarly},
		{"a reason does not change a label", Request{Route: Community, End: end, Early: "they asked"}, 0, TooStrict},
		{"in the house at once", Request{Route: House, Label: Red}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.Now = end.Add(tt.after)
			err := Release(tt.q)
			var refusal *Refusal
			errors.As(err, &refusal)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (refusal == nil || refusal.Why != tt.want):
				t.Errorf("got %v, want %s", err, tt.want)
			case tt.want == TooEarly && !refusal.Due.Equal(Due(end, tt.q.Delay)):
				t.Errorf("due %v", refusal.Due)
			}
		})
	}
}

// A stricter label, something more that was received, a further route or an earlier time never opens a way that was closed.
func TestNothingStricterGoesFurther(t *testing.T) {
	end := time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC)
	label := rapid.SampledFrom(Labels())
	rapid.Check(t, func(t *rapid.T) {
		q := Request{
			Route: rapid.SampledFrom(Routes()).Draw(t, "route"), Label: label.Draw(t, "label"), Received: rapid.SliceOfN(label, 0, 3).Draw(t, "received"),
			End: end, Now: end.Add(time.Duration(rapid.IntRange(-90, 90).Draw(t, "minutes")) * time.Minute),
			Early: rapid.SampledFrom([]string{"", "asked"}).Draw(t, "early"),
		}
		if Release(q) == nil {
			return
		}
		q.Label = q.Label.Stricter(label.Draw(t, "stricter"))
		q.Received = append(q.Received, rapid.SliceOfN(label, 0, 2).Draw(t, "more")...)
		q.Route = max(q.Route, rapid.SampledFrom(Routes()).Draw(t, "further"))
		q.Now = q.Now.Add(-time.Duration(rapid.IntRange(0, 90).Draw(t, "earlier")) * time.Minute)
		if q.Route == House || q.Route == Public && q.Early != "" {
			return
		}
		if err := Release(q); err == nil {
			t.Fatalf("%+v was let go", q)
		}
	})
}
