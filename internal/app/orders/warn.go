package orders

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
)

// current is how long after its last sighting a listing is one that may be acted on.
const current = seawall.ListingGap

// maxShownTemplates is how many kinds of request a warning spells out.
const maxShownTemplates = 5

// warner tells those of watched sites that an attack list concerns them.
type warner struct {
	lookout.House
	woken chan struct{}
	told  map[string]time.Time // key of a message → last sighting; what is not current any more is forgotten
}

func newWarner(h lookout.House) *warner {
	return &warner{House: h, woken: make(chan struct{}, 1), told: make(map[string]time.Time)}
}

// wake has the warner look. It never waits.
func (w *warner) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// run looks whenever it is woken, until ctx ends. Listings that are there when it begins are taken to have been told.
func (w *warner) run(ctx context.Context) error {
	tell := false
	for {
		if err := w.look(ctx, tell); err != nil && ctx.Err() == nil {
			w.Logger.Error("what attack lists say could not be looked at", slog.Any("error", err))
		} else {
			tell = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.woken:
		}
	}
}

// look goes through the listings that are current.
func (w *warner) look(ctx context.Context, tell bool) error {
	now := w.Now()
	for key, last := range w.told {
		if now.Sub(last) > 2*current {
			delete(w.told, key)
		}
	}
	sites, groups, err := w.watched(ctx)
	if err != nil || len(sites) == 0 {
		return err
	}
	all, err := Load(ctx, w.Store, store.SightingFilter{Since: now.Add(-2 * current)}, Bare)
	if err != nil {
		return err
	}
	for i := range all {
		l := &all[i]
		if now.Sub(l.Last) > current {
			continue
		}
		for _, warning := range intel.Match(sites, intel.Listed{Listing: l}, nil) {
			if err := w.warn(ctx, l, &warning, groups[warning.Site], tell); err != nil {
				return err
			}
		}
	}
	return nil
}

// watched returns the sites that are watched, and the groups of each.
func (w *warner) watched(ctx context.Context) ([]intel.Watched, map[string][]string, error) {
	all, err := w.Store.Sites(ctx)
	if err != nil {
		return nil, nil, err
	}
	var sites []intel.Watched
	groups := make(map[string][]string)
	for _, s := range all {
		if !s.Removed.IsZero() {
			continue
		}
		bare := strings.TrimPrefix(s.Host, "www.")
		sites = append(sites, intel.Watched{Site: s.Host, Host: s.Host, Aliases: []string{bare, "www." + bare}})
		groups[s.Host] = s.Groups
	}
	return sites, groups, nil
}

// warn tells one site's people of one listing, once.
func (w *warner) warn(ctx context.Context, l *seawall.Listing, x *intel.Warning, groups []string, tell bool) error {
	if x.Grade == intel.Named {
		w.Listed(l.Last, x.Site)
	}
	key := fmt.Sprintf("listing/%s/%s/%s", l.Feed, x.Site, l.First.UTC().Format(time.RFC3339))
	if x.Grade == intel.Near {
		key = "near-" + key
	}
	_, told := w.told[key]
	w.told[key] = l.Last
	if told || !tell || x.Grade == intel.Pattern {
		return nil
	}
	if x.Grade == intel.Named {
		whole, err := Load(ctx, w.Store, store.SightingFilter{Feed: l.Feed, Host: l.Host, Since: l.First}, WithTemplates)
		if err != nil {
			return err
		}
		for i := range whole {
			x.Templates = append(x.Templates, whole[i].Templates...)
		}
	}
	w.Logger.Warn("an attack list concerns a watched site", slog.String("site", x.Site), slog.String("grade", string(x.Grade)), slog.String("why", x.Why),
		slog.String("feed", x.Feed))
	if err := w.Post(ctx, message(key, w.Now(), l, x, groups)); err != nil {
		delete(w.told, key)
		return err
	}
	return nil
}

// message returns what is told. It names no other victim.
func message(key string, now time.Time, l *seawall.Listing, x *intel.Warning, groups []string) notify.Message {
	m := notify.Message{
		Kind: notify.Listing, Key: key, At: now, Sites: []notify.Site{{Name: x.Site, Groups: groups}},
		Since: notify.Interval{Earliest: l.Previous, Latest: l.First},
	}
	if x.Grade == intel.Near {
		m.Wait, m.Staff = true, true
		m.Words = notify.Text{English: "something like it is named on an attack list", Danish: "noget, der ligner, er nævnt på en angrebsliste"}
		m.Answer = nearness(x.Why)
		return m
	}
	m.Answer = aim(x.Templates)
	return m
}

// nearness says what is alike.
func nearness(why string) notify.Text {
	switch why {
	case "domain":
		return notify.Text{English: "Another host of the same domain is on the list.", Danish: "En anden vært på samme domæne er på listen."}
	case "look_alike":
		return notify.Text{English: "A name that differs in one letter is on the list.", Danish: "Et navn, der afviger med ét bogstav, er på listen."}
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

// aim says what the orders ask for: in classes, for nothing else of them is kept.
func aim(templates []seawall.Template) notify.Text {
	var kinds, rest []string
	for i := range templates {
		t := &templates[i]
		text := string(t.Vector)
		if t.Vector.Requests() {
			text = fmt.Sprintf("%s %s %s", t.Vector, t.Method, target(t))
		}
		switch {
		case slices.Contains(kinds, text), slices.Contains(rest, text):
		case t.Vector.Requests():
			kinds = append(kinds, text)
		default:
			rest = append(rest, text)
		}
	}
	all := slices.Concat(kinds, rest)
	more := len(all) - min(len(all), maxShownTemplates)
	en := "Aimed at: " + strings.Join(all[:len(all)-more], "; ")
	da := "Rettet mod: " + strings.Join(all[:len(all)-more], "; ")
	if more > 0 {
		en += fmt.Sprintf("; and %d more", more)
		da += fmt.Sprintf("; og %d til", more)
	}
	return notify.Text{
		English: en + ". A list is an order, not an attack: it says nothing of whether one comes.",
		Danish:  da + ". En liste er en ordre, ikke et angreb: den siger intet om, hvorvidt der kommer et.",
	}
}

// target writes a template's path and query.
func target(t *seawall.Template) string {
	var b strings.Builder
	b.WriteString(t.Path)
	for i, p := range t.Query {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(p.Name)
		if p.Class != seawall.ClassNone {
			b.WriteString("={" + string(p.Class) + "}")
		}
	}
	return b.String()
}
