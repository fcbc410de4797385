package status

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// feed is an Atom feed (RFC 4287) of one entry: what the page says now. It has no history, which would be a table of timings.
type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"xml:lang,attr"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  string   `xml:"author>name"`
	Links   []link   `xml:"link"`
	Entry   entry    `xml:"entry"`
}

type link struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Lang string `xml:"hreflang,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type entry struct {
	ID      string `xml:"id"`
	Title   string `xml:"title"`
	Updated string `xml:"updated"`
	Links   []link `xml:"link"`
	Content text   `xml:"content"`
}

type text struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// statement is what an entry says.
type statement struct {
	kind, title, text string
	key               string    // the same for the same statement, another for another
	at                time.Time // when it became so
}

func (f *Frame) feed(l seawall.Language, s statement) ([]byte, error) {
	page := f.URL + pageName(f.Languages, l)
	own := []link{{Rel: "alternate", Type: "text/html", Lang: l.String(), Href: page}}
	id := urn("feed", s.kind, f.URL, f.Title, l.String())
	d := feed{
		Lang: l.String(), ID: id, Title: f.Title, Updated: stamp(s.at), Author: f.Title,
		Links: own,
		Entry: entry{
			ID: urn("entry", id, s.key), Title: s.title, Updated: stamp(s.at), Links: own, Content: text{"text", s.text},
		},
	}
	if f.URL != "" {
		d.Links = append(d.Links, link{Rel: "self", Type: "application/atom+xml", Href: f.URL + feedName(l)})
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("write feed: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// urn returns a URN (RFC 9562, version 8) that is the same for the same parts. It needs no address of the page's own, which may not be known.
func urn(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

func (o *Owner) atom(l seawall.Language, p *Page) ([]byte, error) {
	w := wordings[l]
	var b strings.Builder
	if own := o.own(l); own != nil {
		b.WriteString(strings.Join(own.Paragraphs, "\n\n"))
		b.WriteString("\n\n")
	}
	key := stamp(p.Shown.Changed)
	for _, s := range o.Sites {
		fmt.Fprintf(&b, "%s: %s\n", s.Name, w.state[p.Shown.States[s.Name]])
	}
	return o.feed(l, statement{"owner", w.headline[o.worst(p.Shown.States)], strings.TrimSpace(b.String()), key + b.String(), p.Shown.Changed})
}

func (a *Authority) atom(l seawall.Language, v view, t table) ([]byte, error) {
	w := wordings[l]
	var b strings.Builder
	for _, line := range append([]string{v.Summary}, figures(v, w)...) {
		if line != "" {
			b.WriteString(line + "\n")
		}
	}
	if len(t.rows) == 0 {
		b.WriteString(w.nothing + "\n")
	}
	b.WriteString("\n" + strings.Join(w.explain, "\n\n"))
	title := w.overview + ", " + a.moment(l, a.AsOf).Text
	return a.feed(l, statement{"authority", title, b.String(), stamp(a.AsOf), a.AsOf.Add(a.Delay)})
}

// figures returns a view's rows as lines of text.
func figures(v view, w *wording) []string {
	var all []string
	for _, r := range v.Rows {
		all = append(all, fmt.Sprintf("%s: %s %s, %s %s, %s %s", r.Sector, strings.ToLower(w.measured), r.Measured,
			strings.ToLower(w.disturbed), r.Disturbed, strings.ToLower(w.undisturbed), r.Undisturbed))
	}
	return all
}
