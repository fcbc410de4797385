package lookout

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// The operations that show what was.
var (
	History = Op[Span, Past]{Name: "history", Do: (*Desk).history}
	Proof   = Op[Span, []PastEvidence]{Name: "evidence", Do: (*Desk).proof}
	Body    = Op[Piece, []byte]{Name: "body", Do: (*Desk).body}
)

// Span is a part of one site's history.
type Span struct {
	Site string    `json:"site"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"` // zero means now
}

// historyMost is how many results, and as many sums, a history shows.
const historyMost = 10_000

// Past is what was found of a site, the oldest first.
type Past struct {
	Site        string       `json:"site"`
	Sums        []Sum        `json:"sums"` // of the time whose results are gone
	Results     []PastResult `json:"results"`
	Transitions []Transition `json:"transitions"`
	Vantages    []Spell      `json:"vantages"` // how far each could be trusted
	Cut         bool         `json:"cut"`      // there is more than is shown
}

// PastResult is one result of a history.
type PastResult struct {
	At         time.Time          `json:"at"`
	Vantage    string             `json:"vantage"`
	Class      probe.Class        `json:"class"`
	Assessment []probe.Assessment `json:"assessment"`
	Status     int                `json:"status"`
	Family     probe.Family       `json:"family"`
	TTFBms     *float64           `json:"ttfb_ms"` // null when there was no answer
}

// Sum is what is left of the results of five minutes.
type Sum struct {
	From     time.Time      `json:"from"`
	Results  int            `json:"results"`
	Classes  map[string]int `json:"classes"`
	Vantages int            `json:"vantages"`
	TTFB50ms *float64       `json:"ttfb50_ms"` // null when there was no answer
	TTFB95ms *float64       `json:"ttfb95_ms"`
}

// Transition is one of a history's. Doc names the probes that caused it.
type Transition struct {
	At   time.Time       `json:"at"`
	From string          `json:"from"`
	To   string          `json:"to"`
	Doc  json.RawMessage `json:"doc"`
}

// PastEvidence is what a person can check a result by, without its body.
type PastEvidence struct {
	At          time.Time         `json:"at"`
	Vantage     string            `json:"vantage"`
	Class       probe.Class       `json:"class"`
	URL         string            `json:"url"`
	FinalURL    string            `json:"final_url"`
	Address     string            `json:"address"` // "" when there was none
	Title       string            `json:"title"`
	BodySHA256  string            `json:"body_sha256"`
	Bytes       int64             `json:"bytes"`
	Headers     map[string]string `json:"headers"`
	Certificate string            `json:"certificate_sha256"` // "" without one
	Error       string            `json:"error"`
	Kept        int               `json:"kept"` // bytes of the body that are kept
}

// Spell is a time in which a vantage fared in one way.
type Spell struct {
	Vantage string    `json:"vantage"`
	Health  string    `json:"health"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"` // zero while it lasts
}

func (d *Desk) history(ctx context.Context, in Span) (p Past, err error) {
	s, err := d.find(ctx, in.Site)
	if err != nil {
		return p, err
	}
	if in.To.IsZero() {
		in.To = d.Now()
	}
	r := store.Range{Site: s.ID, From: in.From, To: in.To, Limit: historyMost + 1}
	p = Past{Site: s.Name}
	if p.Results, err = d.results(ctx, r); err != nil {
		return p, err
	}
	if p.Cut = len(p.Results) > historyMost; p.Cut {
		p.Results = p.Results[:historyMost]
	}
	if p.Sums, err = d.sums(ctx, r, p.Results); err != nil {
		return p, err
	}
	if len(p.Sums) > historyMost {
		p.Cut, p.Sums = true, p.Sums[:historyMost]
	}
	if p.Transitions, err = d.transitions(ctx, r); err != nil {
		return p, err
	}
	p.Vantages, err = d.spells(ctx, in.From, in.To)
	return p, err
}

func (d *Desk) results(ctx context.Context, r store.Range) ([]PastResult, error) {
	found, err := d.Store.Results(ctx, r)
	all := make([]PastResult, 0, len(found))
	for _, x := range found {
		said := append([]probe.Assessment{}, x.Assessed.All()...)
		all = append(all, PastResult{x.At, x.Vantage, x.Class, said, x.Status, x.Family, milliseconds(x.Timings.TTFB)})
	}
	return all, err
}

// sums returns what is left of the time before the first of results, which are no longer there.
func (d *Desk) sums(ctx context.Context, r store.Range, results []PastResult) ([]Sum, error) {
	if len(results) > 0 {
		r.To = results[0].At.Truncate(store.Bucket)
	}
	all := []Sum{}
	if !r.From.Before(r.To) {
		return all, nil
	}
	rolled, err := d.Store.Rollups(ctx, r)
	for _, x := range rolled {
		classes := make(map[string]int, len(x.Classes))
		for _, c := range x.Classes {
			classes[c.Class.String()] = c.Count
		}
		all = append(all, Sum{x.From, x.Results, classes, x.Vantages, milliseconds(x.TTFB50), milliseconds(x.TTFB95)})
	}
	return all, err
}

func (d *Desk) transitions(ctx context.Context, r store.Range) ([]Transition, error) {
	found, err := d.Store.Transitions(ctx, r)
	all := make([]Transition, 0, len(found))
	for _, t := range found {
		all = append(all, Transition{t.At, t.From, t.To, t.Doc})
	}
	return all, err
}

// proof returns by what results of a site can be checked.
func (d *Desk) proof(ctx context.Context, in Span) ([]PastEvidence, error) {
	s, err := d.find(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	if in.To.IsZero() {
		in.To = d.Now()
	}
	return d.evidence(ctx, store.Range{Site: s.ID, From: in.From, To: in.To})
}

func (d *Desk) evidence(ctx context.Context, r store.Range) ([]PastEvidence, error) {
	found, err := d.Store.Evidence(ctx, r)
	all := make([]PastEvidence, 0, len(found))
	for i := range found {
		x := &found[i]
		e := PastEvidence{
			At: x.At, Vantage: x.Vantage, Class: x.Class, URL: x.URL, FinalURL: x.FinalURL, Title: x.Title, BodySHA256: x.BodySHA256, Bytes: x.Bytes,
			Headers: x.Headers, Error: x.Error, Kept: len(x.Body),
		}
		if x.Certificate != nil {
			e.Certificate = x.Certificate.SHA256
		}
		if x.Address.IsValid() {
			e.Address = x.Address.String()
		}
		all = append(all, e)
	}
	return all, err
}

// spells returns how every vantage fared between two times, by vantage.
func (d *Desk) spells(ctx context.Context, from, to time.Time) ([]Spell, error) {
	rows, err := d.Store.HealthHistory(ctx, "", from, to)
	all := make([]Spell, 0, len(rows))
	open := make(map[string]int)
	for _, h := range rows {
		if i, is := open[h.Vantage]; is {
			all[i].To = h.At
		}
		open[h.Vantage] = len(all)
		all = append(all, Spell{h.Vantage, h.Health, h.At, time.Time{}})
	}
	slices.SortStableFunc(all, func(a, b Spell) int { return strings.Compare(a.Vantage, b.Vantage) })
	return all, err
}

func milliseconds(d time.Duration) *float64 {
	if d == probe.NotReached {
		return nil
	}
	ms := float64(d) / float64(time.Millisecond)
	return &ms
}

// Piece names a piece of evidence.
type Piece struct {
	Site    string    `json:"site"`
	At      time.Time `json:"at"`
	Vantage string    `json:"vantage"`
}

// body returns what is kept of the page that a site showed.
func (d *Desk) body(ctx context.Context, in Piece) ([]byte, error) {
	s, err := d.find(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	found, err := d.Store.Evidence(ctx, store.Range{Site: s.ID, From: in.At, To: in.At.Add(time.Millisecond)})
	if err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].Vantage == in.Vantage {
			return found[i].Body, nil
		}
	}
	return nil, desk.Refuse("nothing is kept of what %s showed %s at %s", in.Site, in.Vantage, in.At.Format(time.RFC3339))
}
