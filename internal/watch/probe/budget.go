package probe

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// The budget of a site: so many GET in any Window, of all vantages, families, protocols and redirects together.
const (
	Window     = time.Minute
	PeaceGETs  = 3
	DoubtGETs  = 6
	LongDoubt  = 10 * time.Minute // the longest that a site stays in doubt
	doubtPause = 10 * time.Minute // the shortest between two doubts about one site
)

// maxSites is how many sites a budget remembers at once; a GET to one more is refused until others are forgotten.
const maxSites = 65_536

// OverBudget is the error of a GET that was not sent because the site's budget is used up.
type OverBudget struct {
	Site string
	Max  int       // GET in a [Window], of this vantage's share
	Free time.Time // when the next one may be sent
	held bool      // to no site
}

func (o *OverBudget) Error() string {
	return fmt.Sprintf("over budget: %d GET a minute to %s, the next one at %s", o.Max, o.Site, o.Free.UTC().Format(time.TimeOnly))
}

// Budget counts GETs and refuses those that would be too many for a site. It is safe for concurrent use. Time only moves it forward: where the
// clock goes back, what was sent counts as sent just now.
type Budget struct {
	vantages int

	mu    sync.Mutex // guards what follows
	sites map[string]SiteUse
	alone map[string]bool // sites of which this vantage has the whole budget
	swept time.Time
	until time.Time // no GET to any site before this
}

// SiteUse is what a budget remembers of a site.
type SiteUse struct {
	Sent       []time.Time `json:"sent"`        // the GETs of the last [Window], oldest first
	DoubtFrom  time.Time   `json:"doubt_from"`  // when the last doubt began
	DoubtUntil time.Time   `json:"doubt_until"` // when it ends; zero: never in doubt; no new doubt before ten minutes after it
}

// BudgetState is a budget as plain data, by site, to be kept over a restart.
type BudgetState map[string]SiteUse

// NewBudget returns an empty budget for one of so many vantages, 1 to 3: its share of each limit is one part of these. Where there are more
// vantages than the three GET of peace, they have to take turns.
func NewBudget(vantages int) (*Budget, error) {
	if vantages < 1 || vantages > PeaceGETs {
		return nil, fmt.Errorf("budget for %d vantages: give 1 to %d, more have to take turns", vantages, PeaceGETs)
	}
	return &Budget{vantages: vantages, sites: make(map[string]SiteUse)}, nil
}

// Site returns the site that a host belongs to: its registrable domain (publicsuffix.org), or the host itself where there is none. Addresses
// are sites of their own, and so is each of an address's ports other than 80 and 443.
func Site(host string, port uint16) string {
	if _, err := netip.ParseAddr(host); err == nil {
		if port == 80 || port == 443 || port == 0 {
			return host
		}
		return fmt.Sprintf("[%s]:%d", host, port)
	}
	host = strings.TrimSuffix(host, ".")
	if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return site
	}
	return host
}

// Take counts one GET to a site at the time now, or returns an [*OverBudget] and counts nothing.
func (b *Budget) Take(site string, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	use, err := b.room(site, now)
	if err != nil {
		return err
	}
	use.Sent = append(use.Sent, now)
	b.sites[site] = use
	return nil
}

// Alone replaces the sites of which this vantage has the whole of each limit, since no other shares their budget: its sentinels.
func (b *Budget) Alone(sites []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.alone = make(map[string]bool, len(sites))
	for _, site := range sites {
		b.alone[site] = true
	}
}

// Hold refuses every GET until a [Window] after now, because what was sent before now is not known.
func (b *Budget) Hold(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = now.Add(Window)
}

// Room returns what Take would, and counts nothing.
func (b *Budget) Room(site string, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.room(site, now)
	return err
}

// room returns what is remembered of a site, if another GET to it may be sent.
func (b *Budget) room(site string, now time.Time) (SiteUse, error) {
	b.sweep(now)
	use, known := b.sites[site]
	if !known && len(b.sites) >= maxSites {
		return use, &OverBudget{Site: site, Free: now.Add(Window)}
	}
	use.Sent = recent(use.Sent, now)
	limit := b.limit(site, use, now)
	if now.Before(b.until) {
		return use, &OverBudget{Site: site, Max: limit, Free: b.until, held: true}
	}
	if len(use.Sent) >= limit {
		return use, &OverBudget{Site: site, Max: limit, Free: use.Sent[len(use.Sent)-limit].Add(Window)}
	}
	return use, nil
}

// Doubt raises a site's budget for as long as asked, and reports whether it did. A doubt lasts [LongDoubt] at most from its beginning, and while that
// is not over it can be made longer, or taken up again after it was calmed; then there is none for ten minutes, so that six GET a minute never become
// the rule.
func (b *Budget) Doubt(site string, now time.Time, long time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	use, known := b.sites[site]
	if !known && len(b.sites) >= maxSites || long <= 0 {
		return false
	}
	from := use.DoubtFrom
	if !now.Before(use.DoubtUntil.Add(doubtPause)) {
		from = now
	}
	until := now.Add(long)
	if most := from.Add(LongDoubt); until.After(most) {
		until = most
	}
	if !until.After(now) || !until.After(use.DoubtUntil) {
		return false
	}
	use.DoubtFrom, use.DoubtUntil = from, until
	b.sites[site] = use
	return true
}

// Calm ends a site's doubt before its time.
func (b *Budget) Calm(site string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if use, known := b.sites[site]; known && now.Before(use.DoubtUntil) {
		use.DoubtUntil = now
		b.sites[site] = use
	}
}

// Export returns what has to be remembered at the time now.
func (b *Budget) Export(now time.Time) BudgetState {
	b.mu.Lock()
	defer b.mu.Unlock()
	state := make(BudgetState, len(b.sites))
	for site, use := range b.sites {
		if use.Sent = recent(use.Sent, now); use.matters(now) {
			state[site] = use
		}
	}
	return state
}

// Import adds what another budget, or this one before a restart, has sent. What is too much of it is left out: sites beyond the limit, and times
// that can no longer matter. Doubts that reach further than one can are cut.
func (b *Budget) Import(state BudgetState, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for site, more := range state {
		use, known := b.sites[site]
		if !known && len(b.sites) >= maxSites {
			continue
		}
		use.Sent = recent(merge(use.Sent, more.Sent), now)
		if latest := now.Add(LongDoubt); more.DoubtUntil.After(latest) {
			more.DoubtUntil = latest
		}
		if more.DoubtUntil.After(use.DoubtUntil) {
			use.DoubtFrom, use.DoubtUntil = more.DoubtFrom, more.DoubtUntil
		}
		if use.matters(now) {
			b.sites[site] = use
		}
	}
}

// limit returns how many GET this vantage may send to a site in a window that ends now.
func (b *Budget) limit(site string, use SiteUse, now time.Time) int {
	vantages := b.vantages
	if b.alone[site] {
		vantages = 1
	}
	if now.Before(use.DoubtUntil) {
		return DoubtGETs / vantages
	}
	return PeaceGETs / vantages
}

// sweep forgets, once in a window, the sites of which nothing matters any more.
func (b *Budget) sweep(now time.Time) {
	if since := now.Sub(b.swept); since >= 0 && since < Window {
		return
	}
	b.swept = now
	for site, use := range b.sites {
		if use.Sent = recent(use.Sent, now); !use.matters(now) {
			delete(b.sites, site)
		}
	}
}

func (u SiteUse) matters(now time.Time) bool {
	return len(u.Sent) > 0 || now.Before(u.DoubtUntil.Add(doubtPause))
}

// recent returns the times of the window that ends now, in a slice of its own, at most the newest that any limit counts. Times to come become now.
func recent(sent []time.Time, now time.Time) []time.Time {
	var kept []time.Time
	for _, t := range sent {
		if t.After(now) {
			t = now
		}
		if now.Sub(t) < Window {
			kept = append(kept, t)
		}
	}
	return kept[max(0, len(kept)-DoubtGETs):]
}

// merge returns the times of two sorted slices, sorted.
func merge(a, b []time.Time) []time.Time {
	all := make([]time.Time, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].Before(a[0]) {
			a, b = b, a
		}
		all, a = append(all, a[0]), a[1:]
	}
	return append(append(all, a...), b...)
}
