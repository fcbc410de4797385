package status

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

//go:embed *.html
var sources embed.FS

var pages = template.Must(template.New("").ParseFS(sources, "*.html"))

// document is what every page is filled with.
type document struct {
	Lang      string
	Policy    string
	Style     template.CSS
	Title     string
	Headline  string // what the page says, in short
	Above     string // over the page
	Heading   string // its first
	Languages []choice
	Index     string
	Feed      string
	JSON      string
	Own       *own
	At, Due   moment // of Due, Text is "" when there is none
	Words     labels
}

type choice struct {
	Tag, Name, File string
	Here            bool
}

// own are somebody's own words.
type own struct {
	Paragraphs []string
	Foreign    string // their language, when it is not the page's
}

// labels are the words of every page; those of one kind stand beside.
type labels struct {
	Choose, Own, Foreign, At, Due, NotDue, Feeds, JSON, Atom, Maker string

	Frozen, Site, State string

	Counted, Sector, Measured, Disturbed, Undisturbed, Nothing string
}

func (f *Frame) document(l seawall.Language, headline string, at, due time.Time) document {
	w := wordings[l]
	d := document{
		Lang: l.String(), Policy: policy, Style: style, Title: f.Title, Headline: headline, Index: Index, Feed: feedName(l), JSON: JSON,
		Own: f.own(l), At: f.moment(l, at), Due: f.moment(l, due),
		Words: labels{
			Choose: w.choose, Own: w.ownWords, Foreign: w.missing, At: w.at, Due: w.due, NotDue: w.notDue, Feeds: w.feeds, JSON: w.json, Atom: w.atom,
			Maker: w.maker, Frozen: w.frozen, Site: w.site, State: w.stateOf, Counted: w.counted, Sector: w.sector,
			Measured: w.measured, Disturbed: w.disturbed, Undisturbed: w.undisturbed, Nothing: w.nothing,
		},
	}
	for _, other := range f.Languages {
		d.Languages = append(d.Languages, choice{other.String(), wordings[other].language, pageName(f.Languages, other), other == l})
	}
	return d
}

// own returns the words for readers of l: in l, or else in another language; nil when there are none.
func (f *Frame) own(l seawall.Language) *own {
	if p := f.Words[l]; len(p) > 0 {
		return &own{Paragraphs: p}
	}
	for _, other := range seawall.Languages() {
		if p := f.Words[other]; len(p) > 0 {
			return &own{p, other.String()}
		}
	}
	return nil
}

// moment is a time for a person and for a machine (RFC 3339).
type moment struct{ Text, Machine string }

func (f *Frame) moment(l seawall.Language, t time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	text := t.In(f.Zone).Format(wordings[l].moment)
	if month := wordings[l].months[t.In(f.Zone).Month()-1]; month != "" {
		text = strings.Replace(text, t.In(f.Zone).Month().String(), month, 1)
	}
	return moment{text, stamp(t)}
}

// stamp returns a time for a machine: RFC 3339, in UTC, to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// render fills a template, which panics on no data of ours.
func render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// check refuses a folder with a file that is larger than a page ever is.
func (f Folder) check() error {
	for name, data := range f {
		if len(data) > MaxBytes {
			return fmt.Errorf("%s is %d bytes long, at most %d", name, len(data), MaxBytes)
		}
	}
	return nil
}
