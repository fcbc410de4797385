package paper

import (
	"encoding/xml"
	"strings"
)

// The bounds of what one page links.
const (
	minLinks = 8
	maxLinks = 20
)

const htmlType = "text/html; charset=utf-8"

// printPage sets body as the page at path and adds it to the paper.
func (p *Paper) printPage(path, title, body string) {
	links := p.linksOf(path)
	p.add(p.pages, Doc{Path: path, Type: htmlType, Body: p.set(title, body, links), Assets: links})
}

// linksOf returns the assets that the page at path links.
func (p *Paper) linksOf(path string) []string {
	d := throw("links " + path)
	links := make([]string, d.between(minLinks, maxLinks))
	for i, j := range d.shuffled(len(links), len(p.links)) {
		links[i] = p.links[j]
	}
	return links
}

// set wraps body, which is markup, and title, which is markup too, in what all pages share.
func (p *Paper) set(title, body string, links []string) []byte {
	var b strings.Builder
	b.Grow(len(body) + 4096)
	write(&b, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>", title, " | ", Name, "</title>\n",
		`<link rel="alternate" type="application/rss+xml" href="`, FeedPath, "\">\n")
	for _, l := range links {
		headLink(&b, l)
	}
	write(&b, "</head>\n<body>\n<header><a href=\"/\">", Name, "</a>\n<form action=\"", SearchPath,
		"\"><input type=\"search\" name=\"q\" maxlength=\"100\"><button>Search</button></form>\n<nav>")
	for _, f := range p.forms {
		write(&b, `<a href="`, f.path, `">`, f.title, "</a> ")
	}
	write(&b, `<a href="`, ArchivePath, "\">Archive</a></nav></header>\n<main>\n<h1>", title, "</h1>\n", body, "</main>\n")
	for _, l := range links {
		if isImage(l) {
			write(&b, `<img src="`, l, "\" alt=\"\">\n")
		}
	}
	write(&b, "<footer>", Name, " is printed in no town and sold nowhere.</footer>\n</body>\n</html>\n")
	return []byte(b.String())
}

func headLink(b *strings.Builder, link string) {
	switch {
	case strings.HasSuffix(link, ".css"):
		write(b, `<link rel="stylesheet" href="`, link, "\">\n")
	case strings.HasSuffix(link, ".js"):
		write(b, `<script src="`, link, "\" defer></script>\n")
	}
}

func isImage(link string) bool {
	return strings.HasSuffix(link, ".svg") || strings.HasSuffix(link, ".jpg")
}

// front returns the body of the front page: the 50 most prominent articles.
func (p *Paper) front() string {
	var b strings.Builder
	b.WriteString("<ol>\n")
	for i := range 50 {
		p.articles[i].item(&b)
	}
	b.WriteString("</ol>\n")
	return b.String()
}

// printArchive adds "/archive?page=1" and so on, and "/archive", which is the first again.
func (p *Paper) printArchive() {
	const each = Articles / ArchivePages
	padding := strings.Join(paragraphs(throw("archive"), 8), "")
	for n := range ArchivePages {
		var b strings.Builder
		b.WriteString("<ul>\n")
		for i := n * each; i < (n+1)*each; i++ {
			p.articles[i].item(&b)
		}
		write(&b, "</ul>\n", padding, `<p><a rel="next" href="`, ArchiveTarget((n+1)%ArchivePages+1), "\">More</a></p>\n")
		p.printPage(ArchiveTarget(n+1), "Archive", b.String())
	}
	first := p.pages[ArchiveTarget(1)]
	first.Path = ArchivePath
	p.add(p.pages, first)
}

// feed returns the 30 most prominent articles as RSS 2.0.
func (p *Paper) feed() []byte {
	var b strings.Builder
	write(&b, xml.Header, "<rss version=\"2.0\"><channel><title>", Name,
		"</title><link>https://www.example.org/</link><description>Invented news</description>\n")
	for i := range 30 {
		a := &p.articles[i]
		write(&b, "<item><title>", a.title, "</title><link>https://www.example.org", a.path, "</link><description>", a.lead,
			"</description></item>\n")
	}
	b.WriteString("</channel></rss>\n")
	return []byte(b.String())
}
