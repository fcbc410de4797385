package report_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/claim/intake"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/reporttest"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

func TestCheck(t *testing.T) {
	for _, s := range append(reporttest.Statements(), reporttest.Statement(nil)) {
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", s.ID, err)
		}
	}
	tests := []struct {
		want   string
		change func(*report.Statement)
	}{
		{"there is no id", func(s *report.Statement) { s.ID = "" }},
		{"version 0", func(s *report.Statement) { s.Version = 0 }},
		{"made before", func(s *report.Statement) { s.Made = s.First.Add(-1) }},
		{"nobody says it", func(s *report.Statement) { s.Maker.Name = "" }},
		{"country", func(s *report.Statement) { s.Owner.Country = "dk" }},
		{"host name", func(s *report.Statement) { s.Host = "WWW.example.org" }},
		{"host name", func(s *report.Statement) { s.Host = "=cmd.example.org" }},
		{"host name", func(s *report.Statement) { s.Host = "2001:DB8::1" }},
		{"not UTF-8", func(s *report.Statement) { s.Claim.Text = "\xff" }},
		{"bytes", func(s *report.Statement) { s.Claim.Text = strings.Repeat("a", report.MaxText+1) }},
		{"link", func(s *report.Statement) { s.Claim.Links = []string{strings.Repeat("a", report.MaxLink+1)} }},
		{"hash", func(s *report.Statement) { s.Claim.Hash = "abc" }},
		{"reliability", func(s *report.Statement) { s.Claim.Reliability = "g" }},
		{"credibility", func(s *report.Statement) { s.Claim.Credibility = "7" }},
		{"no verdict", func(s *report.Statement) { s.Verdict = "up" }},
		{"no confidence", func(s *report.Statement) { s.Confidence = "certain" }},
		{"coverage", func(s *report.Statement) { s.Coverage = 1.01 }},
		{"window", func(s *report.Statement) { s.Window.To = s.Window.From }},
		{"interval", func(s *report.Statement) { s.Bad.Min = s.Bad.Max + 1 }},
		{"no code", func(s *report.Statement) { s.Findings = []string{"<b>"} }},
		{"a list of", func(s *report.Statement) { s.For = make([]string, report.MaxList+1) }},
		{"no observer", func(s *report.Statement) { s.Activity[0].By = "outside" }},
		{"without a hash", func(s *report.Statement) { s.Evidence[0].Hash = "" }},
	}
	for _, tt := range tests {
		s := reporttest.Statement(tt.change)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

// TestWhatIntakeTakesMayLeave: a claim at every limit of what is taken in can be written in a statement, else what is said of it never leaves the house.
func TestWhatIntakeTakesMayLeave(t *testing.T) {
	s := reporttest.Statement(func(s *report.Statement) {
		s.Claim.Claimant, s.Claim.Source = strings.Repeat("a", intake.MaxName), strings.Repeat("b", intake.MaxName)
		s.Claim.Links = slices.Repeat([]string{strings.Repeat("c", intake.MaxLink)}, intake.MaxProof)
	})
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

func TestAnOwnerGetsTheirOwn(t *testing.T) {
	other := reporttest.Statement(func(s *report.Statement) { s.ID, s.Owner = "other", report.Party{ID: "other", Name: "Other"} })
	nobodys := reporttest.Statement(func(s *report.Statement) { s.ID, s.Owner = "nobody", report.Party{} })
	all := []report.Statement{reporttest.Statement(nil), other, nobodys}
	for owner, want := range map[string]int{"party": 1, "other": 1, "stranger": 0, "": 0} {
		r, withheld, err := report.For(report.Way{Route: tlp.Owner, Owner: owner}, reporttest.Now, all)
		if err != nil || len(r.Statements()) != want || len(withheld) != len(all)-want {
			t.Errorf("%q gets %d of %d, %d withheld, %v", owner, len(r.Statements()), len(all), len(withheld), err)
		}
	}
}

func TestTheNewestVersionLeaves(t *testing.T) {
	old, later := reporttest.Statement(nil), reporttest.Statement(func(s *report.Statement) { s.Version = 3 })
	r := reporttest.Release(t, later, old)
	if got := r.Statements(); len(got) != 1 || got[0].Version != 3 {
		t.Errorf("%d statements left", len(got))
	}
}

// When a new version may not leave, an old one that says otherwise does not leave in its place.
func TestTheDelayHoldsEachStatement(t *testing.T) {
	running := reporttest.Statement(func(s *report.Statement) { s.ID, s.Window.To = "running", reporttest.Now.Add(-time.Minute) })
	r, withheld, err := report.For(report.Way{Route: tlp.Authority}, reporttest.Now, []report.Statement{reporttest.Statement(nil), running})
	var why *tlp.Refusal
	if err != nil || len(r.Statements()) != 1 || len(withheld) != 1 || !errors.As(withheld[0].Why, &why) || why.Why != tlp.TooEarly {
		t.Errorf("%d left, withheld %v, %v", len(r.Statements()), withheld, err)
	}
}

func TestInPublicThereAreCountsAlone(t *testing.T) {
	red := reporttest.Statement(func(s *report.Statement) { s.ID, s.Label = "red", tlp.Red })
	theirs := reporttest.Statement(func(s *report.Statement) { s.ID, s.Received = "theirs", []tlp.Label{tlp.Amber} })
	r, withheld, err := report.For(report.Way{Route: tlp.Public}, reporttest.Now, append(reporttest.Statements(), red, theirs))
	if err != nil || len(r.Statements()) != 0 || len(withheld) != 2 {
		t.Errorf("%d statements, withheld %v, %v", len(r.Statements()), withheld, err)
	}
	if diff := cmp.Diff(report.Counts{Total: 7, Affected: 3, Standing: 3, Unknown: 1}, r.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// Beyond the owner and an authority nothing says which named sites still stand, whatever their label.
func TestWhoStandsIsNotPassedOn(t *testing.T) {
	all := reporttest.Statements()
	for i := range all {
		all[i].Label, all[i].Owner.ID = tlp.Clear, "party"
	}
	for route, standing := range map[tlp.Route]int{tlp.House: 3, tlp.Owner: 3, tlp.Authority: 3, tlp.Community: 0} {
		r, withheld, err := report.For(report.Way{Route: route, Owner: "party"}, reporttest.Now, all)
		got := 0
		for _, s := range r.Statements() {
			if s.Verdict.Stands() {
				got++
			}
		}
		if err != nil || got != standing || len(r.Statements())+len(withheld) != len(all) || len(withheld) != 3-standing {
			t.Errorf("to the %s: %d that stand, %d statements, withheld %v, error %v", route, got, len(r.Statements()), withheld, err)
		}
	}
}

func TestHead(t *testing.T) {
	for _, broken := range []func(h *report.Head){
		func(h *report.Head) { h.Hash = "" }, func(h *report.Head) { h.Signature = "" }, func(h *report.Head) { h.Key = "" }, func(h *report.Head) { h.Line = "" },
	} {
		h := reporttest.Head
		broken(&h)
		if _, _, err := report.For(report.Way{Head: &h}, reporttest.Now, nil); err == nil {
			t.Errorf("%+v goes along", h)
		}
	}
}

func TestTooMany(t *testing.T) {
	if _, _, err := report.For(report.Way{}, reporttest.Now, make([]report.Statement, report.MaxStatements+1)); err == nil {
		t.Error("no error")
	}
}

func TestTheStrictestLabelHolds(t *testing.T) {
	r := reporttest.Release(t, reporttest.Statement(func(s *report.Statement) { s.Label = tlp.Green }),
		reporttest.Statement(func(s *report.Statement) { s.ID, s.Label, s.Received = "b", tlp.Clear, []tlp.Label{tlp.Green} }))
	if got := r.Label(); got != tlp.Green {
		t.Errorf("label %s", got)
	}
}
