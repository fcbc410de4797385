package status

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// LeakError says that an authority's page would have named what is watched. It does not repeat the name.
type LeakError struct {
	File  string // in which it stood
	Where string // what to look at
}

// Error implements error.
func (e *LeakError) Error() string {
	return fmt.Sprintf("%s would name a watched site: look for it in %s", e.File, e.Where)
}

// guard refuses a folder in which a watched host is named, in either script, with or without "www.". The host at which the page itself is public is
// no such name; what follows it in the page's address may be.
func (a *Authority) guard(f Folder) error {
	hosts := forms(a.Hosts)
	own := ""
	if u, err := url.Parse(a.URL); err == nil && u.Host != "" {
		own = fold(u.Scheme + "://" + u.Host)
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		text := fold(string(f[name]))
		if own != "" {
			text = strings.ReplaceAll(text, own, " ")
		}
		for _, host := range hosts {
			if names(text, host) {
				return &LeakError{name, a.suspect(host)}
			}
		}
	}
	return nil
}

// suspect says where a host came from.
func (a *Authority) suspect(host string) string {
	if names(fold(a.Title), host) {
		return "the title"
	}
	for l, words := range a.Words {
		if names(fold(strings.Join(words, "\n")), host) {
			return "the words in " + wordings[l].language
		}
	}
	if u, err := url.Parse(a.URL); err == nil && names(fold(u.Path), host) {
		return "the page's own address"
	}
	return "the names of the sectors"
}

// leastName is how many letters and digits the name of a site has that is searched for. Shorter ones stand in any text.
const leastName = 4

// guardNames refuses what somebody wrote for the page, and its sectors that are shown, where they name a watched site as the watch list calls it, in whole
// words. A title that is such a name and nothing else is whose page this is.
func (a *Authority) guardNames(t table) error {
	var sectors []string
	for _, r := range t.rows {
		sectors = append(sectors, r.Sector)
	}
	texts := map[string]string{"the title": fold(a.Title), "the names of the sectors": fold(strings.Join(sectors, "\n"))}
	for l, words := range a.Words {
		texts["the words in "+wordings[l].language] = fold(strings.Join(words, "\n"))
	}
	for _, name := range a.Names {
		name = fold(strings.TrimSpace(name))
		if letters(name) < leastName {
			continue
		}
		for _, where := range slices.Sorted(maps.Keys(texts)) {
			if names(texts[where], name) && (where != "the title" || texts[where] != name) {
				return &LeakError{pageName(a.Languages, a.Languages[0]), where}
			}
		}
	}
	return nil
}

// letters returns how many letters and digits there are in s.
func letters(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// forms returns every form in which hosts can be written, without repetition.
func forms(hosts []string) []string {
	seen := map[string]bool{}
	for _, host := range hosts {
		host = strings.TrimSuffix(fold(host), ".")
		seen[host] = true
		if ascii, err := idna.Lookup.ToASCII(host); err == nil {
			seen[fold(ascii)] = true
		}
		if u, err := idna.Display.ToUnicode(host); err == nil {
			seen[fold(u)] = true
		}
	}
	for host := range maps.Clone(seen) {
		seen[strings.TrimPrefix(host, "www.")] = true
	}
	delete(seen, "")
	return slices.Sorted(maps.Keys(seen))
}

// fold returns s so that what reads the same is the same.
func fold(s string) string { return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))) }

// names reports whether text names a host: not as the middle of another word. What stands below a host names it too.
func names(text, host string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], host)
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(host)
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[to:])
		if !inName(before) && !inName(after) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[from:])
		at = from + size
	}
}

// inName reports whether r goes on with a label of a host name.
func inName(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_')
}
