package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/report"
)

// paper is a report before it is written as HTML or as text: sections one after the other.
type paper struct {
	Lang     string
	Style    template.CSS
	Label    string
	Title    string
	Attempt  string
	Sections []section
	Foot     string
}

// section is a heading with what stands below it. Level is 2 or 3.
type section struct {
	Level   int
	Title   string
	Lines   []string
	Columns []string // of the table; none when there is none
	Rows    [][]string
}

// IncidentHTML returns the report as a page that prints, in a language and with times of a zone, UTC when it is nil.
func IncidentHTML(r *report.IncidentRelease, l seawall.Language, zone *time.Location) ([]byte, error) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "incident.html", newPaper(r.Incident(), l, zone)); err != nil {
		return nil, fmt.Errorf("render a report of an incident: %w", err)
	}
	return b.Bytes(), nil
}

// IncidentText returns the report as plain text, for mail and for a terminal. Control characters are in none of it.
func IncidentText(r *report.IncidentRelease, l seawall.Language, zone *time.Location) []byte {
	p := newPaper(r.Incident(), l, zone)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n%s\n%s\n\n%s\n", p.Label, p.Title, strings.Repeat("=", len([]rune(p.Title))), p.Attempt)
	for _, s := range p.Sections {
		fmt.Fprintf(&b, "\n%s\n%s\n", s.Title, strings.Repeat(map[int]string{2: "-", 3: "."}[s.Level], len([]rune(s.Title))))
		for _, line := range s.Lines {
			fmt.Fprintf(&b, "%s\n", line)
		}
		table(&b, s.Columns, s.Rows)
	}
	fmt.Fprintf(&b, "\n%s\n", p.Foot)
	return b.Bytes()
}

// table writes a table in columns of equal width.
func table(b *bytes.Buffer, columns []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, row := range slices.Concat([][]string{columns}, rows) {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush() // a buffer takes everything
}

// IncidentJSON returns the report as JSON, as docs/formats/incident.md says.
func IncidentJSON(r *report.IncidentRelease) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r.Incident()); err != nil {
		return nil, fmt.Errorf("write a report of an incident: %w", err)
	}
	return b.Bytes(), nil
}

func newPaper(in *report.Incident, l seawall.Language, zone *time.Location) *paper {
	w, ok := telling[l]
	if !ok {
		l, w = seawall.English, telling[seawall.English]
	}
	t := teller{w, wordings[l], l, zone}
	p := &paper{
		Lang: l.String(), Style: template.CSS(style), Label: in.Label.String(), Title: w.Title + " " + in.ID, Attempt: t.shared.Attempt, //nolint:gosec // our own text
		Foot: t.shared.Made + ": " + at(in.Made, zone) + ". " + t.shared.Websites,
	}
	p.Sections = append(p.Sections, t.summary(in))
	for i := range in.Sites {
		p.Sections = append(p.Sections, t.site(&in.Sites[i], in.IsClosed())...)
	}
	p.Sections = append(p.Sections, t.limits(in.Limits))
	if in.Head != "" {
		p.Sections = append(p.Sections, section{Level: 2, Title: w.Ledger, Lines: []string{w.LedgerSays, in.Head}})
	}
	for i := range p.Sections {
		p.Sections[i].plain()
	}
	return p
}

// teller says things in one language and zone.
type teller struct {
	words  tale
	shared wording
	lang   seawall.Language
	zone   *time.Location
}

func (t *teller) in(w report.Words) string {
	if t.lang == seawall.Danish {
		return w.DA
	}
	return w.EN
}

func (t *teller) summary(in *report.Incident) section {
	w := &t.words
	s := section{Level: 2, Title: w.Summary, Columns: []string{t.shared.What, t.shared.Value}}
	s.Rows = facts(
		pair{w.About, w.Kinds[in.Kind] + "; " + w.Phases[in.Phase]}, pair{w.Sites, strconv.Itoa(len(in.Sites))}, pair{w.Cause, t.in(in.Cause)},
		pair{t.shared.Maker, in.Maker},
	)
	return s
}

func (t *teller) site(x *report.IncidentSite, closed bool) []section {
	w := &t.words
	noEnd := w.NotYet
	if closed {
		noEnd = w.NotKnown
	}
	name := x.Host
	if x.Name != "" && x.Name != x.Host {
		name += " (" + x.Name + ")"
	}
	head := section{Level: 2, Title: name + ": " + t.in(x.Words), Columns: []string{t.shared.What, t.shared.Value}}
	head.Rows = facts(
		pair{t.shared.Owner, x.Owner.Name}, pair{w.Began, t.moment(x.Began, w.NotKnown)}, pair{w.Ended, t.moment(x.Ended, noEnd)},
		pair{w.Affected, t.length(x)}, pair{w.Grade, w.Grades[x.Grade]}, pair{w.Flaps, t.count(x.Flaps)},
		pair{w.ServedFrom, strings.Join(x.ServedFrom, ", ")}, pair{w.NotServedFrom, strings.Join(x.NotServedFrom, ", ")},
	)
	all := []section{head, t.seen(x.Seen), t.listed(x.Listed), t.claimed(x.Claimed), t.activity(x.Activity), t.evidence(x.Evidence)}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.Lines)+len(s.Rows) == 0 })
}

func (t *teller) seen(all []report.Seen) section {
	w := &t.words
	s := section{Level: 3, Title: w.Seen, Columns: []string{w.Vantage, w.Place, w.Probes, w.First, w.Last, w.Saw}}
	for _, v := range all {
		name := v.Vantage
		if v.Inside {
			name += ", " + w.Inside
		}
		if v.Blind {
			name += ", " + w.Blind
		}
		var saw []string
		for _, c := range v.Classes {
			saw = append(saw, fmt.Sprintf("%d × %s", c.Probes, t.in(c.Words)))
		}
		s.Rows = append(s.Rows, []string{
			name, strings.TrimSpace(v.Country + " " + v.Network), fmt.Sprintf("%d / %d", v.Failed, v.Probes), at(v.First, t.zone),
			at(v.Last, t.zone), strings.Join(saw, "; "),
		})
	}
	return s
}

func (t *teller) listed(all []report.Listed) section {
	w := &t.words
	s := section{Level: 3, Title: w.Listed, Columns: []string{w.Feed, w.First, w.Last, w.Lists}}
	for _, l := range all {
		s.Rows = append(s.Rows, []string{l.Feed, at(l.First, t.zone), at(l.Last, t.zone), strconv.Itoa(l.Lists)})
	}
	return s
}

func (t *teller) claimed(all []report.Claimed) section {
	w := &t.shared
	s := section{Level: 3, Title: t.words.Claims, Columns: []string{w.Claimant, w.Posted, t.words.Verdict, w.Window}}
	for _, c := range all {
		s.Rows = append(s.Rows, []string{c.Claimant, at(c.Posted, t.zone), w.Verdicts[c.Verdict], at(c.From, t.zone) + " – " + at(c.To, t.zone)})
		for _, line := range []string{w.Explains[c.Verdict], w.Confidences[c.Confidence]} {
			if !slices.Contains(s.Lines, line) {
				s.Lines = append(s.Lines, line)
			}
		}
	}
	return s
}

func (t *teller) activity(all []report.SiteActivity) section {
	s := section{Level: 3, Title: t.shared.Activity}
	for _, a := range all {
		s.Lines = append(s.Lines, t.shared.activity(&report.Activity{By: a.By, Seen: a.Seen, From: a.From, To: a.To, What: a.What}, t.zone))
	}
	if len(all) == 0 {
		s.Lines = []string{t.words.Limits[report.LimitNoInsider]}
	}
	return s
}

func (t *teller) evidence(all []report.SiteEvidence) section {
	s := section{Level: 3, Title: t.shared.Evidence, Columns: []string{t.shared.What, t.words.At, "SHA-256"}}
	for _, e := range all {
		s.Rows = append(s.Rows, []string{e.Kind, at(e.At, t.zone), e.Hash})
	}
	return s
}

func (t *teller) limits(all []report.Limit) section {
	s := section{Level: 2, Title: t.words.Unknown}
	for _, l := range all {
		s.Lines = append(s.Lines, t.words.Limits[l])
	}
	return s
}

// moment says when something happened, between two samples; otherwise stands for what is not known or not so yet.
func (t *teller) moment(m report.Moment, otherwise string) string {
	switch {
	case m.Latest.IsZero():
		return otherwise
	case m.Earliest.IsZero():
		return t.words.NotAfter + " " + at(m.Latest, t.zone)
	}
	return fmt.Sprintf(t.words.Between, at(m.Earliest, t.zone), at(m.Latest, t.zone))
}

// length says how long a site was affected, in minutes.
func (t *teller) length(x *report.IncidentSite) string {
	if x.Most < x.Least {
		return t.words.AtLeast + " " + t.shared.number(x.Least/60) + " min"
	}
	return t.shared.number(x.Least/60) + "–" + t.shared.number(x.Most/60) + " min"
}

// count returns a number; nothing for none.
func (t *teller) count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// facts returns rows of what is known.
func facts(all ...pair) (rows [][]string) {
	for _, p := range all {
		if p.Value != "" {
			rows = append(rows, []string{p.Name, p.Value})
		}
	}
	return rows
}

// plain makes plain text of everything in the section.
func (s *section) plain() {
	s.Title = plain(s.Title)
	for _, cells := range append(s.Rows, s.Lines) {
		for i := range cells {
			cells[i] = plain(cells[i])
		}
	}
}

// plain returns text without control characters, on one line, and with links that cannot be followed by mistake. Twice is as once.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.ReplaceAll(strings.ReplaceAll(s, "[://]", "://"), "://", "[://]")
}
