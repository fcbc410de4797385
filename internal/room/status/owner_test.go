package status

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/watch"
)

func TestStateOf(t *testing.T) {
	for _, tt := range []struct {
		state watch.State
		over  []watch.Overlay
		want  State
	}{
		{watch.Unknown, nil, Unstated},
		{watch.Up, nil, Working},
		{watch.Up, []watch.Overlay{watch.Guarded}, Working},
		{watch.Suspect, []watch.Overlay{watch.Disputed}, Working},
		{watch.Disrupted, nil, Disturbed},
		{watch.Down, nil, Disturbed},
		{watch.Down, []watch.Overlay{watch.Blind}, Unstated},
		{watch.Down, []watch.Overlay{watch.Blind, watch.InMaintenance}, Maintenance},
		{watch.Recovering, nil, Working},
		{watch.Closed, nil, Working},
		{watch.State(200), nil, Unstated},
	} {
		if got := StateOf(tt.state, tt.over); got != tt.want {
			t.Errorf("%v under %v: got %v, want %v", tt.state, tt.over, got, tt.want)
		}
	}
}

// one returns a page of one site.
func one(s State, named bool, shown *Shown) Owner {
	return Owner{Frame: Frame{Title: "T"}, Every: time.Minute, Sites: []Site{{Name: "a", State: s, Named: named}}, Shown: shown}
}

// TestSlow walks a page through a listing: what happens in between is told a quarter of an hour after the last change, and no sooner.
func TestSlow(t *testing.T) {
	var shown *Shown
	type step struct {
		after time.Duration
		state State
		named bool
		want  State
		at    time.Duration // which the page carries
		due   time.Duration
	}
	const m = time.Minute
	for _, s := range []step{
		{0, Working, false, Working, 0, m},
		{1 * m, Working, false, Working, 1 * m, 2 * m},
		{2 * m, Disturbed, true, Working, 1 * m, 16 * m}, // named now
		{15 * m, Disturbed, true, Working, 1 * m, 16 * m},
		{16*m - 1, Disturbed, true, Working, 1 * m, 16 * m},
		{16 * m, Disturbed, true, Disturbed, 16 * m, 31 * m},
		{17 * m, Working, true, Disturbed, 16 * m, 31 * m},
		{31 * m, Working, true, Working, 31 * m, 46 * m},
		{32 * m, Disturbed, true, Working, 31 * m, 46 * m},
		{33 * m, Disturbed, false, Disturbed, 33 * m, 34 * m}, // named no longer
	} {
		p := mustRender(t, one(s.state, s.named, shown), night.Add(s.after))
		if got := p.Shown.States["a"]; got != s.want || !p.At.Equal(night.Add(s.at)) || !p.Due.Equal(night.Add(s.due)) {
			t.Fatalf("after %s: got %v at %s, due %s; want %v at %s, due %s", s.after, got, p.At.Sub(night), p.Due.Sub(night), s.want, s.at, s.due)
		}
		shown = &p.Shown
	}
}

// TestSlowBytes: while it may not change, the page is the same to the byte, except for its owner's own words.
func TestSlowBytes(t *testing.T) {
	first := mustRender(t, one(Working, true, nil), night)
	again := mustRender(t, one(Disturbed, true, &first.Shown), night.Add(14*time.Minute))
	if diff := cmp.Diff(first.Files, again.Files); diff != "" {
		t.Errorf("the page changed:\n%s", diff)
	}
	o := one(Disturbed, true, &first.Shown)
	o.Words = map[seawall.Language][]string{seawall.English: {"We are on it."}}
	if p := mustRender(t, o, night.Add(14*time.Minute)); !strings.Contains(string(p.Files[Index]), "We are on it.") || p.Shown.States["a"] != Working {
		t.Errorf("the owner's words have to wait")
	}
}

func TestFrozen(t *testing.T) {
	was := mustRender(t, one(Working, false, nil), night).Shown
	o := one(Disturbed, false, &was)
	o.Frozen = &Freeze{Since: night.Add(time.Minute)}
	p := mustRender(t, o, night.Add(24*time.Hour))
	if p.Shown.States["a"] != Working || !p.Due.IsZero() || !p.At.Equal(night) {
		t.Errorf("a frozen page changed: %+v", p.Shown)
	}
	if html := string(p.Files["en.html"]); !strings.Contains(html, "renew it by hand") || strings.Contains(html, "Disturbed") {
		t.Errorf("the page does not say that it is frozen, or says more:\n%s", html)
	}
	o.Sites = append(o.Sites, Site{Name: "b", State: Disturbed})
	if p := mustRender(t, o, night.Add(24*time.Hour)); p.Shown.States["b"] != Unstated {
		t.Errorf("a site that came after the freeze: got %v, want nothing said", p.Shown.States["b"])
	}
	o.Shown = nil
	if p := mustRender(t, o, night.Add(24*time.Hour)); p.Shown.States["a"] != Unstated {
		t.Errorf("frozen before it was ever rendered: got %v, want nothing said", p.Shown.States["a"])
	}
	o.Frozen, o.Shown = nil, &was
	if p := mustRender(t, o, night.Add(24*time.Hour)); p.Shown.States["a"] != Disturbed {
		t.Error("a page that is no longer frozen does not go on")
	}
}

// TestClockSetBack: a page from the future does not hold the next ones up.
func TestClockSetBack(t *testing.T) {
	was := mustRender(t, one(Working, true, nil), night.Add(24*time.Hour)).Shown
	if p := mustRender(t, one(Disturbed, true, &was), night); p.Shown.States["a"] != Disturbed || !p.At.Equal(night) {
		t.Errorf("got %+v", p.Shown)
	}
}

// TestSlowLaw: whatever happens, while a site is named the states on the page change at most every quarter of an hour, and never while it is frozen.
func TestSlowLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var shown *Shown
		var last time.Time
		now := night
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
			o := one(State(rapid.IntRange(0, int(states)-1).Draw(t, "state")), rapid.Bool().Draw(t, "named"), shown)
			if rapid.IntRange(0, 9).Draw(t, "frozen") == 0 {
				o.Frozen = &Freeze{Since: now}
			}
			p, err := o.Render(now)
			if err != nil {
				t.Fatal(err)
			}
			if shown != nil && shown.States["a"] != p.Shown.States["a"] {
				if o.Frozen != nil {
					t.Fatal("changed while frozen")
				}
				if o.Sites[0].Named && now.Sub(last) < Slow {
					t.Fatalf("changed after %s", now.Sub(last))
				}
				last = now
			}
			shown = &p.Shown
		}
	})
}

// TestOwnerSaysLittle: what makes states so is not on the page, since it is never given; here that the page itself adds nothing to them.
func TestOwnerSaysLittle(t *testing.T) {
	p := mustRender(t, owner(nil), night)
	for name, data := range p.Files {
		for _, word := range []string{"ms", "vantage", "målested", "http_", "tcp", "dns", "NoName", "since\"", "duration"} {
			if strings.Contains(strings.ReplaceAll(string(data), string(style), ""), word) {
				t.Errorf("%s says %q", name, word)
			}
		}
	}
}

func TestOwnerRefuses(t *testing.T) {
	for name, change := range map[string]func(*Owner){
		"no site":        func(o *Owner) { o.Sites = nil },
		"too many sites": func(o *Owner) { o.Sites = make([]Site, MaxSites+1) },
		"twice":          func(o *Owner) { o.Sites[1].Name = o.Sites[0].Name },
		"no name":        func(o *Owner) { o.Sites[1].Name = "" },
		"turned around":  func(o *Owner) { o.Sites[1].Name = "a\u202eb" },
		"no title":       func(o *Owner) { o.Title = "" },
		"long title":     func(o *Owner) { o.Title = strings.Repeat("x", MaxText+1) },
		"no language":    func(o *Owner) { o.Languages = []seawall.Language{9} },
		"script as URL":  func(o *Owner) { o.URL = "javascript:alert(1)//" },
		"no slash":       func(o *Owner) { o.URL = "https://status.example.net/a" },
		"too much":       func(o *Owner) { o.Words[seawall.Danish] = []string{strings.Repeat("x", MaxBytes)} },
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := owner(change).Render(night); err == nil {
				t.Errorf("got %d files, want an error", len(p.Files))
			}
		})
	}
}
