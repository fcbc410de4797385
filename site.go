package seawall

import "time"

// Site is one website that Seawall stands in front of, as its owner configured it. Sites are read-only once built.
type Site struct {
	Name    string   // canonical host name, lower case, such as "www.example.org"
	Aliases []string // further host names that are the same site, lower case; who asks for one is pointed to Name
	Origins []string // base URLs of the servers that make the pages, "http://host:port" or "https://host:port"; at least one

	// HTTPS points whoever asks in plain HTTP to https. Without it a site is served the way it is asked for.
	HTTPS bool

	// MaxStale is how long after the end of its freshness a stored answer may still be served when the origin fails, within
	// what RFC 9111, section 4.2.4, allows. Zero serves nothing stale.
	MaxStale time.Duration
	// StaleAlways serves stored answers stale, for as long as MaxStale says, also where RFC 9111, section 4.2.4, forbids it because
	// they demand validation: no-cache, must-revalidate, proxy-revalidate, s-maxage. What may be one reader's own page is left out.
	StaleAlways bool

	// Words are the owner's own, by language; a language without an entry uses Seawall's words.
	Words map[Language]Words
	// Language is the one for readers who ask for none that Seawall ships. The zero value means [English].
	Language Language
}

// Words are what a site's owner wants a reader to see on a note. Empty fields are left out. All are plain text, never markup.
type Words struct {
	Title   string // how the site calls itself, "The Example Courier"; the site's name when empty
	Message string // one or two sentences of the owner's own
	Contact string // where a reader may turn: a telephone number, an address, another site
}

// Language is a language that Seawall's own words are written in.
type Language uint8

// The shipped languages.
const (
	English Language = iota
	Danish
	languages
)

// Languages returns all shipped languages, in a fixed order.
func Languages() []Language { return []Language{English, Danish} }

// String returns the BCP 47 tag: "en", "da".
func (l Language) String() string {
	if l == Danish {
		return "da"
	}
	return "en"
}
