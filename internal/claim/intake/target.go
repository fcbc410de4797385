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

// proofHost is the service whose reports are offered as proof.
const proofHost = "check-host.net"

var (
	harmless = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".",
		"[DOT]", ".", "(DOT)", ".", "[://]", "://", "[:]", ":")
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
// are, and words that look like a host under a suffix that is known to be delegated.
func (f *finder) text(s string) {
	s = scheme.ReplaceAllString(harmless.Replace(s), "http$1://")
	for line := range strings.Lines(s) {
		rest, plus := strings.CutPrefix(strings.TrimSpace(line), "+")
		for i, word := range strings.FieldsFunc(rest, between) {
			f.word(strings.Trim(word, ".:!?*_`~"), plus && i == 0)
		}
	}
}

func between(r rune) bool {
	return r <= ' ' || strings.ContainsRune("\u00a0\u2003\u200b\ufeff\u2028,;|<>\"'()[]{}«»“”„", r)
}

func (f *finder) word(w string, plus bool) {
	_, rest, link := strings.Cut(w, "://")
	switch {
	case link:
		f.link(w, rest)
	case plus:
		f.named(w)
	case strings.Contains(w, "."):
		host, ok := hostOf(w)
		if !ok {
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
	case ok && (host == proofHost || strings.HasSuffix(host, "."+proofHost)):
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
