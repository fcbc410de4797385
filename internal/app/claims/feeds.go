package claims

import (
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/claim"
)

// silentAfter is how old a feed's last list is when nothing is known of lists any more.
const silentAfter = 26 * time.Hour

// feeds is what is known of when feeds gave lists.
type feeds struct{ signs []sign }

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
	if n := len(f.signs); n > 0 && f.signs[n-1] == (sign{feed, at, live}) || n >= most {
		return
	}
	f.signs = append(f.signs, sign{feed, at, live})
}

// at returns what is known of lists in a span: feeds are live when one of them gave a list in it, or at most 26 hours before, and was not said to be
// dark since.
func (f *feeds) at(h claim.Span) claim.Feeds {
	slices.SortStableFunc(f.signs, func(a, b sign) int { return a.at.Compare(b.at) })
	last := make(map[string]sign)
	for _, s := range f.signs {
		if s.at.After(h.To) {
			break
		}
		if s.feed == "" && !s.live {
			clear(last)
		}
		if s.live {
			last[s.feed] = s
			continue
		}
		delete(last, s.feed)
		delete(last, "")
	}
	for _, s := range last {
		if h.From.Sub(s.at) <= silentAfter {
			return claim.FeedsLive
		}
	}
	return claim.FeedsDark
}
