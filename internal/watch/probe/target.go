package probe

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seawall-project/seawall/internal/egress"
)

// Target is what a probe asks for.
type Target struct {
	// URL is the home page of a host, or the page of it that was agreed on. It begins with http:// or https://; with tcp://, tls:// or dns://,
	// the probe ends after that phase.
	URL string
	// Page is the path of the one page, beside the home page, that was agreed on with the owner; "": none.
	Page string
	// Hosts are hosts of other sites that the site may redirect to. Names below them are meant too.
	Hosts []string
	// Family is the only family of addresses to be tried; [FamilyNone]: both.
	Family Family
	// First is the family of which an address is tried first; [FamilyNone]: IPv4.
	First Family
}

// RefusedURL is the error of a target that breaks the rules by itself, before anything was sent.
type RefusedURL struct {
	URL string
	Why string
}

func (r *RefusedURL) Error() string { return r.URL + " is refused: " + r.Why }

// MaxURL is the longest URL, in bytes, that is asked for or followed.
const MaxURL = 2048

// place is where one request of a probe goes.
type place struct {
	scheme string
	host   string // as egress.Host writes it
	port   uint16
	path   string // escaped, "/" at least
	addr   netip.Addr
}

// defaultPorts are the ports that URLs leave out.
var defaultPorts = map[string]uint16{"http": 80, "https": 443, "tcp": 443, "tls": 443, "dns": 53}

// parse reads a URL. Errors that are a [*RefusedURL] are refusals; others say that it is no URL that could be asked for.
func parse(raw string) (place, error) {
	if len(raw) > MaxURL {
		return place{}, fmt.Errorf("URL longer than %d bytes", MaxURL)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return place{}, fmt.Errorf("URL %s does not parse", redacted(raw)) // the error itself quotes what may be secret
	}
	return placeOf(u)
}

func placeOf(u *url.URL) (place, error) {
	at := place{scheme: u.Scheme, port: defaultPorts[u.Scheme], path: u.EscapedPath()}
	if at.port == 0 || u.Opaque != "" {
		return at, fmt.Errorf("URL %s: give one that begins with http:// or https://", shown(u))
	}
	var err error
	if at.host, err = egress.Host(u.Hostname()); err != nil {
		return at, fmt.Errorf("URL %s: host: %w", shown(u), err)
	}
	at.addr, _ = netip.ParseAddr(at.host)
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return at, fmt.Errorf("URL %s: no such port", shown(u))
		}
		at.port = uint16(n)
	}
	if at.path == "" {
		at.path = "/"
	}
	switch {
	case u.User != nil:
		return at, &RefusedURL{shown(u), "it carries credentials"}
	case u.RawQuery != "" || u.ForceQuery:
		return at, &RefusedURL{shown(u), "it carries a query"}
	case at.addr.Zone() != "":
		return at, &RefusedURL{shown(u), "link-local address"}
	case at.path[0] != '/':
		return at, errors.New("URL with a relative path")
	}
	return at, nil
}

// redacted returns a URL as results carry it: without credentials, and not longer than any that is asked for.
func redacted(raw string) string {
	raw = raw[:min(len(raw), MaxURL)]
	if !strings.Contains(raw, "@") {
		return raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return "…"
	}
	if u.User != nil {
		u.User = url.User("redacted")
	}
	return u.String()
}

// shown returns a URL for errors, without what may be secret in it.
func shown(u *url.URL) string {
	clean := *u
	if clean.User != nil {
		clean.User = url.User("redacted")
	}
	if clean.RawQuery != "" {
		clean.RawQuery = "…"
	}
	s := clean.String()
	return s[:min(len(s), MaxURL)]
}

// authority returns the host and port as URLs write them.
func (at place) authority() string {
	host := at.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if at.port == defaultPorts[at.scheme] {
		return host
	}
	return host + ":" + strconv.Itoa(int(at.port))
}

func (at place) String() string { return at.scheme + "://" + at.authority() + at.path }

func (at place) url() *url.URL {
	u := &url.URL{Scheme: at.scheme, Host: at.authority()}
	u.Path, _ = url.PathUnescape(at.path)
	u.RawPath = at.path
	return u
}

func (at place) site() string { return Site(at.host, at.port) }

// is reports whether a path is the home page or the page agreed on.
func (t Target) is(p string) bool {
	return p == "/" || t.Page != "" && plainPath(p) == plainPath(t.Page)
}

// home reports whether a place belongs to the site that is watched at from, or to one it may redirect to.
func (t Target) home(from, at place) bool {
	if Site(at.host, 0) == Site(from.host, 0) {
		return true
	}
	return slices.ContainsFunc(t.Hosts, func(name string) bool {
		host, err := egress.Host(name)
		return err == nil && (at.host == host || strings.HasSuffix(at.host, "."+host))
	})
}

// Site returns the name of the site whose budget a target is taken from; empty when the URL is none. It is what [Site] returns of the URL's host
// and port.
func (t Target) Site() string {
	at, err := parse(t.URL)
	if err != nil {
		return ""
	}
	return at.site()
}

// Host returns the host that is asked, as the dialer compares it; "" when the target is none.
func (t Target) Host() string {
	at, err := parse(t.URL)
	if err != nil {
		return ""
	}
	return at.host
}

// Addr returns the address that the URL has in place of a name; the zero address when it has a name, or is none.
func (t Target) Addr() netip.Addr {
	at, err := parse(t.URL)
	if err != nil {
		return netip.Addr{}
	}
	return at.addr
}

// Check returns a [*RefusedURL] when a target breaks the rules by itself, another error when it is none, and nil when a probe may be begun. What
// only DNS and redirects tell is judged by the probe.
func (p *Prober) Check(t Target) error {
	if err := Check(t, p.door.Allowed); err != nil {
		return err
	}
	at, err := parse(t.URL)
	if err != nil {
		return err
	}
	if why := cmp.Or(p.strange(at.host), p.forbids(at)); why != "" {
		return &RefusedURL{at.String(), why}
	}
	return nil
}

// Check is that of any prober: without a list of sites, and whatever attack orders name and whoever has opted out. allowed reports whether a host may
// have a private address, and then any port and path; nil: none may.
func Check(t Target, allowed func(host string) bool) error {
	at, err := parse(t.URL)
	if err != nil {
		return err
	}
	switch t.Family {
	case FamilyNone, IPv4, IPv6:
	default:
		return fmt.Errorf("no family of addresses has the number %d", t.Family)
	}
	if allowed != nil && allowed(at.host) {
		return nil
	}
	if !t.is(at.path) {
		return &RefusedURL{at.String(), "only the home page is asked for, and one page that was agreed on with the owner"}
	}
	if why := at.odd(); why != "" {
		return &RefusedURL{at.String(), why}
	}
	if why := egress.Judge(at.addr); at.addr.IsValid() && why != "" {
		return &RefusedURL{at.String(), why + " address"}
	}
	return nil
}

// odd returns why no place at such a port is asked, or "".
func (at place) odd() string {
	if at.scheme != "dns" && at.port != 80 && at.port != 443 {
		return fmt.Sprintf("port %d: only 80 and 443 are asked", at.port)
	}
	return ""
}

// Allowed reports whether a host may have a private address, and then any port and path, because the operator allowed it by name.
func (p *Prober) Allowed(host string) bool { return p.door.Allowed(host) }

// forbids returns why a place is not asked, whether it stands in a target or in a redirect, or "".
func (p *Prober) forbids(at place) string {
	if why := at.odd(); why != "" && !p.door.Allowed(at.host) {
		return why
	}
	return p.rules.Load().refuses(at.host, at.port, unescaped(at.path))
}

// strange returns why a host is not asked by the list of sites, or "".
func (p *Prober) strange(host string) string {
	if site := Site(host, 0); p.only != nil && !p.only[site] {
		return site + " is not on this vantage's list"
	}
	return ""
}

func unescaped(p string) string {
	if s, err := url.PathUnescape(p); err == nil {
		return s
	}
	return p
}
