// Package paper is The Example Courier: an invented newspaper whose every byte is known, so that a reader in a rehearsal can tell
// whether what arrived is what was printed. It is built from nothing but this code: no seed, no file, no clock. Two builds are equal.
//
// There are a front page, 400 articles, 20 pages of archive, 40 assets, a search, three forms and a feed. Pages have 8 to 30 kB and
// link 8 to 20 assets each, assets have 1 to 20 kB.
package paper

import (
	"fmt"
	"slices"
	"strconv"
)

// The size of the paper.
const (
	Articles     = 400
	ArchivePages = 20
	Assets       = 40
)

// The fixed paths.
const (
	FrontPath   = "/"
	FeedPath    = "/feed.rss"
	SearchPath  = "/search"
	ArchivePath = "/archive"
)

// Name is what the paper calls itself.
const Name = "The Example Courier"

// Doc is one document. Everything in it is shared and read-only.
type Doc struct {
	Path   string   // with the query that belongs to it: "/archive?page=2"
	Type   string   // Content-Type
	Body   []byte   // never empty
	ETag   string   // a strong entity-tag with its quotes (RFC 9110, section 8.8.3)
	Assets []string // paths of the assets linked, in order, each once; empty for anything but a page
}

// Paper is the whole newspaper. It is never changed after [New] and may be read by everyone at once.
type Paper struct {
	pages    map[string]Doc
	assets   map[string]Doc
	articles []article
	paths    []string // of articles, most prominent first
	links    []string // of assets
	forms    []form
}

// New prints the paper. It takes some tens of milliseconds at most and holds about 10 MB; one is enough for everybody.
func New() *Paper {
	p := &Paper{pages: make(map[string]Doc, Articles+ArchivePages+8), assets: make(map[string]Doc, Assets), forms: forms}
	p.printAssets()
	p.articles = writeArticles()
	for i := range p.articles {
		p.paths = append(p.paths, p.articles[i].path)
	}
	p.printArticles()
	p.printPage(FrontPath, Name, p.front())
	p.printArchive()
	for _, f := range p.forms {
		p.printPage(f.path, f.title, f.ask())
	}
	p.add(p.pages, Doc{Path: FeedPath, Type: "application/rss+xml; charset=utf-8", Body: p.feed()})
	return p
}

// Page returns the page at path, or the feed. The only query it knows is that of the archive, "/archive?page=N" with N from 1 to
// [ArchivePages]; "/archive" is page 1. The forms' own pages are among them, searches are not.
func (p *Paper) Page(path string) (Doc, bool) {
	d, ok := p.pages[path]
	return d, ok
}

// Asset returns the asset at path, "/assets/name.hash.ext".
func (p *Paper) Asset(path string) (Doc, bool) {
	d, ok := p.assets[path]
	return d, ok
}

// ArticlePaths returns the paths of all articles, the most prominent first. The slice is the caller's.
func (p *Paper) ArticlePaths() []string { return slices.Clone(p.paths) }

// ArchiveTarget returns the path and query of page n of the archive, from 1.
func ArchiveTarget(n int) string { return ArchivePath + "?page=" + strconv.Itoa(n) }

func (p *Paper) add(to map[string]Doc, d Doc) {
	d.ETag = fmt.Sprintf(`"%016x"`, sum(d.Body))
	to[d.Path] = d
}
