package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
)

// Watch says which sites the lookout measures, and from where. It is there when the file has a section "watch", and then sites to be protected
// need not be. Sites that are protected are watched from inside by default.
type Watch struct {
	Off          bool             // written "off": a running Seawall watches nothing
	Here         bool             // the file has the section
	Apart        bool             // key "process" is "own": a running Seawall leaves all this to a "seawall watch run"
	Contact      string           // key "contact", required: a mail address or URL that owners of watched sites are shown
	Vantage      Vantage          // key "vantage"
	Sentinels    []Sentinel       // key "sentinels": sites by which the vantage tests its own line
	Resolvers    []netip.AddrPort // key "resolvers": instead of the system's
	Providers    string           // key "providers": CSV of networks and the autonomous systems that run them; "" knows none
	AllowPrivate []string         // key "allow_private": hosts that may have private addresses
	Admin        string           // key "admin": address for metrics and health of a lookout alone; "" (written "off") opens none
	Sites        []WatchedSite    // key "sites": the command line may not change them
}

// Vantage is the place from which is measured.
type Vantage struct {
	Name    string // key "name"; [DefaultVantage] by default
	Network string // key "network": an autonomous system
	Country string // key "country": ISO 3166-1 alpha-2, upper case
}

// Sentinel is a site by which a vantage tests its own line.
type Sentinel struct {
	URL     string // key "url", required
	Network string // key "network", required
}

// WatchedSite is one line of the watch list.
type WatchedSite struct {
	URL      string   // key "url", required
	Name     string   // key "name"; "" for its host
	Owner    string   // key "owner"
	Sector   string   // key "sector"
	Country  string   // key "country"
	Groups   []string // key "groups"
	Contacts []string // key "contacts"
	Public   bool     // key "public": its owner wants a public status page
}

// DefaultVantage is what a vantage is called that has no name.
const DefaultVantage = "here"

func (d *decoder) watch(n *node, path string) {
	w := &d.config.Watch
	if n.kind == scalar {
		into(d, &w.Off, watchOff)(n, path)
		return
	}
	w.Here = true
	w.Vantage.Name = DefaultVantage
	d.mapping(n, path,
		key{name: "process", read: into(d, &w.Apart, watchProcess)},
		key{name: "contact", need: "it@example.org", read: into(d, &w.Contact, contact)},
		key{name: "vantage", read: d.vantage},
		key{name: "sentinels", read: d.each(func(n *node, path string) {
			var s Sentinel
			d.mapping(n, path,
				key{name: "url", need: "https://one.example/", read: into(d, &s.URL, watchURL)},
				key{name: "network", need: "AS64500", read: into(d, &s.Network, systemNumber)},
			)
			w.Sentinels = append(w.Sentinels, s)
		})},
		key{name: "resolvers", read: intoList(d, &w.Resolvers, resolver)},
		key{name: "providers", read: into(d, &w.Providers, filePath("/etc/seawall/providers.csv"))},
		key{name: "allow_private", read: intoList(d, &w.AllowPrivate, hostOrAddr)},
		key{name: "admin", read: into(d, &w.Admin, adminAddr)},
		key{name: "sites", read: d.each(d.watchedSite)},
	)
	for i, s := range w.Sentinels {
		if f := w.sentinelFault(s.URL); f != nil {
			d.add(child(item(child(path, "sentinels"), i), "url"), *f)
		}
	}
	for _, s := range w.Sites {
		if f := w.unasked(s.URL); f != nil {
			d.add(child(d.watched[watchedHost(s.URL)], "url"), *f)
		}
	}
}

// sentinelFault says why a sentinel would never be asked; nil when it is.
func (w *Watch) sentinelFault(s string) *fault {
	if u, err := url.Parse(s); err == nil && u.Path != "" && u.Path != "/" && !slices.Contains(w.AllowPrivate, hostWithin(s)) {
		return &fault{"has a path", "name the home page: nothing else is asked of a sentinel"}
	}
	return w.unasked(s)
}

// unasked says why no page at a URL would ever be asked for; nil when it is.
func (w *Watch) unasked(s string) *fault {
	u, err := url.Parse(s)
	if err != nil || slices.Contains(w.AllowPrivate, hostWithin(s)) {
		return nil // told already, or the operator's own
	}
	addr, err := netip.ParseAddr(u.Hostname())
	switch {
	case u.Port() != "" && u.Port() != "80" && u.Port() != "443":
		return &fault{"has port " + u.Port(), "name one that answers on 80 or 443, for no other port is asked, or put the host under allow_private"}
	case err == nil && !slices.Contains(w.AllowPrivate, addr.Unmap().String()) && (addr.IsPrivate() || !addr.Unmap().IsGlobalUnicast()):
		return &fault{"has an address that means something here alone", "name a site elsewhere, or put the address under allow_private"}
	}
	return nil
}

// watchOff parses what the section may be in one word.
func watchOff(s string) (bool, *fault) {
	if s != "off" {
		return false, &fault{quote(s) + " is not off", "write off so that nothing is watched, or the section's keys indented on the lines below"}
	}
	return true, nil
}

// watchProcess parses in which process the lookout is.
func watchProcess(s string) (apart bool, f *fault) {
	switch s {
	case "edge":
		return false, nil
	case "own":
		return true, nil
	}
	return false, &fault{quote(s) + " is neither edge nor own", "write edge, which is the default, or own where \"seawall watch run\" runs beside"}
}

func (d *decoder) vantage(n *node, path string) {
	v := &d.config.Watch.Vantage
	d.mapping(n, path,
		key{name: "name", read: into(d, &v.Name, word)},
		key{name: "network", read: into(d, &v.Network, systemNumber)},
		key{name: "country", read: into(d, &v.Country, country)},
	)
}

func (d *decoder) watchedSite(n *node, path string) {
	var s WatchedSite
	d.mapping(n, path,
		key{name: "url", need: "https://www.example.org", read: into(d, &s.URL, watchURL)},
		key{name: "name", read: into(d, &s.Name, plainText(maxWord))},
		key{name: "owner", read: into(d, &s.Owner, plainText(maxWord))},
		key{name: "sector", read: into(d, &s.Sector, word)},
		key{name: "country", read: into(d, &s.Country, country)},
		key{name: "groups", read: intoList(d, &s.Groups, word)},
		key{name: "contacts", read: intoList(d, &s.Contacts, plainText(maxWord))},
		key{name: "public", read: into(d, &s.Public, onOff)},
	)
	host := watchedHost(s.URL)
	if host == "" {
		return // told already
	}
	if first, taken := d.watched[host]; taken {
		d.add(path, fault{quote(host) + " is already " + first, "keep it in one place"})
		return
	}
	d.watched[host] = path
	if first, taken := d.titled[s.Name]; taken {
		d.add(child(path, "name"), fault{quote(s.Name) + " is already " + first, "give each site a name of its own"})
		return
	}
	if s.Name != "" {
		d.titled[s.Name] = path
	}
	d.config.Watch.Sites = append(d.config.Watch.Sites, s)
}

// watchedHost returns what no two watched sites have in common: the host of a URL, or, where that is an address or no host, the URL; "" of none.
func watchedHost(s string) string { return cmp.Or(hostWithin(s), s) }

// contact parses a mail address or a URL of a page.
func contact(s string) (string, *fault) {
	if webFault(s) == nil {
		return s, nil
	}
	if _, f := email(s); f != nil {
		return "", &fault{"is neither a mail address nor a URL", "write one such as it@example.org"}
	}
	return s, nil
}

// maxWatchURL is the longest URL, in bytes, that a probe asks for.
const maxWatchURL = 2048

// watchURL parses the URL of a site that is asked for: no credentials, no query.
func watchURL(s string) (string, *fault) {
	u, err := url.Parse(s)
	switch {
	case len(s) > maxWatchURL:
		return "", &fault{fmt.Sprintf("is longer than %d bytes", maxWatchURL), "shorten it: no longer one is asked for"}
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return "", &fault{"is not a URL of http or https", "write one such as https://www.example.org"}
	case u.User != nil:
		return "", &fault{"has a user in its URL", "remove it: no site is asked with credentials"}
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", &fault{"has a query or a fragment", "remove it: only the home page and one page agreed on are asked for"}
	}
	return s, nil
}

var systemNumberForm = regexp.MustCompile(`^AS[1-9][0-9]{0,9}$`)

// systemNumber parses the number of an autonomous system.
func systemNumber(s string) (string, *fault) {
	if !systemNumberForm.MatchString(s) {
		return "", &fault{"is not the number of an autonomous system", "write one such as AS64500"}
	}
	return s, nil
}

var countryForm = regexp.MustCompile(`^[A-Z]{2}$`)

// country parses a country's two letters.
func country(s string) (string, *fault) {
	if !countryForm.MatchString(s) {
		return "", &fault{"is not a country", "write two letters such as DK (ISO 3166-1)"}
	}
	return s, nil
}

// resolver parses the address of a resolver, with or without a port.
func resolver(s string) (netip.AddrPort, *fault) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at, nil
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.AddrPort{}, &fault{"is not an address", "write one such as 192.0.2.53"}
	}
	return netip.AddrPortFrom(addr, 53), nil
}
