package page

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/reporttest"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

// incident returns a report that goes to an authority.
func incident(t *testing.T, change func(*report.Incident)) *report.IncidentRelease {
	t.Helper()
	claims := []report.Statement{reporttest.Statement(nil)}
	r, _, err := report.ForIncident(report.Way{Route: tlp.Authority, Early: "it is asked for"}, reporttest.Now, reporttest.Incident(change), claims)
	if err != nil {
		t.Fatal(err)
	}
	r.Incident().Head = "seawall-head-1 41"
	return &r
}

func TestIncidentGolden(t *testing.T) {
	r := incident(t, nil)
	for _, l := range seawall.Languages() {
		data, err := IncidentHTML(r, l, copenhagen)
		golden(t, "incident."+l.String()+".html", data, err)
		golden(t, "incident."+l.String()+".txt", IncidentText(r, l, copenhagen), nil)
	}
	data, err := IncidentJSON(r)
	golden(t, "incident.json", data, err)
}

// What others wrote is text, on paper and in a terminal.
func TestIncidentEscapes(t *testing.T) {
	const hostile = "<script>alert(1)</script> https://a.example.net/ \x1b[2J\u202e\r\n"
	r := incident(t, func(in *report.Incident) {
		in.Maker, in.Cause = hostile, report.Words{EN: hostile, DA: hostile}
		s := &in.Sites[0]
		s.Name, s.Owner.Name, s.Words = hostile, hostile, report.Words{EN: hostile, DA: hostile}
		s.ServedFrom, s.Listed[0].Feed, s.Activity[0].What = []string{hostile}, hostile, hostile
		s.Seen[0].Vantage, s.Seen[0].Network, s.Evidence[0].Kind = hostile, hostile, hostile
	})
	for _, l := range seawall.Languages() {
		data, err := IncidentHTML(r, l, nil)
		if err != nil {
			t.Fatal(err)
		}
		check(t, l, data)
		text := string(IncidentText(r, l, nil))
		if i := strings.IndexFunc(text, func(c rune) bool { return c != '\n' && (unicode.IsControl(c) || c == '\u202e') }); i >= 0 {
			t.Errorf("%s: there is a control character after %q", l, text[max(0, i-60):i])
		}
		if strings.Contains(strings.ReplaceAll(text, "[://]", ""), "://") {
			t.Errorf("%s: a link is whole", l)
		}
	}
	data, err := IncidentJSON(r)
	if err != nil || !json.Valid(data) {
		t.Errorf("JSON: %v", err)
	}
}

// An incident that is not over, of which little is known, says so and nothing else.
func TestIncidentOfWhichLittleIsKnown(t *testing.T) {
	r := incident(t, func(in *report.Incident) {
		in.Phase, in.Feeds = "ongoing", 0
		s := &in.Sites[0]
		*s = report.IncidentSite{Host: s.Host, Grade: "suspected_one_place", Began: report.Moment{Latest: s.Began.Latest}, Least: 60}
		in.Sites = in.Sites[:1]
	})
	text := string(IncidentText(r, seawall.English, nil))
	for _, want := range []string{
		"Began             not after 2025-11-17 12:16 UTC", "not over yet", "at least 1.0 min", englishTale.Limits[report.LimitUnlistened],
		"No edge and no provider has said",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q:\n%s", want, text)
		}
	}
	for _, unwanted := range []string{englishTale.Seen, englishTale.Listed, "0001"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("the text says %q", unwanted)
		}
	}
}

// An incident that is closed without an end, since nobody measured it to that, is not called one that goes on.
func TestIncidentWithoutAnEnd(t *testing.T) {
	text := string(IncidentText(incident(t, func(in *report.Incident) { in.Sites[0].Ended = report.Moment{} }), seawall.English, nil))
	if !strings.Contains(text, "not known") || strings.Contains(text, "not over") || !strings.Contains(text, englishTale.Limits[report.LimitEnd]) {
		t.Errorf("the text says\n%s", text)
	}
}

func TestBothLanguagesTellEverything(t *testing.T) {
	for l, w := range telling {
		v := reflect.ValueOf(w)
		for i := range v.NumField() {
			f := v.Field(i)
			if f.IsZero() || f.Kind() == reflect.Map && f.Len() != reflect.ValueOf(englishTale).Field(i).Len() {
				t.Errorf("%s does not say all of %s", l, v.Type().Field(i).Name)
			}
		}
		for _, limit := range report.Limits() {
			if w.Limits[limit] == "" {
				t.Errorf("%s has no words for %s", l, limit)
			}
		}
	}
}
