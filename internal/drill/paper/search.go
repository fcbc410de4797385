package paper

import (
	"html"
	"net/url"
	"strings"
)

// The bounds of one search.
const (
	maxWord = 100 // bytes of the word that are looked for and shown
	maxHits = 40
)

// SearchTarget returns the path and query of a search for word.
func SearchTarget(word string) string { return SearchPath + "?q=" + url.QueryEscape(word) }

// SearchWords returns words that readers look for, the most popular first. Each finds something. The slice is the caller's.
func SearchWords() []string {
	words := make([]string, 0, len(places)+len(things))
	for i := range max(len(places), len(things)) {
		if i < len(things) {
			words = append(words, things[i])
		}
		if i < len(places) {
			words = append(words, strings.ToLower(places[i]))
		}
	}
	return words
}

// Search returns the page of articles with word in their title, without regard to case. Any string is a word; only its first
// hundred bytes count. It costs some tens of microseconds.
func (p *Paper) Search(word string) []byte {
	word = strings.ToValidUTF8(word[:min(len(word), maxWord)], "")
	folded := strings.ToLower(word)
	var b strings.Builder
	write(&b, "<p>You looked for <q>", html.EscapeString(word), "</q>.</p>\n<ul>\n")
	hits := 0
	for i := range p.articles {
		if hits < maxHits && strings.Contains(p.articles[i].folded, folded) {
			p.articles[i].item(&b)
			hits++
		}
	}
	b.WriteString("</ul>\n")
	if hits < maxHits {
		b.WriteString(p.moreToRead("search"))
	}
	return p.set("Search", b.String(), p.linksOf(SearchPath))
}

// moreToRead returns a list that keeps short pages as long as the others, the same for every page of one name.
func (p *Paper) moreToRead(name string) string {
	var b strings.Builder
	b.WriteString("<h2>More to read</h2>\n<ul>\n")
	for _, i := range throw(name).shuffled(35, Articles) {
		p.articles[i].item(&b)
	}
	b.WriteString("</ul>\n")
	return b.String()
}
