// Package reporttest has statements for the tests of what is written of them: invented parties, and hosts that nobody has.
package reporttest

import (
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

// Night is when the window of every statement begins; Now is long after.
var (
	Night = time.Date(2025, 11, 17, 9, 15, 0, 0, time.UTC)
	Now   = Night.Add(48 * time.Hour)
)

// Hash returns a hash that is made of one character.
func Hash(c string) string { return strings.Repeat(c, 64) }

// Statement returns one in which every field says something, changed by change, which may be nil.
func Statement(change func(*report.Statement)) report.Statement {
	s := report.Statement{
		ID: "claim-1/www.party.example", Version: 2, First: Night.Add(9 * time.Hour), Made: Night.Add(12 * time.Hour), Label: tlp.Amber,
		Maker: report.Party{ID: "office", Name: "Office of Examples", Contact: "soc@example.org", Country: "DK"},
		Owner: report.Party{ID: "party", Name: "The Example Party", Sectors: []string{"non-profit"}, Country: "DK"},
		Host:  "www.party.example",
		Claim: report.Claim{
			ID: "claim-1", Claimant: "Example Group 16", Kind: "post", Source: "paste of the desk", Posted: Night.Add(3 * time.Hour), Precision: "minute",
			Received: Night.Add(3*time.Hour + 7*time.Minute), Text: "+ www[.]party[.]example is down, write to {email}", Lang: "en", Hash: Hash("a"),
			Links: []string{"https://check.example.net/report/1a2b"}, Reliability: "e", Credibility: "3",
		},
		Verdict: report.Confirmed, Confidence: report.Moderate, Coverage: 0.9725, Rounds: 530, Networks: 3,
		Window: report.Window{From: Night, To: Night.Add(9 * time.Hour)},
		Bad:    report.Interval{Min: 38 * time.Minute, Max: 41 * time.Minute}, Longest: 22*time.Minute + 30*time.Second,
		For: []string{"onset_within_10_minutes", "templates_seen_at_edge"}, Against: []string{"shared_provider"}, Findings: []string{"feed_dark"},
		Activity: []report.Activity{{
			By: report.Edge, Seen: true, From: Night.Add(2 * time.Hour), To: Night.Add(3 * time.Hour), What: "site search with a word of its own each time, 214 requests/s",
		}},
		Evidence: []report.Evidence{{Kind: "probe", Hash: Hash("b"), At: Night.Add(2 * time.Hour)}, {Kind: "list", Hash: Hash("c"), At: Night}},
	}
	if change != nil {
		change(&s)
	}
	return s
}

// Statements returns one of each verdict, of one claim with as many targets, and one of another claim that says as little as may be.
func Statements() []report.Statement {
	var all []report.Statement
	for i, v := range report.Verdicts() {
		all = append(all, Statement(func(s *report.Statement) {
			s.Verdict = v
			s.Host = strings.Repeat(string(rune('a'+i)), 3) + ".party.example"
			s.ID = "claim-1/" + s.Host
			if !v.Affected() {
				s.Bad, s.Longest, s.Activity = report.Interval{}, 0, nil
			}
			if v == report.Unknown {
				s.Rounds, s.Networks, s.Coverage = 0, 0, 0
			}
		}))
	}
	return append(all, report.Statement{
		ID: "claim-2/192.0.2.7", Version: 1, First: Night.Add(9 * time.Hour), Made: Night.Add(9 * time.Hour),
		Maker: report.Party{Name: "Office of Examples"}, Host: "192.0.2.7", Claim: report.Claim{ID: "claim-2"},
		Verdict: report.NoEffect, Confidence: report.Low, Coverage: 1, Rounds: 60, Networks: 1, Window: report.Window{From: Night, To: Night.Add(time.Hour)},
	})
}

// Head is a head of a ledger that goes along.
var Head = report.Head{
	Number: 41, At: Night.Add(12 * time.Hour), Hash: Hash("d"), Signature: "c2lnbmF0dXJl", Key: "a2V5",
	Line: "seawall-head-1 41 2025-11-17T21:15:00.000Z " + Hash("d") + " a2V5 c2lnbmF0dXJl",
}

// Release lets statements go to an authority.
func Release(t testing.TB, statements ...report.Statement) *report.Release {
	t.Helper()
	r, withheld, err := report.For(report.Way{Route: tlp.Authority, Head: &Head}, Now, statements)
	if err != nil || len(withheld) > 0 {
		t.Fatalf("withheld %v, error %v", withheld, err)
	}
	return &r
}
