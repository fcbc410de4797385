package status

import (
	"fmt"
	"maps"
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

// guard refuses a folder in which a watched host is named, in either script, with or without "www.". The page's own address is no such name.
func (a *Authority) guard(f Folder) error {
	hosts := forms(a.Hosts)
	own := fold(a.URL)
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
	return "the names of the sectors"
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
