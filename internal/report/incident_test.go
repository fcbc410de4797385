package report_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/reporttest"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

// hosts returns of which sites a report tells.
func hosts(r *report.IncidentRelease) (all []string) {
	for _, s := range r.Incident().Sites {
		all = append(all, s.Host)
	}
	return all
}

func TestAnIncidentLeavesByTheRules(t *testing.T) {
	closing := func(in *report.Incident) time.Time { return in.Sites[0].Ended.Latest }
	tests := []struct {
		name   string
		way    report.Way
		change func(*report.Incident)
		early  bool // the report is asked for a minute after the end
		why    tlp.Reason
		want   []string
	}{
		{name: "to an authority", way: report.Way{Route: tlp.Authority}, want: []string{"www.party.example", "www.news.example"}},
		{name: "to an owner, of the owner's site", way: report.Way{Route: tlp.Owner, Owner: "news"}, want: []string{"www.news.example"}},
		{name: "to nobody in particular", way: report.Way{Route: tlp.Owner}},
		{name: "to another owner", way: report.Way{Route: tlp.Owner, Owner: "bakery"}},
		{name: "in public", way: report.Way{Route: tlp.Public}, change: func(in *report.Incident) { in.Label = tlp.Clear }},
		{name: "further than its label", way: report.Way{Route: tlp.Community}, why: tlp.TooStrict},
		{
			name: "to a community", way: report.Way{Route: tlp.Community}, change: func(in *report.Incident) { in.Label = tlp.Clear },
			want: []string{"www.party.example", "www.news.example"},
		},
		{name: "who stands, to a community", way: report.Way{Route: tlp.Community}, change: func(in *report.Incident) { in.Label, in.Kind = tlp.Clear, "protected" }},
		{
			name: "who stands, to an authority", way: report.Way{Route: tlp.Authority}, change: func(in *report.Incident) { in.Kind = "protected" },
			want: []string{"www.party.example", "www.news.example"},
		},
		{name: "too early", way: report.Way{Route: tlp.Authority}, early: true, why: tlp.TooEarly},
		{name: "early, for a reason", way: report.Way{Route: tlp.Authority, Early: "they asked"}, early: true, want: []string{"www.party.example", "www.news.example"}},
		{name: "not over", way: report.Way{Route: tlp.Authority}, change: func(in *report.Incident) { in.Sites[1].Ended = report.Moment{} }, why: tlp.Unfinished},
		{name: "withdrawn", way: report.Way{Route: tlp.Authority}, change: func(in *report.Incident) { in.Phase = "withdrawn" }},
		{
			name: "withdrawn, in the house", way: report.Way{Route: tlp.House}, change: func(in *report.Incident) { in.Phase = "withdrawn" },
			want: []string{"www.party.example", "www.news.example"},
		},
	}
	for _, tt := range tests {
		in := reporttest.Incident(tt.change)
		now := reporttest.Now
		if tt.early {
			now = closing(&in).Add(time.Minute)
		}
		r, _, err := report.ForIncident(tt.way, now, in, nil)
		if diff := cmp.Diff(tt.want, hosts(&r)); diff != "" || (err == nil) != (tt.want != nil) {
			t.Errorf("%s: error %v (-want +got)\n%s", tt.name, err, diff)
		}
		refusal, isRefusal := errors.AsType[*tlp.Refusal](err)
		if isRefusal != (tt.why != "") || isRefusal && refusal.Why != tt.why {
			t.Errorf("%s: got error %v, want %q", tt.name, err, tt.why)
		}
	}
}

// What was given to us under a label that does not reach as far is left out by itself; what reaches as far makes the report as strict as it is.
func TestAnIncidentLeavesOutWhatIsOthers(t *testing.T) {
	in := reporttest.Incident(func(in *report.Incident) { in.Label = tlp.Clear })
	claims := []report.Statement{
		reporttest.Statement(func(s *report.Statement) {
			s.Host, s.Label, s.Received = "party.example", tlp.Clear, []tlp.Label{tlp.AmberStrict}
		}),
		reporttest.Statement(func(s *report.Statement) { s.ID, s.Label = "claim-1/party", tlp.Clear }),
		reporttest.Statement(func(s *report.Statement) { s.ID, s.Host = "claim-1/bakery", "www.bakery.example" }),
	}
	r, withheld, err := report.ForIncident(report.Way{Route: tlp.Owner, Owner: "party"}, reporttest.Now, in, claims)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range withheld {
		names = append(names, w.ID)
	}
	if want := []string{"claim-1/www.party.example", "listing of www.party.example in closed"}; !slices.Equal(names, want) {
		t.Errorf("withheld: got %q, want %q", names, want)
	}
	out := r.Incident()
	if out.Label != tlp.Green {
		t.Errorf("got %s, want the label of the feed", out.Label)
	}
	s := out.Sites[0]
	if len(s.Listed) != 1 || s.Listed[0].Feed != "open" || len(s.Claimed) != 1 || s.Claimed[0].ID != "claim-1/party" {
		t.Errorf("got listings %v, claims %v", s.Listed, s.Claimed)
	}
	if len(s.Evidence) != 1+len(claims[1].Evidence) {
		t.Errorf("got evidence %v, want that of the claim as well", s.Evidence)
	}
	if !slices.Contains(out.Limits, report.LimitWithheld) {
		t.Errorf("the report does not say that something is left out: %v", out.Limits)
	}
	if len(in.Sites[0].Listed) != 2 || len(in.Sites[0].Evidence) != 1 {
		t.Error("what was given was changed")
	}
}

func TestAnIncidentSaysWhatIsNotKnown(t *testing.T) {
	always := []report.Limit{report.LimitSampling, report.LimitCause, report.LimitBlind}
	tests := []struct {
		change func(*report.Incident)
		want   report.Limit
	}{
		{nil, ""},
		{func(in *report.Incident) { in.Feeds = 0 }, report.LimitUnlistened},
		{func(in *report.Incident) { in.Phase, in.Sites[0].Ended = "ongoing", report.Moment{} }, report.LimitOngoing},
		{func(in *report.Incident) { in.Sites[0].Ended = report.Moment{} }, report.LimitEnd},
		{func(in *report.Incident) { in.Sites[1].Began.Earliest = time.Time{} }, report.LimitBeginning},
		{func(in *report.Incident) { in.Sites[1].Grade = "suspected_one_place" }, report.LimitOnePlace},
		{func(in *report.Incident) { in.Sites[1].Grade = "suspected_unchecked" }, report.LimitUnchecked},
		{func(in *report.Incident) { in.Sites[1].Cut = true }, report.LimitForgotten},
		{func(in *report.Incident) { in.Sites[1].Seen[0].Country = "SE" }, report.LimitNoHome},
		{func(in *report.Incident) { in.Sites[1].Activity = nil }, report.LimitNoInsider},
	}
	for _, tt := range tests {
		in := reporttest.Incident(tt.change)
		for i := range in.Sites {
			in.Sites[i].Listed = nil
		}
		r, _, err := report.ForIncident(report.Way{Route: tlp.House}, reporttest.Now, in, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range report.Limits() {
			if got, want := slices.Contains(r.Incident().Limits, l), l == tt.want || slices.Contains(always, l); got != want {
				t.Errorf("%q: %s is said: %v, want %v", tt.want, l, got, want)
			}
		}
	}
}
