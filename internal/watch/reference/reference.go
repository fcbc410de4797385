// Package reference knows what a site's page usually looks like, and says of a page whether it is another one: defaced, parked, or the default page
// of a machine that is not the site's.
//
// A front page changes all day and keeps its title, or changes its title and keeps most of its text. A page of which neither the title nor the text
// is like anything that the site has lately shown is another page. That is a matter for a person to look at: it says nothing about who did it. It is
// pure: no clock, no I/O.
package reference

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Of learning.
const (
	enough   = 20               // pages that must have been seen before any is judged
	settling = 10 * time.Minute // and the least time from the first to the last of these
	most     = 4                // forms of a page that are remembered, those seen last
	// alike is in how many bits hashes of the same page's text may differ. Of 300 made-up pages each, 3 % that had a quarter of their words replaced
	// differed in more, and none that shared nothing in as few: these differ in 32, give or take 4.
	alike = 20
	// adopt is how long another page is shown, without longer gaps than this, before it is the site's own too.
	adopt, gap = 24 * time.Hour, time.Hour
)

// Page is what is known of one page.
type Page struct {
	Title   string `json:"title"`
	Simhash uint64 `json:"simhash,string"` // see [probe.Simhash]
}

// form is a page that a site shows, and when it did last.
type form struct {
	Page
	Last time.Time `json:"last"`
}

// Reference is what a site shows. The zero value knows nothing and finds every page its own. It is plain data, to be kept as JSON.
type Reference struct {
	Forms []form    `json:"forms,omitempty"`
	Seen  int       `json:"seen"`  // pages that it was learned from, up to enough
	First time.Time `json:"first"` // when the first was seen
	Other *form     `json:"other,omitempty"`
	Since time.Time `json:"since,omitzero"` // when the other page was first shown
}

// Judge takes in a page that was shown to readers at a time, and reports whether it is another one than the site's. Times may come out of order.
func (r *Reference) Judge(p Page, at time.Time) (other bool) {
	if r.learn(p, at) {
		return false
	}
	if r.Other == nil || !like(r.Other.Page, p) || at.Sub(r.Other.Last) > gap {
		r.Other, r.Since = &form{Page: p, Last: at}, at
		return true
	}
	r.Other.Last = later(r.Other.Last, at)
	if at.Sub(r.Since) < adopt {
		return true
	}
	r.Adopt()
	return false
}

// Adopt makes the other page the site's own too, as after a new design. Without one it changes nothing, and reports so.
func (r *Reference) Adopt() bool {
	if r.Other == nil {
		return false
	}
	r.show(*r.Other)
	r.Other, r.Since = nil, time.Time{}
	return true
}

// learn takes up a page that is the site's own, and reports whether it is.
func (r *Reference) learn(p Page, at time.Time) bool {
	young := r.Seen < enough || at.Sub(r.First) < settling
	if !young && !slices.ContainsFunc(r.Forms, func(f form) bool { return like(f.Page, p) }) {
		return false
	}
	if r.Seen == 0 {
		r.First = at
	}
	r.Seen = min(r.Seen+1, enough)
	r.show(form{p, at})
	return true
}

// show takes up a form of the site's page, in place of the same one, or of the one that was seen longest ago.
func (r *Reference) show(f form) {
	if i := slices.IndexFunc(r.Forms, func(old form) bool { return same(old.Page, f.Page) }); i >= 0 {
		f.Last = later(r.Forms[i].Last, f.Last)
		r.Forms = slices.Delete(r.Forms, i, i+1)
	}
	r.Forms = append(r.Forms, f)
	r.Forms = r.Forms[max(0, len(r.Forms)-most):]
}

// like reports whether two pages are forms of one: they have one title, or hardly differ in their text.
func like(a, b Page) bool {
	title := plain(a.Title)
	return title != "" && title == plain(b.Title) || probe.Distance(a.Simhash, b.Simhash) <= alike
}

// same reports whether two pages are one form.
func same(a, b Page) bool {
	return plain(a.Title) == plain(b.Title) && probe.Distance(a.Simhash, b.Simhash) <= alike
}

// plain returns a title without what changes in it: case, and numbers, as of messages that were not read.
func plain(title string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == '(' || r == ')' {
			return -1
		}
		return unicode.ToLower(r)
	}, title))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
