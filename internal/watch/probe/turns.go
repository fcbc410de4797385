package probe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"
)

// PageEvery is after how many turns the page agreed on is asked again, in place of the home page.
const PageEvery = 10

// Of turns.
const (
	troubleFor = 15 * time.Minute // what did not come then is missing as long, unless it comes
	witnessFor = 10 * time.Minute // a family leads somewhere from here when it has led to another site as lately
	maxTurns   = 20_000
)

// Asker asks sites, as [Prober.Probe] does.
type Asker interface {
	Probe(ctx context.Context, t Target) Result
}

// Turns asks each site in turn, and says what single probes do not show: that the page came and something that belongs to it did not, which is
// [Partial]. Two things belong to a site: both families of its addresses, of which each goes first every other turn, and the page that was agreed on
// with its owner, which every tenth turn asks in place of the home page while that is well. So one GET a turn is enough.
//
// That a family leads nowhere counts only while it has led from here to another site within ten minutes: else it is this vantage's own affair. It is
// safe for concurrent use.
type Turns struct {
	asker Asker
	now   func() time.Time

	mu       sync.Mutex // guards what follows
	sites    map[trailKey]turns
	witness4 witnesses
	witness6 witnesses
}

// turns is what is known of a site.
type turns struct {
	taken     int
	last      time.Time
	well      bool    // the home page came last time
	four, six trouble // with a family that went first
	page      trouble
}

// trouble is what did not come; the zero value is none.
type trouble struct {
	why string
	at  time.Time
}

// witnesses are the last two sites that were reached through a family, and when.
type witnesses [2]struct {
	site string
	at   time.Time
}

// NewTurns returns turns of no site yet. A nil now means time.Now.
func NewTurns(a Asker, now func() time.Time) *Turns {
	if now == nil {
		now = time.Now
	}
	return &Turns{asker: a, now: now, sites: make(map[trailKey]turns)}
}

// Take takes a site's turn: it asks for the home page, or for the page agreed on, and returns what came of it. Where that page did not come, the home
// page is asked at once, if the budget has room.
func (t *Turns) Take(ctx context.Context, target Target) Result {
	key := target.key()
	known := t.begin(key)
	target.First = IPv4
	if known.taken%2 == 0 {
		target.First = IPv6
	}
	if page, ok := target.pageTarget(); ok && known.well && known.taken%PageEvery == 0 {
		r := t.asker.Probe(ctx, page)
		switch r.Class.Vote() {
		case Up, Degraded:
			t.end(key, func(k *turns) { k.page = trouble{} })
			return r
		case Down:
			t.end(key, func(k *turns) {
				k.page = trouble{fmt.Sprintf("%s: %s: %s", page.URL, r.Class, r.Evidence.Error), t.now()}
			})
		}
		if ctx.Err() != nil {
			return r
		}
	}
	r := t.asker.Probe(ctx, target)
	t.judge(key, target, &r)
	return r
}

// pageTarget returns the target of the page that was agreed on, and false where there is none beside the home page.
func (t Target) pageTarget() (Target, bool) {
	u, err := url.Parse(t.URL)
	if t.Page == "" || err != nil {
		return t, false
	}
	page, err := u.Parse(t.Page)
	if err != nil || plainPath(page.EscapedPath()) == plainPath(u.EscapedPath()) {
		return t, false
	}
	t.URL = page.String()
	return t, true
}

// begin counts a turn, and returns what is known of the site.
func (t *Turns) begin(key trailKey) turns {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	k, known := t.sites[key]
	if !known && len(t.sites) >= maxTurns {
		maps.DeleteFunc(t.sites, func(_ trailKey, k turns) bool { return now.Sub(k.last) > 2*troubleFor })
	}
	k.taken, k.last = k.taken+1, now
	if known || len(t.sites) < maxTurns {
		t.sites[key] = k
	}
	return k
}

func (t *Turns) end(key trailKey, change func(k *turns)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, known := t.sites[key]; known {
		change(&k)
		t.sites[key] = k
	}
}

// judge notes what came of asking for the home page, and says what is missing beside it.
func (t *Turns) judge(key trailKey, target Target, r *Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, known := t.sites[key]
	if !known || r.OverBudget {
		return
	}
	k.well = r.Class == OK
	now, site := t.now(), target.Site()
	switch {
	case r.Class != OK:
	case r.Lost != FamilyNone && t.witnessed(r.Lost, site, now):
		*k.of(r.Lost) = trouble{r.Evidence.Error, now}
	case r.Lost == FamilyNone && r.Family == target.First:
		*k.of(r.Family) = trouble{}
	}
	if r.Class == OK && r.Family != FamilyNone {
		t.witness(r.Family).note(site, now)
	}
	t.sites[key] = k
	if why := k.missing(now); r.Class == OK && why != nil {
		r.Assessment = append(slices.Clip(r.Assessment), Partial)
		r.Evidence.Error = clip(why.Error(), maxError)
	}
}

// of returns the trouble with a family.
func (k *turns) of(f Family) *trouble {
	if f == IPv6 {
		return &k.six
	}
	return &k.four
}

// missing returns what did not come lately; nil for nothing.
func (k *turns) missing(now time.Time) error {
	var all []error
	for _, x := range []trouble{k.page, k.four, k.six} {
		if !x.at.IsZero() && now.Sub(x.at) <= troubleFor {
			all = append(all, errors.New(x.why))
		}
	}
	return errors.Join(all...)
}

func (t *Turns) witness(f Family) *witnesses {
	if f == IPv6 {
		return &t.witness6
	}
	return &t.witness4
}

// witnessed reports whether a family has lately led to another site than this one.
func (t *Turns) witnessed(f Family, site string, now time.Time) bool {
	for _, w := range t.witness(f) {
		if w.site != "" && w.site != site && now.Sub(w.at) <= witnessFor {
			return true
		}
	}
	return false
}

// note notes that a site was reached. The two that are remembered are not the same.
func (w *witnesses) note(site string, at time.Time) {
	if w[0].site != site {
		w[1] = w[0]
	}
	w[0].site, w[0].at = site, at
}

// lose notes an address of the family that goes first that did not answer, while one of the other did.
func (run *run) lose(addr netip.Addr, err error) {
	run.r.Lost = familyOf(addr)
	run.r.Evidence.Error = clip(fmt.Sprintf("%s: %s", addr, err), maxError)
}
