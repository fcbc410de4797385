package ical

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// calendar puts events into a calendar.
func calendar(events ...string) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n")
	for _, e := range events {
		b.WriteString("BEGIN:VEVENT\r\n" + strings.ReplaceAll(strings.TrimSpace(e), "\n", "\r\n") + "\r\nEND:VEVENT\r\n")
	}
	return []byte(b.String() + "END:VCALENDAR\r\n")
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestRead(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Luxembourg")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Read(calendar(`
UID:local@example.org
SUMMARY:An invented election\, in
  two lines
DTSTART;VALUE=DATE:20251118
DTEND;VALUE=DATE:20251119
CATEGORIES:Politics,Election
X-SEAWALL-COUNTRY:DK
URL:https://example.org/elections`, `
UID:debate@example.org
SUMMARY:A debate
DTSTART;TZID=Europe/Helsinki:20251116T200000
DTEND:20251116T193000Z
X-SEAWALL-COUNTRY:fi`, `
UID:day@example.org
DTSTART:20250701`, `
UID:often@example.org
DTSTART:20250702T120000
RRULE:FREQ=SECONDLY`), Options{Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	want := []Event{
		{UID: "day@example.org", From: at("2025-06-30T22:00:00Z"), Until: at("2025-07-01T22:00:00Z")},
		{UID: "often@example.org", From: at("2025-07-02T10:00:00Z"), Until: at("2025-07-02T10:00:00Z")},
		{UID: "debate@example.org", From: at("2025-11-16T18:00:00Z"), Until: at("2025-11-16T19:30:00Z"), Country: "fi", Title: "A debate"},
		{
			UID: "local@example.org", From: at("2025-11-17T23:00:00Z"), Until: at("2025-11-18T23:00:00Z"), Election: true, Country: "dk",
			Title: "An invented election, in two lines", Source: "https://example.org/elections",
		},
	}
	if diff := cmp.Diff(want, r.Events); diff != "" || r.Recurring != 1 || len(r.Skipped) != 0 {
		t.Errorf("%d recurring, skipped %v (-want +got):\n%s", r.Recurring, r.Skipped, diff)
	}
}

// TestSkipped: what cannot be used is counted by its reason, and nothing else is kept of it.
func TestSkipped(t *testing.T) {
	for why, event := range map[string]string{
		noUID:        "SUMMARY:x\nDTSTART:20250701",
		noStart:      "UID:a",
		badTime:      "UID:a\nDTSTART:20250231",
		tooLong:      "UID:a\nDTSTART:20250101\nDTEND:20270101",
		badCountry:   "UID:a\nDTSTART:20250701\nX-SEAWALL-COUNTRY:DNK",
		badSource:    "UID:a\nDTSTART:20250701\nURL:javascript:alert(1)",
		noCountry:    "UID:a\nDTSTART:20250701\nCATEGORIES:ELECTION\nURL:https://example.org/",
		noSource:     "UID:a\nDTSTART:20250701\nCATEGORIES:ELECTION\nX-SEAWALL-COUNTRY:dk",
		cancelled:    "UID:a\nDTSTART:20250701\nSTATUS:CANCELLED",
		duration:     "UID:a\nDTSTART:20250701\nDURATION:P1D",
		eventOfOther: "UID:a\nDTSTART:20250701\nRECURRENCE-ID:20250630",
	} {
		r, err := Read(calendar(event), Options{})
		if err != nil || len(r.Events) != 0 || r.Skipped[why] != 1 {
			t.Errorf("%s: got %+v, error %v", why, r, err)
		}
	}
	for _, bad := range []string{
		"DTSTART:20250701T250000Z", "DTSTART;TZID=Nowhere/Else:20250701T120000", "DTSTART:20250702\nDTEND:20250701", "DTSTART:99990101",
		"DTSTART;TZID=Local:20250701T120000",
	} {
		if r, err := Read(calendar("UID:a\n"+bad), Options{}); err != nil || r.Skipped[badTime] != 1 {
			t.Errorf("%q: got %+v, error %v", bad, r, err)
		}
	}
	if r, err := Read(calendar("UID:a\nDTSTART:20250701", "UID:a\nDTSTART:20250701"), Options{}); err != nil || len(r.Events) != 1 || r.Skipped[twice] != 1 {
		t.Errorf("twice: got %+v, error %v", r, err)
	}
}

func TestOptions(t *testing.T) {
	o := Options{Country: "dk", Source: "https://example.org/", Election: true}
	r, err := Read(calendar("UID:a\nDTSTART:20250701", "UID:b\nDTSTART:20250702\nX-SEAWALL-COUNTRY:fi\nURL:https://example.net/"), o)
	if err != nil || len(r.Events) != 2 || r.Events[0].Country != "dk" || r.Events[0].Source != "https://example.org/" || r.Events[1].Country != "fi" ||
		r.Events[1].Source != "https://example.net/" || !r.Events[1].Election {
		t.Errorf("got %+v, error %v", r, err)
	}
	for _, o := range []Options{{Country: "DK"}, {Country: "dnk"}, {Source: "a file"}, {Source: "https://jane:secret@example.org/"}} {
		if _, err := Read(calendar(), o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

func TestBounds(t *testing.T) {
	if _, err := Read(make([]byte, MaxBytes+1), Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got error %v, want %v", err, ErrTooLarge)
	}
	for _, raw := range []string{"", "hello", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n", strings.Repeat("BEGIN:VEVENT\n", 30_000)} {
		if _, err := Read([]byte(raw), Options{}); err == nil {
			t.Errorf("%.30q was read", raw)
		}
	}
	var many []string
	for i := range MaxEvents + 5 {
		many = append(many, fmt.Sprintf("UID:%d\nDTSTART:20250701", i))
	}
	if r, err := Read(calendar(many...), Options{}); err != nil || len(r.Events) != MaxEvents || r.Skipped[tooMany] != 5 {
		t.Errorf("got %d events, skipped %v, error %v", len(r.Events), r.Skipped, err)
	}
	if deep := strings.Repeat("BEGIN:X-A\r\n", 40_000); len(deep) < MaxBytes {
		_, _ = Read(append([]byte("BEGIN:VCALENDAR\r\n"), deep...), Options{}) // it comes to an end
	}
}

func FuzzRead(f *testing.F) {
	f.Add(calendar("UID:a@example.org\nDTSTART;TZID=Europe/Copenhagen:20250701T120000\nDTEND:20250701T120000Z\nCATEGORIES:ELECTION\nSUMMARY:x\\, y"))
	f.Add(calendar("UID:b\nDTSTART;VALUE=DATE:20250701\nURL:https://example.org/\nX-SEAWALL-COUNTRY:dk\nRRULE:FREQ=DAILY"))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nEND:VTIMEZONE\nEND:VCALENDAR"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Read(raw, Options{})
		if err != nil {
			return
		}
		if len(r.Events) > MaxEvents {
			t.Fatalf("%d events", len(r.Events))
		}
		for _, e := range r.Events {
			if e.UID == "" || len(e.UID) > maxUID || len(e.Title) > maxTitle || e.Until.Before(e.From) || e.Until.Sub(e.From) > longest ||
				e.Election && (e.Country == "" || e.Source == "") {
				t.Fatalf("got %+v", e)
			}
		}
	})
}
