package orders

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// current is how long after its last sighting a listing is one that may be acted on.
const current = seawall.ListingGap

// warner tells those of watched sites that an attack list concerns them. It posts again what is current after a restart, under the same key: whom
// that was told knows the outbox, which outlives the process.
type warner struct {
	lookout.House
	woken chan struct{}
	told  map[string]time.Time // key of a message that this process posted → last sighting; what is not current any more is forgotten
	begun map[listed]begun     // the latest listing of each host that concerned somebody, likewise
	edge  offerer
}

func newWarner(h lookout.House) *warner {
	return &warner{
		House: h, woken: make(chan struct{}, 1), told: make(map[string]time.Time), begun: make(map[listed]begun),
		edge: offerer{db: h.Store, others: OthersOf(h.Store, h.State, nil), logger: h.Logger, now: h.Now, offered: make(map[string]time.Time)},
	}
}

// wake has the warner look. It never waits.
func (w *warner) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// again is how long after a look that failed the next one comes, when nothing wakes the warner before; it doubles up to atLast.
const (
	again  = time.Minute
	atLast = 32 * again
)

// run looks, and has the edge prepare, at once, for lists are read in while nothing runs, too. It does so again, and has the lookout take up what
// orders name, whenever it is woken, and where that failed, until ctx ends.
func (w *warner) run(ctx context.Context) error {
	err, wait := errors.Join(w.look(ctx), w.edge.look(ctx)), again
	for {
		var retry <-chan time.Time
		if err == nil {
			wait = again
		} else if ctx.Err() == nil {
			w.failed(err)
			retry, wait = time.After(wait), min(2*wait, atLast)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.woken:
		case <-retry:
		}
		err = errors.Join(w.Reread(ctx), w.look(ctx), w.edge.look(ctx))
	}
}

func (w *warner) failed(err error) {
	w.Logger.Error("what attack lists say could not be looked at", slog.Any("error", err))
}

// look goes through the listings that are current. Those who are named are told before those to whom something is near, and what fails for one site keeps
// nobody else from being told.
func (w *warner) look(ctx context.Context) error {
	now := w.Now()
	maps.DeleteFunc(w.told, func(_ string, last time.Time) bool { return now.Sub(last) > 2*current })
	maps.DeleteFunc(w.begun, func(_ listed, b begun) bool { return now.Sub(b.last) > 2*current })
	sites, groups, err := w.watched(ctx)
	if err != nil || len(sites) == 0 {
		return err
	}
	lists, err := listTimes(ctx, w.Store, "")
	if err != nil {
		return err
	}
	g := &glance{warner: w, since: now.Add(-2 * current), lists: lists, groups: groups, waiting: make(map[string]bool), of: make(map[[2]string]int)}
	all, cut, err := loadListed(ctx, w.Store, store.SightingFilter{Since: g.since}, lists, w.Provider)
	if err != nil {
		return err
	}
	if cut > 0 {
		w.Logger.Warn("lists say more than is looked at: not every site that shares a server is found", slog.Int("left_out", cut))
	}
	labels, err := Labels(ctx, w.Store)
	if err != nil {
		return err
	}
	matcher := intel.NewMatcher(sites, nil)
	var failed []error
	for _, l := range all {
		if now.Sub(l.Listing.Last) > current {
			continue
		}
		l.TLP = labels[l.Listing.Feed].String()
		for _, warning := range matcher.Match(l) {
			failed = append(failed, g.take(ctx, &concern{l.Listing, warning}))
		}
	}
	return errors.Join(append(failed, g.warnNear(ctx))...)
}

// Labels returns under which label each feed gives what it gives, by its name. The zero value, [tlp.AmberStrict], is that of a feed of which nobody said
// one, of one whose label is none, and of one that is not known.
func Labels(ctx context.Context, db interface {
	Feeds(ctx context.Context) ([]store.Feed, error)
},
) (map[string]tlp.Label, error) {
	feeds, err := db.Feeds(ctx)
	labels := make(map[string]tlp.Label, len(feeds))
	for _, f := range feeds {
		labels[f.Name], _ = tlp.Parse(f.TLP)
	}
	return labels, err
}

// watched returns the sites that are watched, and the groups of each.
func (w *warner) watched(ctx context.Context) ([]intel.Watched, map[string][]string, error) {
	all, err := w.Store.Sites(ctx)
	if err != nil {
		return nil, nil, err
	}
	table, err := lookout.Aliases(w.State)
	if err != nil {
		w.Logger.Warn("aliases do not count", slog.Any("error", err)) // hosts do
	}
	var sites []intel.Watched
	groups := make(map[string][]string)
	for _, s := range all {
		if !s.Removed.IsZero() {
			continue
		}
		x := WatchedSite(&s, table, w.edge.Aliases[s.Host]...)
		if w.Addresses != nil {
			x.Addresses = w.Addresses(s.Host)
			x.Provider = providerOf(x.Addresses, w.Provider)
		}
		sites = append(sites, x)
		groups[s.Host] = s.Groups
	}
	return sites, groups, nil
}

// message returns what is told, to those to whom the feed's label lets it go. It names no other victim.
func message(key string, now time.Time, l *seawall.Listing, x *intel.Warning, groups []string) notify.Message {
	m := notify.Message{
		Kind: notify.Listing, Key: key, At: now, Label: x.TLP, Sites: []notify.Site{{Name: x.Site, Groups: groups}},
		Since: notify.Interval{Earliest: l.Previous, Latest: l.First},
	}
	label, _ := tlp.Parse(x.TLP)
	if x.Grade == intel.Near {
		m.Wait, m.Staff, m.Routes = true, true, names(tlp.WarnNear(label))
		m.Words = notify.Text{English: "something like it is named on an attack list", Danish: "noget, der ligner, er nævnt på en angrebsliste"}
		m.Answer = nearness(x.Why)
		return m
	}
	m.Routes = names(tlp.WarnNamed(label))
	m.Answer = aim(l.Templates)
	return m
}

// names returns routes as those of receivers are called.
func names(routes []tlp.Route) []string {
	var all []string
	for _, r := range routes {
		all = append(all, r.String())
	}
	return all
}

// nearness says what is alike.
func nearness(why string) notify.Text {
	switch why {
	case "domain":
		return notify.Text{English: "Another host of the same domain is on the list.", Danish: "En anden vært på samme domæne er på listen."}
	case "look_alike":
		return notify.Text{English: "A name that is easily taken for it is on the list.", Danish: "Et navn, der let forveksles med det, er på listen."}
	default:
		return notify.Text{English: "A host with the same " + why + " is on the list.", Danish: "En vært med samme " + lookoutWord(why) + " er på listen."}
	}
}

func lookoutWord(why string) string {
	if why == "address" {
		return "adresse"
	}
	return "udbyder"
}
