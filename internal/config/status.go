package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/seawall-project/seawall"
)

// Status is a public status page. The zero value is none.
type Status struct {
	Kind  StatusKind // key "kind", required
	Title string     // key "title", required: whose page it is
	// Sites is key "sites", only of an owner's page: host names as in [Site]. Without them, and without Groups, every watched site whose
	// owner wants it public is on the page.
	Sites     []string
	Groups    []string                    // key "groups": of watched sites; an authority's page without them counts every site
	Words     map[seawall.Language]string // key "words": paths of plain text files, by language
	Languages []seawall.Language          // key "languages": at least one, none twice; Danish, then English by default
	Zone      *time.Location              // key "timezone"; UTC by default
	URL       string                      // key "url": where the page is public, with a slash at its end; "" when it is not said
	Dir       string                      // key "dir": the folder that the page is written to; "" when the file does not say
	Listen    string                      // key "listen": where the page is served; [DefaultStatusListen] by default, "" (written "off") for nowhere
	Every     time.Duration               // key "every": 1 min to 1 h; 5 min by default, 15 min for an authority's page
	Delay     time.Duration               // key "delay", only of an authority's page: 15 min to 24 h; 1 h by default
	Push      StatusPush                  // key "push"
	Command   []string                    // key "command": a program and its arguments, run after each page with the folder added; none by default
}

// StatusKind is a kind of status page.
type StatusKind string

// The kinds.
const (
	StatusOwner     StatusKind = "owner"     // its own sites, by name
	StatusAuthority StatusKind = "authority" // counts by sector, without names
)

// StatusPush is where the page is put by HTTP. The zero value is nowhere.
type StatusPush struct {
	URL          string // key "url", required: https, or http on this machine; a slash at its end
	TokenFile    string // key "token_file": of a bearer token; "" for none
	AllowPrivate bool   // key "allow_private": "on" when the URL's host has a private address; "off" by default
}

// Defaults of [Status].
const (
	DefaultStatusListen = "127.0.0.1:8480"
	DefaultStatusDelay  = time.Hour

	defaultOwnerEvery     = 5 * time.Minute
	defaultAuthorityEvery = 15 * time.Minute
)

// Limits of [Status].
const (
	maxStatusList    = 200 // sites, groups
	maxStatusCommand = 32  // arguments
)

func (d *decoder) status(n *node, path string) {
	s := &d.config.Status
	s.Listen, s.Zone = DefaultStatusListen, time.UTC
	given := d.mapping(n, path,
		key{name: "kind", need: "owner", read: into(d, &s.Kind, statusKind)},
		key{name: "title", need: "The Example Courier", read: into(d, &s.Title, statusTitle)},
		key{name: "sites", read: d.someOnce(&s.Sites, hostName, "www.example.org")},
		key{name: "groups", read: d.someOnce(&s.Groups, word, "parties")},
		key{name: "words", read: d.statusWords},
		key{name: "languages", read: d.statusLanguages},
		key{name: "timezone", read: into(d, &s.Zone, timezone)},
		key{name: "url", read: into(d, &s.URL, statusURL("https://status.example.org/"))},
		key{name: "dir", read: into(d, &s.Dir, filePath("/var/lib/seawall/status"))},
		key{name: "listen", read: into(d, &s.Listen, statusListen)},
		key{name: "every", read: into(d, &s.Every, span(time.Minute, time.Hour, "5m"))},
		key{name: "delay", read: into(d, &s.Delay, span(15*time.Minute, 24*time.Hour, "60m"))},
		key{name: "push", read: d.statusPush},
		key{name: "command", read: d.statusCommand},
	)
	if len(s.Languages) == 0 {
		s.Languages = []seawall.Language{seawall.Danish, seawall.English}
	}
	d.statusOfKind(path, given)
}

// statusOfKind reports keys of the other kind, and settles what the kind decides.
func (d *decoder) statusOfKind(path string, given map[string]bool) {
	s := &d.config.Status
	switch s.Kind {
	case StatusOwner:
		s.Every = cmp.Or(s.Every, defaultOwnerEvery)
		if given["delay"] {
			d.add(child(path, "delay"), fault{"belongs to an authority's page", "remove it; an owner's page slows down by itself when a site is named"})
		}
	case StatusAuthority:
		s.Every = cmp.Or(s.Every, defaultAuthorityEvery)
		s.Delay = cmp.Or(s.Delay, DefaultStatusDelay)
		if given["sites"] {
			d.add(child(path, "sites"), fault{"belongs to an owner's page; an authority's page names no site", "remove it, or name groups"})
		}
	}
}

// NewStatus returns the status page of a kind that nothing else is said of.
func NewStatus(kind, title string) (Status, error) {
	s := Status{Title: title, Languages: []seawall.Language{seawall.Danish, seawall.English}, Zone: time.UTC, Listen: DefaultStatusListen}
	k, f := statusKind(kind)
	if f != nil {
		return Status{}, fmt.Errorf("%s: %s", f.message, f.remedy)
	}
	s.Kind, s.Every = k, defaultOwnerEvery
	if k == StatusAuthority {
		s.Every, s.Delay = defaultAuthorityEvery, DefaultStatusDelay
	}
	return s, nil
}

// someOnce reads a list that is not empty and holds nothing twice.
func (d *decoder) someOnce(dst *[]string, parse func(string) (string, *fault), example string) reader {
	return func(n *node, path string) {
		intoList(d, dst, parse)(n, path)
		d.notEmpty(n, path, example)
		d.once(n, path)
		d.atMost(n, path, maxStatusList)
	}
}

func (d *decoder) statusWords(n *node, path string) {
	words := map[seawall.Language]string{}
	var keys []key
	for _, l := range seawall.Languages() {
		keys = append(keys, key{name: l.String(), read: func(n *node, path string) {
			if file, ok := one(d, n, path, filePath("/etc/seawall/status."+l.String()+".txt")); ok {
				words[l] = file
			}
		}})
	}
	d.mapping(n, path, keys...)
	if len(words) > 0 {
		d.config.Status.Words = words
	}
}

func (d *decoder) statusLanguages(n *node, path string) {
	intoList(d, &d.config.Status.Languages, language)(n, path)
	d.notEmpty(n, path, "da")
	d.once(n, path)
}

func (d *decoder) statusPush(n *node, path string) {
	p := &d.config.Status.Push
	d.mapping(n, path,
		key{name: "url", need: "https://store.example.org/status/", read: into(d, &p.URL, statusPushURL)},
		key{name: "token_file", read: into(d, &p.TokenFile, filePath("/etc/seawall/status.token"))},
		key{name: "allow_private", read: into(d, &p.AllowPrivate, onOff)},
	)
}

func (d *decoder) statusCommand(n *node, path string) {
	intoList(d, &d.config.Status.Command, statusArgument)(n, path)
	d.notEmpty(n, path, "/usr/local/bin/publish-status")
	d.atMost(n, path, maxStatusCommand)
}

func statusKind(s string) (StatusKind, *fault) {
	if k := StatusKind(s); k == StatusOwner || k == StatusAuthority {
		return k, nil
	}
	return "", &fault{quote(s) + " is not a kind of status page", "write owner for your own sites, or authority for counts by sector"}
}

func statusTitle(s string) (string, *fault) {
	title, f := plainText(80)(s)
	if f == nil && title == "" {
		return "", &fault{"is empty", "write whose page it is"}
	}
	return title, f
}

func statusListen(s string) (string, *fault) {
	if s == "off" {
		return "", nil
	}
	addr, f := listenAddr(s)
	if f != nil {
		return "", &fault{quote(s) + " is not an IP address and port", "write " + DefaultStatusListen + " or off"}
	}
	return addr, nil
}

// statusURL parses the URL of a folder.
func statusURL(example string) func(string) (string, *fault) {
	return func(s string) (string, *fault) {
		u, err := url.Parse(s)
		switch {
		case strings.Contains(s, "@"):
			return "", &fault{"has a name or a password in it", "remove it; a token goes into token_file"}
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
			return "", &fault{quote(s) + " is not the URL of a folder", "write one such as " + example}
		case !strings.HasSuffix(s, "/"):
			return "", &fault{quote(s) + " does not end in a slash", "write " + s + "/"}
		}
		return s, nil
	}
}

// statusPushURL parses where pages are put: encrypted, unless that is this machine.
func statusPushURL(s string) (string, *fault) {
	const example = "https://store.example.org/status/"
	s, f := statusURL(example)(s)
	if f != nil {
		return "", f
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", &fault{quote(s) + " is not the URL of a folder", "write one such as " + example}
	}
	if addr, err := netip.ParseAddr(u.Hostname()); u.Scheme == "http" && (err != nil || !addr.Unmap().IsLoopback()) {
		return "", &fault{quote(s) + " is not encrypted", "write https"}
	}
	return s, nil
}

// statusArgument parses one argument of a command.
func statusArgument(s string) (string, *fault) {
	if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
		return "", &fault{"is empty, or has a control character", "write each argument on a line of its own"}
	}
	return s, nil
}

// Wants reports whether a watched site is on the page: one of this host, in these groups, whose owner wants it public or not.
func (s *Status) Wants(host string, groups []string, public bool) bool {
	if slices.Contains(s.Sites, host) {
		return true
	}
	grouped := slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(s.Groups, g) })
	switch {
	case s.Kind == StatusAuthority:
		return len(s.Groups) == 0 || grouped
	case len(s.Groups) > 0:
		return grouped && public
	}
	return len(s.Sites) == 0 && public
}
