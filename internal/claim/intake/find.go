package intake

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/seawall-project/seawall/internal/egress"
)

// found is what a text names.
type found struct {
	hosts []string // as they are written, without what defangs them
	proof []string // links
}

// refang undoes what keeps links from being clicked.
var refang = regexp.MustCompile(`(?i)\s?[\[({]\s?(?:\.|dot|точка|punkt|punktum)\s?[\])}]\s?`)

var (
	schemePattern = regexp.MustCompile(`(?i)\bh(?:xx|tt|\*\*|__)(ps?)\s?(?:\[:\]|\(:\)|:)\s?(?:\[//\]|//|\\\\)`)
	urlPattern    = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"'«»]+`)
	barePattern   = regexp.MustCompile(`(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,62})\.)+(?:xn--[a-z0-9-]{2,}|\p{L}{2,})`)
	plusPattern   = regexp.MustCompile(`^[\s>*•–-]*[+➕✅❌✔☑🎯]\x{FE0F}?[\s:]*(\S.*)$`)
	// servicePattern finds links to services that are written without a scheme.
	servicePattern = regexp.MustCompile(`(?i)\b(?:[a-z0-9-]+\.)?(?:` + strings.ReplaceAll(strings.Join(services, "|"), ".", `\.`) + `)/[^\s<>"'«»]+`)
	unseen         = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "", "\u00a0", " ")
)

// services are where posts and proofs stand; a link there is offered as proof, and is a target only in a line that begins with a plus.
var services = []string{
	"check-host.net", "check-host.cc", "checkhost.net", "t.me", "telegram.me", "telegram.org", "x.com", "twitter.com", "vk.com", "vk.ru", "ok.ru",
	"facebook.com", "instagram.com", "tiktok.com", "youtube.com", "youtu.be", "imgur.com", "ibb.co", "pastebin.com", "archive.org", "archive.ph",
	"archive.is", "web.archive.org", "downforeveryoneorjustme.com", "isitdownrightnow.com", "dnschecker.org", "wa.me", "bsky.app",
}

// notNames are endings that are top-level domains and, in a sentence, more often those of files.
var notNames = []string{"zip", "mov", "md", "py", "sh", "rs", "pl", "ps"}

// find looks through a text. Where there are lines that begin with a plus, as the lists in posts are written, these are the targets and the rest is
// talk; without one, links and names in the text are.
func find(text string) found {
	var plus, loose found
	for line := range strings.Lines(unseen.Replace(text)) {
		line = schemePattern.ReplaceAllString(refang.ReplaceAllString(strings.TrimSpace(line), "."), "htt$1://")
		line = mailPattern.ReplaceAllString(line, " ")
		if m := plusPattern.FindStringSubmatch(line); len(m) == 2 && plus.line(m[1]) {
			continue
		}
		loose.talk(line)
	}
	plus.proof = append(plus.proof, loose.proof...)
	if len(plus.hosts) == 0 {
		plus.hosts = loose.hosts
	}
	return plus
}

// line reads what stands behind a plus, and reports whether it names a host.
func (f *found) line(s string) bool {
	before := len(f.hosts)
	rest := urlPattern.ReplaceAllStringFunc(s, func(link string) string {
		f.link(link)
		return " "
	})
	if len(f.hosts) > before {
		return true
	}
	word := strings.Trim(strings.Fields(rest + " .")[0], ".,;:!?()[]\"'")
	if _, err := netip.ParseAddr(word); err == nil {
		f.hosts = append(f.hosts, word)
		return true
	}
	if barePattern.MatchString(word) {
		f.hosts = append(f.hosts, word)
		return true
	}
	for _, name := range barePattern.FindAllString(rest, -1) {
		if isName(name) {
			f.hosts = append(f.hosts, name)
		}
	}
	if len(f.hosts) == before && strings.Contains(word, ".") {
		f.hosts = append(f.hosts, word) // so that it is counted as none
	}
	return len(f.hosts) > before
}

// talk reads a line that is no entry of a list.
func (f *found) talk(s string) {
	rest := urlPattern.ReplaceAllStringFunc(s, func(link string) string {
		f.link(link)
		return " "
	})
	rest = servicePattern.ReplaceAllStringFunc(rest, func(link string) string {
		f.link("https://" + link)
		return " "
	})
	for _, name := range barePattern.FindAllString(rest, -1) {
		if isName(name) && !isService(name) {
			f.hosts = append(f.hosts, name)
		}
	}
}

// link takes a link for a target, or for proof. That of a checking service may say which host was checked.
func (f *found) link(link string) {
	link = strings.TrimRight(link, ".,;:!?)]}>\"'")
	u, err := url.Parse(link)
	if err != nil {
		f.hosts = append(f.hosts, between(link))
		return
	}
	if !isService(u.Hostname()) {
		f.hosts = append(f.hosts, u.Hostname())
		return
	}
	f.proof = append(f.proof, link)
	if checked := u.Query().Get("host"); checked != "" {
		f.hosts = append(f.hosts, between(checked))
	}
}

// between returns the host in something like a URL.
func between(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		s = s[:i]
	}
	return s
}

func isService(host string) bool {
	host = strings.ToLower(strings.TrimPrefix(strings.TrimSuffix(host, "."), "www."))
	return slices.ContainsFunc(services, func(s string) bool { return host == s || strings.HasSuffix(host, "."+s) })
}

// isName reports whether a word of a sentence is the name of a site: it ends in a domain that is there, or in one that is reserved for examples.
func isName(s string) bool {
	name, err := normal(s)
	if err != nil {
		return false
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if slices.Contains(notNames, last) {
		return false
	}
	if last == "example" || last == "test" {
		return true
	}
	_, icann := publicsuffix.PublicSuffix(name)
	return icann
}

// split returns the hosts in something like "a.example/b.example"; what follows a slash and is no name is a path.
func split(s string) []string {
	s = strings.TrimSpace(s)
	if _, rest, ok := strings.Cut(s, "://"); ok {
		return []string{between(rest)}
	}
	first, rest, ok := strings.Cut(s, "/")
	all := []string{first}
	for ok {
		var next string
		next, rest, ok = strings.Cut(rest, "/")
		if !isName(next) {
			break
		}
		all = append(all, next)
	}
	return all
}

var errHost = errors.New("no host")

// normal returns a host as claims hold it.
func normal(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if i := strings.LastIndexByte(s, '@'); i >= 0 { // credentials
		s = s[i+1:]
	}
	if addr, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return addr.String(), nil
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		s = s[:i]
	}
	name, err := egress.Host(s)
	if err != nil {
		return "", err
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case last == name, strings.Trim(last, "0123456789") == "":
		return "", errHost
	case strings.ContainsAny(name, "_ "):
		return "", errHost
	}
	return name, nil
}
