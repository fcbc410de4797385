package answer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"

	"github.com/seawall-project/seawall"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page.html").Parse(pageSource))

// style keeps a contrast of at least 7:1 in both schemes (WCAG 2.2, success criterion 1.4.6).
const style template.CSS = `:root{color-scheme:light dark}` +
	`body{max-width:36em;margin:0 auto;padding:2em 1em;font:1.1em/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;overflow-wrap:anywhere}` +
	`header{font-weight:bold}h1{font-size:1.6em;line-height:1.2}h2{font-size:1.1em}main p{white-space:pre-line}` +
	`a{color:#003d8f}footer{margin-top:2em;font-size:.9em}` +
	`@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#a9cbff}}`

// idMark stands for the request id while a page is rendered. It holds a "<", so no escaped word of an owner can contain it.
const idMark template.HTML = "<!--id-->"

var documentPolicy = seawall.Field{
	Name: "Content-Security-Policy",
	Value: "default-src 'none'; style-src '" + hashSource(string(style)) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

// document is what page.html is filled with.
type document struct {
	Lang    seawall.Language
	Style   template.CSS
	Title   string
	Heading string
	What    string
	When    string
	Fate    string // "" for a safe method
	Message string // the owner's; "" for none
	Contact string // the owner's; "" for none
	ID      template.HTML
	Words   labels
}

type labels struct{ Again, Message, Contact, ID string }

func htmlPage(site *seawall.Site, l seawall.Language, s Situation, f fate) (Page, error) {
	w, own := &wordings[l], site.Words[l]
	var buf bytes.Buffer
	err := pageTemplate.Execute(&buf, document{
		Lang:    l,
		Style:   style,
		Title:   cmp.Or(own.Title, site.Name, w.thisSite),
		Heading: w.heading[s],
		What:    w.what[s],
		When:    w.when[s],
		Fate:    w.fate[f],
		Message: own.Message,
		Contact: own.Contact,
		ID:      idMark,
		Words:   labels{w.again, w.message, w.contact, w.id},
	})
	if err != nil {
		return Page{}, fmt.Errorf("render: %w", err)
	}
	before, after, ok := bytes.Cut(buf.Bytes(), []byte(idMark))
	if !ok {
		return Page{}, errors.New("render: no place for the request id")
	}
	p := Page{
		Status:      s.status(),
		ContentType: "text/html; charset=utf-8",
		before:      before,
		after:       after,
		numbered:    true,
		retry:       s.retry(),
	}
	p.Fields = p.noteFields(l, documentPolicy)
	return p, p.check()
}

// noteFields are the fields of a note with a body.
func (p *Page) noteFields(l seawall.Language, policy seawall.Field) seawall.Fields {
	return seawall.Fields{
		{Name: "Content-Type", Value: p.ContentType},
		{Name: "Content-Language", Value: l.String()},
		cacheControl, policy, noSniff, vary,
	}
}

// hashSource returns the CSP hash-source that allows exactly this text (Content Security Policy Level 3, section 2.3.1).
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
