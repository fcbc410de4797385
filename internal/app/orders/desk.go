// Package orders is what people do with attack orders: it imports lists into the store and shows what they say. The desk works on the store of a
// command, or in a process that runs.
package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/store"
)

// Desk is where attack orders are read in and looked at. Store and Now are required.
type Desk struct {
	Store   store.Orders
	Now     func() time.Time
	Sectors intel.Sectors // see [ReadSectors]

	// Others finds further hosts of a site, of which what was aimed at them counts as aimed at it; nil where nothing knows of any.
	Others OthersFunc
	// Claim takes in what MISP events and STIX bundles claim; nil where nothing does, and then they are refused.
	Claim ClaimFunc
	// Imported is told after lists were read in, in a process that warns; nil where nothing does.
	Imported func()
}

// Op is something that people can have done at this desk.
type Op[In, Out any] = desk.Op[Desk, In, Out]

// Way leads to a desk.
type Way = desk.Way[Desk]

// Serve adds everything that the desk does to the operations of a socket.
func (d *Desk) Serve(ops control.Ops) {
	desk.Serve(d, ops, Import, Listings, Campaigns, Host, Feeds, Prepare)
}

// SectorsName is what the operator's own table of sectors is called, in the state folder.
const SectorsName = "sectors.csv"

// ReadSectors returns the table of sectors: the operator's own rows before the built-in ones. Those are in the file at path, which has to be there; for
// "" in the file [SectorsName] in the state folder, where there is one.
func ReadSectors(state, path string) (intel.Sectors, error) {
	f, err := os.Open(cmp.Or(path, filepath.Join(state, SectorsName)))
	if path == "" && errors.Is(err, fs.ErrNotExist) {
		return intel.BuiltinSectors(), nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	own, err := intel.ReadSectors(f)
	return append(own, intel.BuiltinSectors()...), err
}

// feed returns what the store has of a feed; one that is added now where it has nothing.
func (d *Desk) feed(ctx context.Context, name string) (store.Feed, error) {
	feeds, err := d.Store.Feeds(ctx)
	if i := slices.IndexFunc(feeds, func(f store.Feed) bool { return f.Name == name }); i >= 0 {
		return feeds[i], err
	}
	return store.Feed{Name: name, Added: d.Now()}, err
}

// DefaultFeed is the feed that lists belong to when nobody said another.
const DefaultFeed = "ddosia"

// FormatDDoSia is the format of lists of that tool; Actor returns whose orders they are.
const FormatDDoSia = "ddosia"

// Actor returns the group that a format's orders come from; empty when it does not say.
func Actor(format string) string {
	if format == FormatDDoSia {
		return "NoName057(16)"
	}
	return ""
}

// Load returns the listings of the sightings that f lets through, in order of feed, host and time. A filter with times may cut listings short;
// with is whether their templates are read, too.
func Load(ctx context.Context, db store.Orders, f store.SightingFilter, with Templates) ([]seawall.Listing, error) {
	lists, err := listTimes(ctx, db, f.Feed)
	if err != nil {
		return nil, err
	}
	return loadOf(ctx, db, f, lists, with)
}

// loadOf is [Load] where it is known when the lists of each feed are from.
func loadOf(
	ctx context.Context, db store.Orders, f store.SightingFilter, lists map[string][]time.Time, with Templates,
) ([]seawall.Listing, error) {
	g, err := group(ctx, db, f, lists)
	if err != nil {
		return nil, err
	}
	if with == WithTemplates {
		err = fillTemplates(ctx, db, g)
	}
	return g.listings, err
}

// Templates says whether templates are wanted.
type Templates bool

// The choices.
const (
	Bare          Templates = false
	WithTemplates Templates = true
)

// listTimes returns when the lists of each feed are from, in order.
func listTimes(ctx context.Context, db store.Orders, feed string) (map[string][]time.Time, error) {
	lists, err := db.OrderLists(ctx, feed)
	if err != nil {
		return nil, err
	}
	times := make(map[string][]time.Time)
	for _, l := range lists {
		times[l.Feed] = append(times[l.Feed], l.At)
	}
	return times, nil
}

// grouper makes listings of sightings in order of feed, host and time.
type grouper struct {
	lists    map[string][]time.Time
	run      []store.OrderSighting // of one feed and host
	listings []seawall.Listing
	aimed    [][]string // identifiers of aims, for each listing
}

func (g *grouper) add(s store.OrderSighting) {
	if len(g.run) > 0 && (g.run[0].Feed != s.Feed || g.run[0].Host != s.Host) {
		g.flush()
	}
	g.run = append(g.run, s)
}

func (g *grouper) flush() {
	if len(g.run) == 0 {
		return
	}
	times := make([]time.Time, len(g.run))
	for i, s := range g.run {
		times[i] = s.At
	}
	at := 0
	for _, span := range intel.Group(times) {
		l := seawall.Listing{
			Feed: g.run[0].Feed, Host: g.run[0].Host, First: span.First, Last: span.Last, Sightings: span.Sightings,
			Previous: intel.Previous(g.lists[g.run[0].Feed], span.First),
		}
		var aims []string
		for _, s := range g.run[at : at+span.Sightings] {
			aims = append(aims, s.Aim)
		}
		at += span.Sightings
		g.listings, g.aimed = append(g.listings, l), append(g.aimed, unique(aims))
	}
	g.run = g.run[:0]
}

// fillTemplates reads what the listings aim at.
func fillTemplates(ctx context.Context, db store.Orders, g *grouper) error {
	r := reader{db: db, aims: make(map[string]intel.Aim), templates: make(map[string]seawall.Template)}
	for i := range g.listings {
		templates, err := r.templatesOf(ctx, g.aimed[i])
		if err != nil {
			return err
		}
		g.listings[i].Templates = templates
	}
	return nil
}

// reader reads documents once.
type reader struct {
	db        store.Orders
	aims      map[string]intel.Aim
	templates map[string]seawall.Template
}

func (r *reader) aim(ctx context.Context, id string) (a intel.Aim, err error) {
	if a, ok := r.aims[id]; ok {
		return a, nil
	}
	d, err := r.db.Aim(ctx, id)
	if err == nil {
		err = json.Unmarshal(d.Doc, &a)
	}
	r.aims[id] = a
	return a, err
}

func (r *reader) template(ctx context.Context, id string) (t seawall.Template, err error) {
	if t, ok := r.templates[id]; ok {
		return t, nil
	}
	d, err := r.db.OrderTemplate(ctx, id)
	if err == nil {
		err = json.Unmarshal(d.Doc, &t)
	}
	r.templates[id] = t
	return t, err
}

// templatesOf returns the templates of aims, each once, in order of identifier, with the age of the oldest order.
func (r *reader) templatesOf(ctx context.Context, aims []string) ([]seawall.Template, error) {
	created := make(map[string]int64)
	var ids []string
	for _, id := range aims {
		a, err := r.aim(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, t := range a.Templates {
			have, ok := created[t.ID]
			if !ok {
				ids = append(ids, t.ID)
			}
			if !ok || have == 0 || t.Created != 0 && t.Created < have {
				created[t.ID] = t.Created
			}
		}
	}
	var all []seawall.Template
	for _, id := range unique(ids) {
		t, err := r.template(ctx, id)
		if err != nil {
			return nil, err
		}
		if c := created[id]; c != 0 {
			t.Created = time.Unix(c, 0).UTC()
		}
		all = append(all, t)
	}
	return all, nil
}
