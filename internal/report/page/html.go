package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

//go:embed named.html counts.html frame.html incident.html
var sources embed.FS

var pages = template.Must(template.New("").ParseFS(sources, "*.html"))

//go:embed page.css
var style string

// document is what a page is filled with.
type document struct {
	Lang  string
	Style template.CSS
	Words wording
	Label string
	Made  moment
	Head  string // of the ledger, one line; "" while there is none

	Statements []statement
	Counts     report.Counts
	Tellable   bool
}

type moment struct{ Text, Machine string }

// pair is a line of a table: what it is, and that.
type pair struct{ Name, Value string }

type statement struct {
	Host, Verdict, Explain string
	Facts                  []pair
	For, Against, Findings []string
	Links                  []string
	Confidence             string
	Validity               string
	Activity               []string
	Evidence               []pair
}

var errPublic = errors.New("a page that names sites is not for the public")

// HTML returns a page of every statement of a release, in a language and with times of a zone, UTC when it is nil. It refuses a release in public.
func HTML(r *report.Release, l seawall.Language, zone *time.Location) ([]byte, error) {
	if r.Route() == tlp.Public {
		return nil, errPublic
	}
	d := newDocument(r, l, zone)
	d.Label = r.Label().String()
	for i := range r.Statements() {
		d.Statements = append(d.Statements, d.Words.statement(&r.Statements()[i], zone))
	}
	return render("named.html", d)
}

// Aggregate returns a page of counts, without a name. How many were affected and how many stood is shown when both are at least [report.Least].
func Aggregate(r *report.Release, l seawall.Language, zone *time.Location) ([]byte, error) {
	d := newDocument(r, l, zone)
	d.Counts = r.Counts()
	d.Tellable = d.Counts.Tellable()
	return render("counts.html", d)
}

func newDocument(r *report.Release, l seawall.Language, zone *time.Location) *document {
	w, ok := wordings[l]
	if !ok {
		l, w = seawall.English, wordings[seawall.English]
	}
	d := &document{Lang: l.String(), Style: template.CSS(style), Words: w, Made: moment{at(r.At(), zone), stamp(r.At())}} //nolint:gosec // our own text
	if h := r.Head(); h != nil {
		d.Head = h.Line
	}
	return d
}

func render(name string, d *document) ([]byte, error) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, d); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func (w wording) statement(s *report.Statement, zone *time.Location) statement {
	out := statement{
		Host: s.Host, Verdict: w.Verdicts[s.Verdict], Explain: w.Explains[s.Verdict], For: w.codes(s.For), Against: w.codes(s.Against),
		Findings: w.codes(s.Findings), Links: Defang(s.Claim.Links...), Confidence: w.Confidences[s.Confidence], Validity: w.Validities[s.Validity()],
	}
	if s.OnePlace() {
		out.Verdict += ", " + w.OnePlace
	}
	q := &s.Claim
	for _, p := range []pair{
		{w.Owner, s.Owner.Name},
		{w.Claimant, q.Claimant},
		{w.Posted, at(q.Posted, zone)},
		{w.Grade, strings.ToUpper(q.Reliability) + q.Credibility},
		{w.Window, at(s.Window.From, zone) + " – " + at(s.Window.To, zone)},
		{w.Bad, w.interval(s.Bad)},
		{w.Longest, w.number(s.Longest.Minutes()) + " min"},
		{w.Coverage, w.number(100*s.Coverage) + " %"},
		{w.Networks, strconv.Itoa(s.Networks)},
		{w.Version, strconv.Itoa(s.Version) + ", " + at(s.Made, zone)},
		{w.Maker, s.Maker.Name},
	} {
		if p.Value != "" {
			out.Facts = append(out.Facts, p)
		}
	}
	for _, a := range s.Activity {
		out.Activity = append(out.Activity, w.activity(&a, zone))
	}
	for _, e := range s.Evidence {
		out.Evidence = append(out.Evidence, pair{e.Kind, e.Hash})
	}
	return out
}

func (w wording) activity(a *report.Activity, zone *time.Location) string {
	word := w.NotSeen
	if a.Seen {
		word = w.Seen
	}
	text := w.Observers[a.By] + ", " + at(a.From, zone) + " – " + at(a.To, zone) + ": " + word
	if a.What != "" {
		text += ": " + strings.ReplaceAll(a.What, "://", "[://]")
	}
	return text
}

func (w wording) interval(i report.Interval) string {
	return w.number(i.Min.Minutes()) + "–" + w.number(i.Max.Minutes()) + " min"
}

func (w wording) number(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'f', 1, 64), ".", w.Point, 1)
}

// codes returns codes in words: those that are known in the page's language, others as they are.
func (w wording) codes(all []string) []string {
	var words []string
	for _, code := range all {
		text, ok := w.Codes[code]
		if !ok {
			text = strings.ReplaceAll(code, "_", " ")
		}
		words = append(words, text)
	}
	return words
}

func at(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2006-01-02 15:04 MST")
}
