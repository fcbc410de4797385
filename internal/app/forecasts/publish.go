package forecasts

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/app/whole"
	"github.com/seawall-project/seawall/internal/forecast"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

//go:embed published.html
var publishedSource embed.FS

var publishedPage = template.Must(template.New("published.html").Funcs(template.FuncMap{
	"percent": func(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) },
	"clock":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") },
	"spaced":  func(o *forecast.Outcome) string { return strings.ReplaceAll(string(*o), "_", " ") },
}).ParseFS(publishedSource, "published.html"))

// The files that are published.
const (
	PublishedJSON = "forecasts.json"
	PublishedPage = "index.html"
)

// maxPublished is how many forecasts are published, the latest sealed ones. Scores are over all that may be.
const maxPublished = 1000

// Publishing says where it is published.
type Publishing struct {
	Dir string `json:"dir"` // absolute; made when it is not there
}

// Published is what everybody may know of forecasts, as docs/formats/forecast.md has it.
type Published struct {
	Made      time.Time           `json:"made"`
	Head      string              `json:"head"` // of the ledger that holds the seals
	Forecasts []Shown             `json:"forecasts"`
	Standings []forecast.Standing `json:"standings"`
	Left      int                 `json:"left_out"` // older ones
}

// PublishedTo is what came of it.
type PublishedTo struct {
	Dir       string `json:"dir"`
	Forecasts int    `json:"forecasts"`
	Withheld  int    `json:"withheld"` // that may not be published
	Head      string `json:"head"`
	// Kept says which feeds keep forecasts back, and by which label: TLP:AMBER+STRICT for one of which nobody said any.
	Kept map[string]string `json:"kept"`
}

// publish does [Publish]. What is in the folder under these names is replaced, each file as a whole.
func (d *Desk) publish(ctx context.Context, in Publishing) (PublishedTo, error) {
	if !filepath.IsAbs(in.Dir) {
		return PublishedTo{}, desk.Refuse("%s is no absolute path", in.Dir)
	}
	doc, withheld, kept, err := d.public(ctx)
	if err != nil {
		return PublishedTo{}, err
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return PublishedTo{}, err
	}
	var page bytes.Buffer
	if err := publishedPage.Execute(&page, doc); err != nil {
		return PublishedTo{}, err
	}
	if err := writePublic(in.Dir, map[string][]byte{PublishedJSON: append(data, '\n'), PublishedPage: page.Bytes()}); err != nil {
		return PublishedTo{}, desk.Refuse("%v", err)
	}
	return PublishedTo{in.Dir, len(doc.Forecasts), withheld, doc.Head, kept}, nil
}

// writePublic writes files that everybody may read.
func writePublic(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // for a web server
		return err
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := whole.Write(path, data); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // for a web server
			return err
		}
	}
	return nil
}

// public gathers what everybody may know, and says how many forecasts are withheld, and which feeds keep some back.
func (d *Desk) public(ctx context.Context) (doc *Published, withheld int, kept map[string]string, err error) {
	all, err := d.Store.Forecasts(ctx, store.ForecastFilter{})
	if err != nil {
		return nil, 0, nil, err
	}
	g, err := d.gate(ctx)
	if err != nil {
		return nil, 0, nil, err
	}
	total := len(all)
	all = slices.DeleteFunc(all, func(k store.KeptForecast) bool { return !g.passes(&k) })
	doc = &Published{Made: d.Now().UTC(), Forecasts: []Shown{}}
	for i := range all[:min(len(all), maxPublished)] {
		doc.Forecasts = append(doc.Forecasts, shownOf(&all[i]))
	}
	doc.Left = len(all) - len(doc.Forecasts)
	scored, err := d.scored(ctx, all)
	if err != nil {
		return nil, 0, nil, err
	}
	doc.Standings = scored.Standings
	doc.Head, err = d.Ledger.NextHead(ctx, "published forecasts")
	return doc, total - len(all), g.kept, err
}

// gate tells whether everybody may know a forecast: not of one site, nor of so few watched sites that it nearly says which, and not where it rests on
// lists whose label does not reach as far.
type gate struct {
	watched map[string]int       // sites of each population
	labels  map[string]tlp.Label // of feeds; the zero value is TLP:AMBER+STRICT
	now     time.Time
	kept    map[string]string // of the feeds that kept something back
}

func (d *Desk) gate(ctx context.Context) (*gate, error) {
	sites, err := d.Store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	g := &gate{watched: map[string]int{}, now: d.Now(), kept: map[string]string{}}
	for i := range sites {
		for _, kind := range []forecast.Kind{forecast.OfCountry, forecast.OfSector} {
			if sites[i].Removed.IsZero() {
				g.watched[string(kind)+" "+d.populationOf(kind, &sites[i])]++
			}
		}
	}
	g.labels, err = orders.Labels(ctx, d.Store)
	return g, err
}

func (g *gate) passes(k *store.KeptForecast) bool {
	f, err := forecast.Parse(k.Content)
	switch {
	case err != nil || !f.Population.Public():
		return false
	case f.Event == forecast.Listed:
		return !g.keeps(feedsOf(&f))
	}
	return g.watched[f.Population.String()] >= report.Least
}

// keeps reports whether the label of one of these feeds keeps what rests on them from the public.
func (g *gate) keeps(feeds []string) (keeps bool) {
	for _, name := range feeds {
		if l := g.labels[name]; !reachesPublic(l, g.now) {
			g.kept[name], keeps = l.String(), true
		}
	}
	return keeps
}

// reachesPublic reports whether everybody may know what was given to us under a label.
func reachesPublic(l tlp.Label, now time.Time) bool {
	return tlp.Release(tlp.Request{Route: tlp.Public, Label: tlp.Clear, Received: []tlp.Label{l}, End: now, Now: now, Delay: -1}) == nil
}
