// Package answer holds what the edge can say at once, without the origin and without waiting: the notes a reader sees when neither
// the origin nor a stored copy can help, and the short texts of refusals, in every shipped language.
//
// A [Book] is built once from the sites' own words; everything in it is finished bytes around a place for the request id. Looking a
// [Page] up does not allocate, block or fail, and a Book may be used by any number of goroutines: when a request's wishes cannot be
// understood, its reader gets the site's language, and a site that the Book does not know gets Seawall's own words.
//
// A note says plainly what is wrong, about how long it may last, and whether a form that was sent may have been carried out. It
// loads nothing, runs nothing and sets nothing: one small HTML document that reads well in a text browser and aloud. It never says
// more than is known; in particular it blames nobody.
package answer

import (
	"fmt"

	"github.com/seawall-project/seawall"
)

const languages = seawall.Danish + 1

// MaxBytes is the largest body of a [Page].
const MaxBytes = 4000

// Book is every prepared page of every site. The zero Book is of no use; see [New].
type Book struct {
	notes    []notes // by site, and last those for a request that belongs to none
	refusals [lastRefusal - firstRefusal + 1]Page
}

// notes are one site's pages.
type notes struct {
	language seawall.Language // for readers who ask for none that is shipped
	html     [languages][situations][fates]Page
	problem  [languages][situations][fates]Page
	empty    [situations]Page
}

// New prepares the pages of sites; [Book.Note] finds them by their index. Words are escaped here, once. It is an error when a page
// would be longer than [MaxBytes], which happens only to words far longer than configuration allows or full of markup.
func New(sites []*seawall.Site) (*Book, error) {
	b := &Book{notes: make([]notes, len(sites)+1)}
	for i, site := range sites {
		if site == nil {
			return nil, fmt.Errorf("prepare notes of site %d: no site", i)
		}
		if err := b.notes[i].fill(site); err != nil {
			return nil, fmt.Errorf("prepare notes of site %q: %w", site.Name, err)
		}
	}
	if err := b.notes[len(sites)].fill(&seawall.Site{}); err != nil {
		return nil, fmt.Errorf("prepare notes of no site: %w", err)
	}
	for i := range b.refusals {
		b.refusals[i] = refusal(firstRefusal + i)
	}
	return b, nil
}

// Note returns the page that tells the sender of r about s, in the form and language that r's fields ask for. unsafe tells whether
// r's method may change something (RFC 9110, section 9.2.1); only then it matters whether anything of r may have been sent to the
// origin. site is an index into the sites given to [New]; any other gets words that fit every site, and an unknown situation is
// taken for [Broken]. The page is shared and read-only.
//
// A reader who accepts text/html gets a document; whoever else accepts JSON or anything at all gets a problem document (RFC 9457);
// a request for an image, style, script or font gets no body.
func (b *Book) Note(site int, s Situation, unsafe bool, sent bool, r *seawall.Request) *Page {
	if site < 0 || site >= len(b.notes) {
		site = len(b.notes) - 1
	}
	if s >= situations {
		s = Broken
	}
	n := &b.notes[site]
	switch formatFor(r.Fields) {
	case formatHTML:
		return &n.html[languageFor(r.Fields, n.language)][s][fateOf(unsafe, sent)]
	case formatProblem:
		return &n.problem[languageFor(r.Fields, n.language)][s][fateOf(unsafe, sent)]
	}
	return &n.empty[s]
}

// Refusal returns the short text for a request that is turned away with status, in every shipped language; a status that is no
// client or server error is answered as 500. The page is shared and read-only.
func (b *Book) Refusal(status int) *Page {
	if status < firstRefusal || status > lastRefusal {
		status = 500
	}
	return &b.refusals[status-firstRefusal]
}

func (n *notes) fill(site *seawall.Site) error {
	n.language = min(site.Language, languages-1)
	for s := range situations {
		n.empty[s] = emptyPage(s)
		for _, l := range seawall.Languages() {
			for f := range fates {
				html, err := htmlPage(site, l, s, f)
				if err != nil {
					return fmt.Errorf("page %s in %s: %w", s, l, err)
				}
				problem, err := problemPage(site, l, s, f)
				if err != nil {
					return fmt.Errorf("problem %s in %s: %w", s, l, err)
				}
				n.html[l][s][f], n.problem[l][s][f] = html, problem
			}
		}
	}
	return nil
}
