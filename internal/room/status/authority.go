package status

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/seawall-project/seawall"
)

// DefaultDelay is how late an authority's page is, unless its operator chose otherwise.
const DefaultDelay = time.Hour

// Authority is what an authority's page is rendered from. The page is a function of the frame, the counts and the times; Hosts and Names are held
// against what came of it and enter nothing.
type Authority struct {
	Frame
	Counts []Count
	AsOf   time.Time     // when things were as counted; see [AsOf]
	Delay  time.Duration // how late the page is
	Every  time.Duration // how often there is one
	// Hosts are the names of everything that is watched, in any script, with or without "www.": a page on which one of them stands, as
	// it may in the frame or in a sector, is a [LeakError].
	Hosts []string
	// Names are what these sites are called, those of four letters at least: so is a page in whose frame or sectors one of them stands, in whole words.
	Names []string
}

// AsOf returns the time of which a page at now tells: late by delay, and no finer than every.
func AsOf(now time.Time, delay, every time.Duration) time.Time {
	return now.Add(-delay).UTC().Truncate(every)
}

// Render returns the page as it is to be at now. It refuses counts that are younger than the delay allows.
func (a Authority) Render(now time.Time) (Page, error) {
	p, err := a.render(now)
	if err != nil {
		return Page{}, fmt.Errorf("authority's page: %w", err)
	}
	return p, nil
}

func (a *Authority) render(now time.Time) (Page, error) {
	var err error
	if a.Frame, err = a.check(); err != nil {
		return Page{}, err
	}
	if a.AsOf = a.AsOf.UTC(); a.AsOf.After(now.Add(-a.Delay)) {
		return Page{}, fmt.Errorf("counts of %s are younger than %s", stamp(a.AsOf), a.Delay)
	}
	if err := a.checkCounts(); err != nil {
		return Page{}, err
	}
	p := Page{Files: Folder{}, At: a.AsOf.Add(a.Delay)}
	p.Due = p.At.Add(a.Every)
	t := suppress(a.Counts)
	for _, l := range a.Languages {
		v := a.view(l, t)
		if p.Files[pageName(a.Languages, l)], err = a.html(l, v, &p); err != nil {
			return Page{}, err
		}
		if p.Files[feedName(l)], err = a.atom(l, v, t); err != nil {
			return Page{}, err
		}
	}
	if p.Files[JSON], err = a.json(t, &p); err != nil {
		return Page{}, err
	}
	if err := errors.Join(a.guard(p.Files), a.guardNames(t)); err != nil {
		return Page{}, err
	}
	return p, p.Files.check()
}

func (a *Authority) checkCounts() error {
	if len(a.Counts) > MaxSectors {
		return fmt.Errorf("%d sectors, at most %d", len(a.Counts), MaxSectors)
	}
	for _, c := range a.Counts {
		if c.Sector != "" {
			if err := checkText("name of a sector", c.Sector); err != nil {
				return err
			}
		}
		if c.Disturbed < 0 || c.Disturbed > c.Measured {
			return fmt.Errorf("sector %q: %d of %d sites disturbed", c.Sector, c.Disturbed, c.Measured)
		}
	}
	return nil
}

// view is the table in the words of a language.
type view struct {
	Summary string
	Rows    []viewRow
}

type viewRow struct {
	Sector                           string
	Measured, Disturbed, Undisturbed string
	Shown, All                       bool
}

func (a *Authority) view(l seawall.Language, t table) view {
	w := wordings[l]
	var v view
	for _, r := range t.rows {
		name := r.Sector
		if r.other {
			name = w.other
		}
		v.Rows = append(v.Rows, r.view(name, w))
	}
	if len(t.rows) > 1 {
		all := t.total.view(w.total, w)
		all.All = true
		v.Rows = append(v.Rows, all)
	}
	if len(t.rows) > 0 && t.total.shown {
		v.Summary = fmt.Sprintf(w.summary, t.total.Disturbed, t.total.Measured)
	}
	return v
}

func (r *row) view(name string, w *wording) viewRow {
	v := viewRow{Sector: name, Measured: strconv.Itoa(r.Measured), Disturbed: w.withheld, Undisturbed: w.withheld, Shown: r.shown}
	if r.shown {
		v.Disturbed, v.Undisturbed = strconv.Itoa(r.Disturbed), strconv.Itoa(r.Measured-r.Disturbed)
	}
	return v
}

type authorityDocument struct {
	document
	view
	AsOf    moment
	Explain []string
}

func (a *Authority) html(l seawall.Language, v view, p *Page) ([]byte, error) {
	w := wordings[l]
	d := authorityDocument{document: a.document(l, w.overview, p.At, p.Due), view: v, AsOf: a.moment(l, a.AsOf), Explain: w.explain}
	d.Above, d.Heading = a.Title, w.overview
	return render("authority.html", d)
}

// authorityJSON is docs/formats/status.md's "authority".
type authorityJSON struct {
	Format  string              `json:"format"`
	Kind    string              `json:"kind"`
	Title   string              `json:"title"`
	At      string              `json:"at"`
	Due     *string             `json:"next_due_at"`
	AsOf    string              `json:"as_of"`
	Least   int                 `json:"least"`
	Words   map[string][]string `json:"words"`
	Sectors []countJSON         `json:"sectors"`
	All     *countJSON          `json:"all"`
}

// countJSON is a row; figures that are withheld are null, and a sector is null for all those together that are too small to be shown alone.
type countJSON struct {
	Sector      *string `json:"sector,omitempty"`
	Measured    int     `json:"measured"`
	Disturbed   *int    `json:"disturbed"`
	Undisturbed *int    `json:"undisturbed"`
}

func (a *Authority) json(t table, p *Page) ([]byte, error) {
	d := authorityJSON{
		Format: Format, Kind: "authority", Title: a.Title, At: stamp(p.At), Due: dueJSON(p.Due), AsOf: stamp(a.AsOf), Least: Least,
		Words: a.wordsJSON(), Sectors: []countJSON{},
	}
	for _, r := range t.rows {
		c := r.json()
		if !r.other {
			c.Sector = &r.Sector
		}
		d.Sectors = append(d.Sectors, c)
	}
	if len(t.rows) > 0 {
		all := t.total.json()
		d.All = &all
	}
	return asJSON(d)
}

func (r *row) json() countJSON {
	c := countJSON{Measured: r.Measured}
	if r.shown {
		rest := r.Measured - r.Disturbed
		c.Disturbed, c.Undisturbed = &r.Disturbed, &rest
	}
	return c
}
