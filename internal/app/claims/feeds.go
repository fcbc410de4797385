package claims

import (
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/claim"
)

// silentAfter is how old a feed's last list is when nothing is known of lists any more.
const silentAfter = 26 * time.Hour

// feeds is what is known of when feeds gave lists.
type feeds struct {
	signs  []sign
	lost   bool              // there were too many
	byFeed map[string][]sign // in order of time, each with what ends it; nil when signs came since
}

type sign struct {
	feed string
	at   time.Time
	live bool
}

// list notes that a feed gave a list. A zero time is none.
func (f *feeds) list(feed string, at time.Time) {
	if !at.IsZero() {
		f.say(feed, at, true)
	}
}

// say notes that a feed is live or dark from now on. Without a name every feed is.
func (f *feeds) say(feed string, at time.Time, live bool) {
	const most = 1 << 20
	if n := len(f.signs); n > 0 && f.signs[n-1] == (sign{feed, at, live}) {
		return
	}
	if len(f.signs) >= most {
		f.lost = true
		return
	}
	f.signs, f.byFeed = append(f.signs, sign{feed, at, live}), nil
}

// order sorts the signs by feed. That every feed is dark is a sign of each, and that one is dark one of the feed without a name.
func (f *feeds) order() {
	f.byFeed = make(map[string][]sign)
	for _, s := range f.signs {
		f.byFeed[s.feed] = nil
	}
	for _, s := range f.signs {
		f.byFeed[s.feed] = append(f.byFeed[s.feed], s)
		if s.live {
			continue
		}
		for feed := range f.byFeed {
			if feed != s.feed && (s.feed == "" || feed == "") {
				f.byFeed[feed] = append(f.byFeed[feed], s)
			}
		}
	}
	for feed := range f.byFeed {
		slices.SortStableFunc(f.byFeed[feed], func(a, b sign) int { return a.at.Compare(b.at) })
	}
}

// at returns what is known of lists in a span: feeds are live when one of them gave a list in it, or at most 26 hours before, and was not said to be
// dark since.
func (f *feeds) at(h claim.Span) claim.Feeds {
	if f.byFeed == nil {
		f.order()
	}
	for _, signs := range f.byFeed {
		i, _ := slices.BinarySearchFunc(signs, h.To, func(s sign, t time.Time) int {
			if s.at.After(t) {
				return 1
			}
			return -1
		})
		if i > 0 && signs[i-1].live && h.From.Sub(signs[i-1].at) <= silentAfter {
			return claim.FeedsLive
		}
	}
	return claim.FeedsDark
}
