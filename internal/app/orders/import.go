package orders

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/misp"
	"github.com/seawall-project/seawall/internal/intel/pile"
	"github.com/seawall-project/seawall/internal/intel/prefix"
	"github.com/seawall-project/seawall/internal/intel/stix"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// Import reads lists in.
var Import = Op[Importing, Imported]{Name: "intel-import", Do: (*Desk).importGiven}

// Importing is what is to be read: files, folders and archives on the machine of the desk.
type Importing struct {
	Paths []string `json:"paths"`
	Feed  string   `json:"feed,omitempty"` // that the lists belong to; [DefaultFeed] without one

	// How far what the feed gives may be passed on, such as "TLP:AMBER", and on what terms it may be used, from now on; "" leaves that as it is. They
	// are not for a feed that is followed, of which the configuration says so.
	TLP     string `json:"tlp,omitempty"`
	Licence string `json:"licence,omitempty"` // at most maxLicence characters in one line

	at        time.Time   // when the lists were fetched; zero where their names say it
	kept      *store.Feed // takes the feed as it is kept afterwards; nil for nobody
	uncounted bool        // nobody wants to know how many listings there are, and how many are new
}

// Imported is what came of it.
type Imported struct {
	Files        int               `json:"files"`
	Repeats      int               `json:"repeats"` // lists that are byte for byte one before, at another time or in another place; empty ones do not count
	Empty        int               `json:"empty"`   // lists that name nobody
	Damaged      map[string]string `json:"damaged"` // what was not read, by name, and why; at most maxDamaged
	Hosts        int               `json:"hosts"`   // different ones in these lists
	InvalidHosts int               `json:"invalid_hosts"`
	Listings     int               `json:"listings"`                // of the store, that these lists are part of
	New          int               `json:"new"`                     // of those, the ones of which nothing was known
	Skipped      map[string]int    `json:"skipped"`                 // orders that could not be read, and claims that were not taken, by reason
	Claims       int               `json:"claims,omitempty"`        // that went to the desk of claims
	NewClaims    int               `json:"new_claims,omitempty"`    // of these, those that were not known
	Prefixes     int               `json:"prefixes,omitempty"`      // networks in lists of such
	Unnamed      int               `json:"unnamed,omitempty"`       // damaged ones beyond those named
	Cut          int               `json:"templates_cut,omitempty"` // beyond intel.MaxTemplates for one host in one list
	Refused      []string          `json:"refused,omitempty"`       // what was not read, or not to its end, because it would take too much: paths, and members of archives behind a "#"; at most maxDamaged
}

// Bounds of one import.
const (
	maxDamaged   = 1000
	maxSightings = 5_000_000
	batchLists   = 64
	batchRows    = 4000
	ahead        = time.Hour // how far a list's clock may be ahead of ours
	maxLicence   = 200
)

// importGiven does [Import].
func (d *Desk) importGiven(ctx context.Context, in Importing) (Imported, error) {
	in.Feed = cmp.Or(in.Feed, DefaultFeed)
	if err := d.checkTerms(ctx, &in); err != nil {
		return Imported{}, err
	}
	return d.importLists(ctx, in)
}

// checkTerms refuses terms that are none, and those of a feed of which the configuration says them. It writes the label as labels are written.
func (d *Desk) checkTerms(ctx context.Context, in *Importing) error {
	if in.TLP == "" && in.Licence == "" {
		return nil
	}
	if in.TLP != "" {
		l, ok := tlp.Parse(in.TLP)
		if !ok {
			return desk.Refuse("%.40q is no label such as TLP:GREEN", in.TLP)
		}
		in.TLP = l.String()
	}
	if utf8.RuneCountInString(in.Licence) > maxLicence || strings.ContainsFunc(in.Licence, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return desk.Refuse("a licence is one line of at most %d characters", maxLicence)
	}
	f, err := d.feed(ctx, in.Feed)
	if err == nil && f.URL != "" {
		err = desk.Refuse("%s is followed: its label and licence stand in the configuration, under intel.feeds", in.Feed)
	}
	return err
}

// importLists reads lists in, from a person or a feed.
func (d *Desk) importLists(ctx context.Context, in Importing) (Imported, error) {
	in.Feed = cmp.Or(in.Feed, DefaultFeed)
	if len(in.Paths) == 0 {
		return Imported{}, desk.Refuse("no path is named")
	}
	if err := d.roomLeft(ctx); err != nil {
		return Imported{}, err
	}
	feed, err := d.feed(ctx, in.Feed)
	if err != nil {
		return Imported{}, err
	}
	m := &importing{
		desk: d, feed: in.Feed, was: feed, of: feed, at: in.at, tlp: cmp.Or(in.TLP, feed.TLP), licence: cmp.Or(in.Licence, feed.Licence), out: Imported{Damaged: map[string]string{}, Skipped: map[string]int{}}, seen: make(map[string]bool),
		invalid: make(map[string]bool), touched: make(map[string][]time.Time), written: make(map[string]bool),
	}
	defer m.wake()
	defer func() {
		if in.kept != nil {
			*in.kept = m.of
		}
	}()
	var before map[string][]intel.Span
	if !in.uncounted {
		if before, err = m.spans(ctx, nil); err != nil {
			return m.out, err
		}
	}
	if err := m.readAll(ctx, in.Paths); err != nil || in.uncounted {
		return m.out, err
	}
	after, err := m.spans(ctx, m.touched)
	if err != nil {
		return m.out, err
	}
	m.count(before, after)
	return m.out, nil
}

// readAll reads and writes everything in paths.
func (m *importing) readAll(ctx context.Context, paths []string) error {
	err := pile.Walk(ctx, paths, pile.Limits{}, func(f pile.File) error { return m.file(ctx, &f) })
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		err = desk.Refuse("%v", err)
	}
	if err == nil {
		err = m.flush(ctx)
	}
	if err == nil {
		err = m.keepFeed(ctx)
	}
	return err
}

// wake tells who warns that there is something new, also where an import broke off.
func (m *importing) wake() {
	if m.wrote && m.desk.Imported != nil {
		m.desk.Imported()
	}
}

// importing is an import under way.
type importing struct {
	desk      *Desk
	feed      string
	was       store.Feed // the feed as the store has it
	of        store.Feed // as it is to be kept
	at        time.Time  // see [Importing]
	wrote     bool       // lists have been written
	digester  intel.Digester
	out       Imported
	seen      map[string]bool        // hashes of lists
	invalid   map[string]bool        // what stood where a host should
	touched   map[string][]time.Time // when each host is named
	sightings int
	last      time.Time // of the latest list
	format    string    // of the latest file that was read
	ordered   string    // the same of the latest with orders, where it is no list of the DDoSia tool
	tlp       string    // of the feed, as is its licence
	licence   string

	lists           []store.OrderList
	aims, templates []store.Document
	rows            int
	written         map[string]bool // identifiers of documents
}

// file takes one file, of whichever format.
func (m *importing) file(ctx context.Context, f *pile.File) error {
	if f.Whole {
		m.damaged(f.Place, f.Err)
		if !errors.Is(f.Err, pile.ErrDamaged) {
			m.refused(f.Path)
		}
		return nil
	}
	m.out.Files++
	err := f.Err
	if err == nil {
		err = m.takeAny(ctx, f)
	}
	if err != nil {
		m.damaged(f.Place, err)
		if tooLarge(err) {
			m.refused(f.Place.String())
		}
		return nil
	}
	if len(m.lists) >= batchLists || m.rows >= batchRows {
		return m.flush(ctx)
	}
	return nil
}

// takeAny takes a file that is whole.
func (m *importing) takeAny(ctx context.Context, f *pile.File) (err error) {
	format := cmp.Or(FormatOf(f.Data), FormatDDoSia) // whose reader is the most lenient
	if format != FormatDDoSia {
		err = m.takeOther(ctx, f, format)
	} else if list := ddosia.FromFile(*f, ddosia.Limits{}); list.Err != nil {
		err = list.Err
	} else {
		err = m.take(&list)
	}
	if err == nil {
		m.format = format
	}
	return err
}

// Why a list that can be read is not taken.
var (
	errNoTime = errors.New("its name does not say when it was fetched")
	errFuture = errors.New("its time is in the future")
	errMany   = errors.New("the import has too many hosts")
)

// take digests one list.
func (m *importing) take(f *ddosia.File) error {
	at, err := m.timeOf(f)
	if err != nil {
		return err
	}
	digest, err := m.digester.Digest(intel.DDoSiaOrders(f.List))
	if err != nil {
		return err
	}
	if m.sightings += len(digest.Sightings); m.sightings > maxSightings {
		return errMany
	}
	hash := hex.EncodeToString(f.SHA256[:])
	switch {
	case f.List.Empty:
		m.out.Empty++
	case m.seen[hash]:
		m.out.Repeats++
	}
	m.seen[hash] = true
	m.out.Cut += digest.Cut
	for why, n := range f.List.Skipped {
		m.out.Skipped[why.String()] += n
	}
	for _, bad := range f.List.BadHosts {
		if len(m.invalid) < maxSightings {
			m.invalid[bad] = true
		}
	}
	if at.After(m.last) {
		m.last = at
	}
	return m.add(store.OrderList{Feed: m.feed, At: at, Hash: hash, Place: f.Place.Name(), Hosts: len(digest.Sightings)}, digest.Sightings)
}

// timeOf returns when a list was fetched: now when it came from a URL, unless it is a member of an archive whose name says when. Where its time is in
// the future for the orders in it, which strangers write, its name alone counts.
func (m *importing) timeOf(f *ddosia.File) (time.Time, error) {
	now, at := m.desk.Now(), f.At
	if !m.at.IsZero() && (f.Place.Member == "" || f.Named.IsZero()) {
		return m.at, nil
	}
	if at.After(now) {
		at = f.Named
	}
	switch {
	case at.IsZero():
		return at, errNoTime
	case at.After(now.Add(ahead)):
		return at, errFuture
	}
	return at, nil
}

// add puts a list into the batch.
func (m *importing) add(l store.OrderList, sighted []intel.Sighted) error {
	for i := range sighted {
		s := &sighted[i]
		aim := s.Aim.ID()
		l.Sightings = append(l.Sightings, store.OrderSighting{Host: s.Host, Aim: aim})
		m.touched[s.Host] = append(m.touched[s.Host], l.At)
		if m.written[aim] {
			continue
		}
		if err := m.document(&m.aims, aim, s.Aim); err != nil {
			return err
		}
		for _, t := range s.Aim.Templates {
			if m.written[t.ID] {
				continue
			}
			if err := m.document(&m.templates, t.ID, t.Template); err != nil {
				return err
			}
		}
	}
	m.lists = append(m.lists, l)
	m.rows += len(sighted)
	return nil
}

func (m *importing) document(to *[]store.Document, id string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	*to = append(*to, store.Document{ID: id, Doc: b})
	m.written[id] = true
	m.rows++
	return nil
}

// flush writes the batch.
func (m *importing) flush(ctx context.Context) error {
	if err := m.desk.Store.PutLists(ctx, m.lists, m.aims, m.templates); err != nil {
		return err
	}
	m.wrote = m.wrote || len(m.lists) > 0
	m.lists, m.aims, m.templates, m.rows = m.lists[:0], m.aims[:0], m.templates[:0], 0
	const most = 200_000
	if len(m.written) > most {
		clear(m.written)
	}
	return nil
}

// damaged names what was not read.
func (m *importing) damaged(at pile.Place, err error) {
	if len(m.out.Damaged) >= maxDamaged {
		m.out.Unnamed++
		return
	}
	m.out.Damaged[at.Name()] = err.Error()
}

// refused names what would take too much.
func (m *importing) refused(name string) {
	if len(m.out.Refused) < maxDamaged {
		m.out.Refused = append(m.out.Refused, name)
	}
}

// tooLarge reports whether a file is longer than what reads it takes, whichever format that is.
func tooLarge(err error) bool {
	return slices.ContainsFunc([]error{pile.ErrTooLarge, ddosia.ErrTooLarge, misp.ErrTooLarge, stix.ErrTooLarge, prefix.ErrTooLarge}, func(large error) bool {
		return errors.Is(err, large)
	})
}

// keepFeed notes what is new of the feed: that it is there, its terms, how much it claimed today, and in which format it orders something or, where it
// does not, speaks.
func (m *importing) keepFeed(ctx context.Context) error {
	if m.format == "" && m.last.IsZero() {
		return nil // nothing was read
	}
	m.of.TLP, m.of.Licence = m.tlp, m.licence
	switch {
	case m.of.Format != "" && givesOrders(m.of.Format):
	case !m.last.IsZero():
		m.of.Format = cmp.Or(m.ordered, FormatDDoSia)
	default:
		m.of.Format = m.format
	}
	if m.of == m.was {
		return nil
	}
	return m.desk.Store.PutFeed(ctx, m.of)
}

// spans returns the listings of the feed in the store, by host: of those in only, of all when it is nil.
func (m *importing) spans(ctx context.Context, only map[string][]time.Time) (map[string][]intel.Span, error) {
	all := make(map[string][]intel.Span)
	host, times := "", []time.Time(nil)
	flush := func() {
		if len(times) > 0 {
			all[host] = intel.Group(times)
		}
		times = times[:0]
	}
	err := m.desk.Store.Sightings(ctx, store.SightingFilter{Feed: m.feed}, func(s store.OrderSighting) error {
		if s.Host != host {
			flush()
			host = s.Host
		}
		if only == nil || only[s.Host] != nil {
			times = append(times, s.At)
		}
		return nil
	})
	flush()
	return all, err
}

// count counts the listings that the import is part of, and those of which nothing was known before.
func (m *importing) count(before, after map[string][]intel.Span) {
	m.out.Hosts, m.out.InvalidHosts = len(m.touched), len(m.invalid)
	for host, times := range m.touched {
		for _, span := range after[host] {
			in := func(at time.Time) bool { return span.Overlaps(intel.Span{First: at, Last: at}) }
			if !slices.ContainsFunc(times, in) {
				continue
			}
			m.out.Listings++
			if !slices.ContainsFunc(before[host], span.Overlaps) {
				m.out.New++
			}
		}
	}
}

// unique sorts names and drops those that occur again.
func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
