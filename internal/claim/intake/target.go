package intake

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/seawall-project/seawall"
)

// services are where posts and their proofs stand. A link there is offered as proof, and is a target only in a line that begins with a plus.
var services = []string{
	"check-host.net", "check-host.cc", "t.me", "telegram.me", "telegram.org", "x.com", "twitter.com", "vk.com", "vk.ru", "ok.ru", "facebook.com",
	"instagram.com", "tiktok.com", "youtube.com", "youtu.be", "imgur.com", "ibb.co", "pastebin.com", "archive.org", "archive.ph", "archive.is",
	"dnschecker.org", "bsky.app", "mastodon.social",
}

// isService reports whether a host is one of the services'.
func isService(host string) bool {
	return slices.ContainsFunc(services, func(s string) bool { return host == s || strings.HasSuffix(host, "."+s) })
}

// bullets begin a line that names a target, in place of a plus.
var bullets = []string{"+", "➕", "＋"}

var (
	harmless = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".",
		"[DOT]", ".", "(DOT)", ".", "[точка]", ".", "(точка)", ".", "[punkt]", ".", "(punkt)", ".", "[punktum]", ".", "(punktum)", ".", "[://]", "://", "[:]", ":")
	scheme = regexp.MustCompile(`(?i)\bh(?:tt|xx|\*\*)p(s?)://`)
	// mapped is for names as people write them.
	mapped = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true), idna.StrictDomainName(true))
)

// finder collects the hosts that a text names.
type finder struct {
	taken   *Taken
	watched *Watched
	seen    map[string]bool
}

// text looks through a text whose people are masked. In a line that begins with a plus sign, the first word is a target. Elsewhere links
// are, but those to services, and words that look like a host under a suffix that is known to be delegated.
func (f *finder) text(s string) {
	s = scheme.ReplaceAllString(harmless.Replace(s), "http$1://")
	for line := range strings.Lines(s) {
		rest, plus := marked(strings.TrimSpace(line))
		for i, word := range strings.FieldsFunc(rest, between) {
			f.word(strings.Trim(word, ".:!?*_`~"), plus && i == 0)
		}
	}
}

// marked returns what follows a bullet, and reports whether there was one.
func marked(line string) (rest string, plus bool) {
	for _, b := range bullets {
		if rest, ok := strings.CutPrefix(line, b); ok {
			return strings.TrimPrefix(rest, "\ufe0f"), true // which asks for the coloured form
		}
	}
	return line, false
}

func between(r rune) bool {
	return r <= ' ' || strings.ContainsRune("\u00a0\u2003\u200b\ufeff\u2028,;|<>\"'()[]{}«»“”„", r)
}

func (f *finder) word(w string, plus bool) {
	_, rest, link := strings.Cut(w, "://")
	switch {
	case plus && link:
		f.named(w)
	case link:
		f.link(w, rest)
	case plus:
		f.several(w)
	case strings.Contains(w, "."):
		host, ok := hostOf(w)
		if !ok {
			return
		}
		if isService(host) {
			if strings.Contains(w, "/") {
				f.proof("https://" + w)
			}
			return
		}
		suffix, delegated := publicsuffix.PublicSuffix(host)
		if host != suffix && (delegated || strings.Contains(suffix, ".")) {
			f.add(host)
		}
	}
}

// link takes a link: to a report, as proof; else to a target.
func (f *finder) link(whole, rest string) {
	host, ok := hostOf(rest)
	switch {
	case ok && isService(host):
		f.proof(whole)
	case ok:
		f.add(host)
	default:
		f.taken.Odd[OddNoHost]++
	}
}

// proof takes a link that is offered as proof, once.
func (f *finder) proof(link string) {
	c := &f.taken.Claim
	switch {
	case !utf8.ValidString(link) || len(link) > MaxLink || len(c.Proof) >= MaxProof:
		f.taken.Odd[OddProof]++
	case !slices.Contains(c.Proof, link):
		c.Proof = append(c.Proof, link)
	}
}

// several takes what is said to be a target, or more of them with slashes between.
func (f *finder) several(s string) {
	first, rest, more := strings.Cut(s, "/")
	f.named(first)
	for more {
		var next string
		next, rest, more = strings.Cut(rest, "/")
		host, ok := hostOf(next)
		if suffix, delegated := publicsuffix.PublicSuffix(host); !ok || host == suffix || !delegated && suffix != "example" {
			return // from here on it is a path
		}
		f.add(host)
	}
}

// named takes what is said to be a target.
func (f *finder) named(s string) {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if host, ok := hostOf(s); ok {
		f.add(host)
		return
	}
	f.taken.Odd[OddNoHost]++
}

func (f *finder) add(host string) {
	c := &f.taken.Claim
	switch {
	case f.seen[host]:
		f.taken.Odd[OddRepeated]++
	case len(c.Targets) >= MaxTargets:
		f.taken.Odd[OddTooMany]++
	default:
		f.seen[host] = true
		site, via := f.watched.Match(host)
		c.Targets = append(c.Targets, seawall.ClaimTarget{Host: host, Site: site, Via: via})
	}
}

// hostOf returns the host that begins s, as [seawall.ClaimTarget] writes it: before a path, query, fragment or port.
func hostOf(s string) (string, bool) {
	if i := strings.IndexAny(s, "/?#\\"); i >= 0 {
		s = s[:i]
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return a.Unmap().String(), true
	}
	s, _, _ = strings.Cut(s, ":")
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String(), true
	}
	s = strings.TrimSuffix(s, ".")
	if len(s) > 1000 || !strings.Contains(s, ".") {
		return "", false
	}
	host, err := mapped.ToASCII(s)
	if err != nil || !strings.Contains(host, ".") {
		return "", false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return host, strings.Trim(last, "0123456789") != "" // no top level is a number: that would be a version or a price
}
