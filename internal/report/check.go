package report

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a statement may hold at most.
const (
	MaxStatements = 10_000   // in one export
	MaxText       = 64 << 10 // bytes of a claim's text
	MaxLink       = 2_048    // bytes of a link, as many as a claim's may have
	MaxWords      = 1_000    // bytes of any other text
	MaxList       = 1_000    // elements of any list
	maxHost       = 253      // bytes, RFC 1035
)

// Check returns every way in which a statement is not one, joined; nil when it may be written.
func (s *Statement) Check() error {
	var c checker
	c.text("id", s.ID, true)
	c.that(s.Version >= 1, "version %d is below 1", s.Version)
	c.that(!s.First.IsZero() && !s.Made.Before(s.First), "made before it was first made, or at no time")
	c.party("maker", s.Maker)
	c.that(s.Maker.Name != "", "nobody says it")
	c.party("owner", s.Owner)
	c.that(isHost(s.Host), "%q is no host name in lower case", cut(s.Host))
	c.claim(&s.Claim)
	c.verdict(s)
	for _, list := range [][]string{s.For, s.Against, s.Findings} {
		c.that(len(list) <= MaxList, "a list of %d, at most %d", len(list), MaxList)
		for _, code := range list {
			c.that(isCode(code), "%q is no code", cut(code))
		}
	}
	c.activity(s.Activity)
	c.evidence(s)
	return errors.Join(c.problems...)
}

type checker struct{ problems []error }

func (c *checker) that(holds bool, format string, args ...any) {
	if !holds && len(c.problems) < 16 {
		c.problems = append(c.problems, fmt.Errorf(format, args...))
	}
}

func (c *checker) text(what, s string, needed bool) {
	c.longText(what, s, MaxWords)
	c.that(s != "" || !needed, "there is no %s", what)
}

func (c *checker) longText(what, s string, most int) {
	c.that(len(s) <= most, "the %s has %d bytes, at most %d", what, len(s), most)
	c.that(utf8.ValidString(s), "the %s is not UTF-8", what)
}

func (c *checker) party(what string, p Party) {
	for _, s := range append([]string{p.ID, p.Name, p.Contact}, p.Sectors...) {
		c.text(what, s, false)
	}
	c.that(len(p.Sectors) <= MaxList, "the %s has %d sectors", what, len(p.Sectors))
	c.that(p.Country == "" || len(p.Country) == 2 && strings.ToUpper(p.Country) == p.Country, "the %s's country is no code of two letters", what)
}

func (c *checker) claim(q *Claim) {
	c.text("claim's id", q.ID, true)
	for _, s := range []string{q.Claimant, q.Kind, q.Source, q.Precision, q.Lang} {
		c.text("claim", s, false)
	}
	for _, s := range q.Links {
		c.longText("claim's link", s, MaxLink)
	}
	c.longText("claim", q.Text, MaxText)
	c.that(len(q.Links) <= MaxList, "the claim has %d links", len(q.Links))
	c.that(q.Hash == "" || isHash(q.Hash), "the claim's hash is none")
	c.that(q.Reliability == "" || len(q.Reliability) == 1 && q.Reliability >= "a" && q.Reliability <= "f", "reliability %q is none of a to f", cut(q.Reliability))
	c.that(q.Credibility == "" || len(q.Credibility) == 1 && q.Credibility >= "1" && q.Credibility <= "6", "credibility %q is none of 1 to 6", cut(q.Credibility))
}

func (c *checker) verdict(s *Statement) {
	c.that(slices.Contains(Verdicts(), s.Verdict), "%q is no verdict", cut(string(s.Verdict)))
	c.that(slices.Contains([]Confidence{Low, Moderate, High}, s.Confidence), "%q is no confidence", cut(string(s.Confidence)))
	c.that(s.Coverage >= 0 && s.Coverage <= 1, "coverage %v is no share", s.Coverage)
	c.that(s.Rounds >= 0 && s.Networks >= 0, "less than nothing was measured")
	c.that(!s.Window.From.IsZero() && s.Window.From.Before(s.Window.To), "the window does not end after it begins")
	c.that(s.Bad.Min >= 0 && s.Bad.Min <= s.Bad.Max && s.Longest >= 0, "the bad time is no interval")
}

func (c *checker) activity(all []Activity) {
	c.that(len(all) <= MaxList, "%d activities, at most %d", len(all), MaxList)
	for _, a := range all {
		c.that(a.By == Edge || a.By == Provider, "%q is no observer", cut(string(a.By)))
		c.that(!a.From.IsZero() && !a.To.Before(a.From), "an activity ends before it begins")
		c.text("activity", a.What, false)
	}
}

func (c *checker) evidence(s *Statement) {
	c.that(len(s.Evidence) <= MaxList, "%d pieces of evidence, at most %d", len(s.Evidence), MaxList)
	for _, e := range s.Evidence {
		c.that(isCode(e.Kind), "%q is no kind of evidence", cut(e.Kind))
		c.that(isHash(e.Hash), "evidence without a hash")
	}
}

// check reports what is wrong with a head; nothing is with nil.
func (h *Head) check() error {
	if h == nil {
		return nil
	}
	var c checker
	c.that(isHash(h.Hash), "the ledger's head has no hash")
	c.text("ledger's signature", h.Signature, true)
	c.text("ledger's key", h.Key, true)
	c.text("ledger's head", h.Line, true)
	return errors.Join(c.problems...)
}

func isHash(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == 32
}

// isHost reports whether s is a name or an address as a claim has them.
func isHost(s string) bool {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.String() == s
	}
	if s == "" || len(s) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

func isCode(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func cut(s string) string { return s[:min(len(s), 80)] }
