// Package status renders public status pages: a folder of plain files, HTML, JSON and Atom, that any web server, object store or printer can
// hold, so that what is said of a website outlives the attack on it.
//
// There are two kinds. [Owner] is a page of somebody's own sites: their own words first, then one of three states for each site. [Authority]
// counts, by sector, the sites that somebody watches for many. Both are pure functions of what they are given and of the time: the same input
// gives the same bytes, nothing is opened and no clock is read.
//
// Promises. Every page carries its time and when the next is due. It is readable without scripts, on paper, at 200 % and beyond, aloud, in
// Danish and in English (WCAG 2.2, level AA). It loads nothing, and its Content-Security-Policy forbids it to. An owner's page that is about a
// site named by a listing or a claim changes at most every [Slow], and not at all while a person has frozen it.
//
// Refusals. An owner's page shows no timings, places, causes or counts. An authority's page shows no cell under [Least] sites, nothing that
// one could be worked out from, nothing younger than its delay, and no name of a site: what names a watched host is not rendered but refused
// ([LeakError]). Neither says anything of sites that were not measured.
//
// The values come from elsewhere: [Site.Name], [Site.URL] and sectors are those of store.Site; a [State] comes from a watch.State and its
// overlays by [StateOf]; what was shown before and what is frozen are kept by whoever calls ([Shown], [Freeze]).
package status

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/watch"
)

// Limits of what a page holds.
const (
	MaxSites   = 200       // on an owner's page
	MaxSectors = 64        // on an authority's page
	MaxText    = 200       // characters of a title or of a site's name, and of a sector's
	MaxWords   = 8 << 10   // bytes of somebody's own words, in one language
	MaxBytes   = 512 << 10 // of a file
)

// State is what a page says of a site. There are three; the zero value says nothing.
type State uint8

// The states.
const (
	Unstated    State = iota // nothing is said: it was not measured lately, or nobody could see
	Working                  // readers get the page
	Disturbed                // a quorum of vantages found that they do not
	Maintenance              // its owner said that it may be away
	states
)

var stateNames = [states]string{Unstated: "unstated", Working: "working", Disturbed: "disturbed", Maintenance: "maintenance"}

// String returns the state's name.
func (s State) String() string {
	if s >= states {
		return fmt.Sprintf("no name for %d", s)
	}
	return stateNames[s]
}

// MarshalText returns the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a state's name.
func (s *State) UnmarshalText(text []byte) error {
	i := slices.Index(stateNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is none of %v", text, stateNames)
	}
	*s = State(i)
	return nil
}

// StateOf returns what is said in public of a site that the lookout judges so. Doubt is not told: a suspicion is still working, and so is a
// site that recovers, for its readers get the page. While the lookout is blind nothing is said.
func StateOf(s watch.State, over []watch.Overlay) State {
	switch {
	case slices.Contains(over, watch.InMaintenance):
		return Maintenance
	case slices.Contains(over, watch.Blind):
		return Unstated
	}
	switch s {
	case watch.Disrupted, watch.Down:
		return Disturbed
	case watch.Up, watch.Suspect, watch.Recovering, watch.Closed:
		return Working
	}
	return Unstated
}

// Frame is what pages of both kinds have.
type Frame struct {
	Title     string             // whose page this is
	URL       string             // of the folder in public, with a slash at its end; "" when it is not known
	Languages []seawall.Language // the first is index.html; none means Danish, then English
	Zone      *time.Location     // of the times in HTML; nil means UTC
	// Words are the owner's own, by language, as [ParseWords] returns them. Where one language has none, the other's are shown.
	Words map[seawall.Language][]string
}

// Page is a rendered page.
type Page struct {
	Files Folder
	At    time.Time // the time that it carries
	Due   time.Time // when the next is due; zero when a person has frozen it
	Shown Shown     // of an owner's page: what it says, for the next time
}

// check returns the frame with its defaults, or what is wrong with it.
func (f Frame) check() (Frame, error) {
	if len(f.Languages) == 0 {
		f.Languages = []seawall.Language{seawall.Danish, seawall.English}
	}
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	seen := map[seawall.Language]bool{}
	for _, l := range f.Languages {
		if !slices.Contains(seawall.Languages(), l) || seen[l] {
			return f, fmt.Errorf("language %d is not shipped, or named twice", l)
		}
		seen[l] = true
	}
	if err := checkText("title", f.Title); err != nil {
		return f, err
	}
	if f.URL == "" {
		return f, nil
	}
	if u, err := url.Parse(f.URL); err != nil || webURL(f.URL) == "" || u.RawQuery != "" || u.Fragment != "" || f.URL[len(f.URL)-1] != '/' {
		return f, errors.New("the page's own URL is not one of http or https that ends in a slash")
	}
	return f, nil
}

// webURL returns s when a page may link to it, else "".
func webURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	return s
}
