package control

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// Purge names stored answers that are to be forgotten: by exactly one of URL, Prefix and Tag.
type Purge struct {
	Site   string `json:"site,omitempty"`   // host name of the only site that is meant; "" for all, or for the one that URL or Prefix name
	URL    string `json:"url,omitempty"`    // one page with its query: "https://www.example.org/page?id=7", or "/page?id=7" of every site meant
	Prefix string `json:"prefix,omitempty"` // every page whose URL begins so, up to the end of a path segment or wherever it ends: "/news/"
	Tag    string `json:"tag,omitempty"`    // every page that its origin gave this tag: Cache-Groups (RFC 9875) or Cache-Tag
}

// maxText is the longest URL, prefix or tag, in bytes.
const maxText = 8 << 10

// Check returns what is wrong with p, as text for the person who wrote it; nil when nothing is.
func (p Purge) Check() error {
	given := 0
	for _, s := range []string{p.URL, p.Prefix, p.Tag} {
		if s != "" {
			given++
		}
		if len(s) > maxText || strings.ContainsFunc(s, unicode.IsControl) {
			return errors.New("purge: too long, or with a control character")
		}
	}
	if given != 1 {
		return errors.New("purge: give one of url, prefix and tag")
	}
	if p.Tag != "" {
		return nil
	}
	_, _, err := p.Target()
	return err
}

// Target splits URL or Prefix into the host it names, "" for none, and what follows: a path that begins with "/", and a query if there is
// one. For a tag all are empty.
func (p Purge) Target() (host, path string, err error) {
	text := p.URL + p.Prefix // one of them
	if text == "" || text[0] == '/' && !strings.HasPrefix(text, "//") {
		return "", text, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return "", "", errors.New("purge: write a path such as /news/, or a URL such as https://www.example.org/news/")
	}
	_, after, _ := strings.Cut(text, "://")
	if i := strings.IndexAny(after, "/?#"); i >= 0 {
		path = after[i:]
	}
	path, _, _ = strings.Cut(path, "#") // never sent to a server (RFC 9110, section 7.1)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return strings.ToLower(u.Hostname()), path, nil
}
