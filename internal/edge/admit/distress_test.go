package admit

import (
	"fmt"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
)

func TestDistressBeginsAndEnds(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	every := func(from, to, step int) (at []int) {
		for ; from <= to; from += step {
			at = append(at, from)
		}
		return at
	}
	for _, tt := range []struct {
		name   string
		at     []int // milliseconds at which a request had waited
		waited time.Duration
		begins int // -1 for never
	}{
		{"nobody waits long", every(0, 5000, 10), SojournTarget, -1},
		{"a burst", every(0, 200, 10), ms(25), -1},
		{"bursts a second apart", append(every(0, 200, 10), every(1000, 1200, 10)...), ms(25), -1},
		{"on end", every(0, 1000, 10), ms(25), 250},
		{"one that waited as long", []int{0}, ms(280), 0},
		{"one that waited less", []int{0}, ms(260), -1},
	} {
		c := newController(t, Options{})
		begins, last := -1, 0
		for _, at := range tt.at {
			now := epoch.Add(ms(at))
			c.feel(now, tt.waited)
			if c.Load(now).Distress && begins < 0 {
				begins = at
			}
			last = at
		}
		if begins < tt.begins || begins > tt.begins+10 || tt.begins < 0 && begins >= 0 {
			t.Errorf("%s: began at %d ms, want %d", tt.name, begins, tt.begins)
		}
		if begins < 0 {
			continue
		}
		end := epoch.Add(ms(last)).Add(distressHold)
		if before, after := c.Load(end.Add(-1)).Distress, c.Load(end).Distress; !before || after {
			t.Errorf("%s: five seconds after the last: %v, then %v", tt.name, before, after)
		}
	}
}

// TestNamedKeepToTheirShare has what a rule names ask first for more than there is, and then a page: the page goes as soon as a place is
// free while the named hold more than their share, and they use all of it when nobody else asks.
func TestNamedKeepToTheirShare(t *testing.T) {
	for _, share := range []seawall.Share{seawall.ShareWhole, seawall.ShareHalf, seawall.ShareQuarter} {
		c := newController(t, Options{Start: 8, Min: 8, Max: 8})
		named := func(i int) *Ticket {
			r := page(fmt.Sprintf("198.51.100.%d", i), "/search")
			return c.Enter(epoch, r, c.Classify(r).Under(seawall.Effect{Weight: seawall.WeightLater, Share: share}))
		}
		var at, waits []*Ticket
		for i := range 16 {
			if tk := named(i); tk.Granted() {
				at = append(at, tk)
			} else {
				waits = append(waits, tk)
			}
		}
		if len(at) != 8 || c.named != 8 {
			t.Fatalf("%v: %d are at the origin, want all 8 places used", share, len(at))
		}
		// The same network asks for a page: by its turn alone it would come before the searches, share or not.
		p := c.enter(page("198.51.100.200", "/"))
		at[0].Leave(epoch)
		if !p.Granted() {
			t.Errorf("%v: a page waits behind searches of its network", share)
		}
		for range 7 {
			at[1].Leave(epoch)
			at = at[1:]
		}
		granted := 0
		for _, w := range waits {
			if w.Granted() {
				granted++
			}
		}
		if granted != 7 {
			t.Errorf("%v: %d of the searches followed, want the 7 places that are free", share, granted)
		}
	}
}

// TestShareHoldsWhileOthersWait fills the queue with both kinds from as many networks, pages made to look dear: whatever their turn, named
// requests get no more than their share until the pages are gone.
func TestShareHoldsWhileOthersWait(t *testing.T) {
	c := newController(t, Options{Start: 8, Min: 8, Max: 8})
	plug := make([]*Ticket, 8)
	for i := range plug {
		plug[i] = c.enter(page(fmt.Sprintf("203.0.113.%d", i), "/"))
	}
	effect := seawall.Effect{Share: seawall.ShareQuarter}
	var named, pages []*Ticket
	for i := range 16 {
		r := page(fmt.Sprintf("198.51.%d.1", i), "/search")
		named = append(named, c.Enter(epoch, r, c.Classify(r).Under(effect)))
		r = page(fmt.Sprintf("192.0.%d.1", i), "/report")
		class := c.Classify(r)
		class.Cost = time.Second
		pages = append(pages, c.Enter(epoch, r, class))
	}
	for _, p := range plug {
		p.Leave(epoch)
	}
	count := func(all []*Ticket) (n int) {
		for _, tk := range all {
			if tk.Granted() {
				n++
			}
		}
		return n
	}
	if n, p := count(named), count(pages); n != 2 || p != 6 {
		t.Errorf("at the origin are %d named and %d others, want 2 and 6", n, p)
	}
}

// TestNamedIsChargedWhatItTakes holds that a weight moves a turn and no account: a reader who has searched pays for a search and no more.
func TestNamedIsChargedWhatItTakes(t *testing.T) {
	tags := map[seawall.Weight]float64{}
	for _, w := range []seawall.Weight{seawall.WeightUsual, seawall.WeightLast} {
		c := newController(t, Options{})
		r := page("192.0.2.1", "/search")
		tk := c.Enter(epoch, r, c.Classify(r).Under(seawall.Effect{Weight: w}))
		tk.Done(epoch, Result{Cost: 100 * time.Millisecond, Known: true})
		tags[w] = tk.flow.tag
		if c.named != 0 || c.busy != 0 {
			t.Errorf("%v: left over: %d named of %d", w, c.named, c.busy)
		}
	}
	if tags[seawall.WeightUsual] != tags[seawall.WeightLast] {
		t.Errorf("charged: %v", tags)
	}
}
