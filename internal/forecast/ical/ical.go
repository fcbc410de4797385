// Package ical reads what calendars say of days to come (iCalendar, RFC 5545): when something is, in which country, and whether it is an election.
//
// It is lenient about what calendars are like and strict about what is kept: events it cannot use are left out and counted by reason. An election enters
// by a rule that does not look at attack lists: it has a category ELECTION, or somebody says that the file holds elections; a country; and the URL where
// it is announced. Rules of recurrence are not followed: the first occurrence is taken, and they are counted.
package ical

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
)

// Bounds of a calendar.
const (
	MaxBytes  = 512 << 10
	MaxEvents = 1000
	maxUID    = 255 // bytes (RFC 7986, section 5.3)
	maxTitle  = 200
	maxURL    = 500
	longest   = 366 * 24 * time.Hour
)

// CountryProperty is the property of an event that says its country, as hosts end in it: "dk".
const CountryProperty = "X-SEAWALL-COUNTRY"

// Options say what holds for events that do not say it themselves.
type Options struct {
	Country  string // as hosts end in it, "dk"; "" for none
	Source   string // URL where it is announced; "" for none
	Election bool   // every event is an election
	// Zone is that of dates and of times without a zone; nil means UTC.
	Zone *time.Location
}

// Event is something whose time is known ahead.
type Event struct {
	UID         string
	From, Until time.Time // in UTC; Until is after From, or the same where no end is known
	Election    bool
	Country     string
	Title       string
	Source      string
}

// Result is what a calendar says.
type Result struct {
	Events    []Event        // in order of time and UID
	Skipped   map[string]int // events that were left out, by reason
	Recurring int            // events of which the first occurrence alone was taken
}

// Reasons for leaving an event out.
const (
	noUID        = "no_uid"
	noStart      = "no_start"
	badTime      = "bad_time"
	tooLong      = "too_long"
	badCountry   = "bad_country"
	badSource    = "bad_url"
	noCountry    = "election_without_country"
	noSource     = "election_without_url"
	cancelled    = "cancelled"
	twice        = "same_uid_and_start"
	tooMany      = "too_many_events"
	notAnEvent   = "not_an_event"
	eventOfOther = "part_of_a_series"
	duration     = "duration_instead_of_end" // it is not followed
)

// ErrTooLarge says that a calendar is not read because it has too many bytes.
var ErrTooLarge = fmt.Errorf("more than %d bytes", MaxBytes)

// Read reads a calendar.
func Read(raw []byte, o Options) (Result, error) {
	r := Result{Skipped: make(map[string]int)}
	if len(raw) > MaxBytes {
		return r, ErrTooLarge
	}
	if err := o.check(); err != nil {
		return r, err
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	cal, err := ics.ParseCalendarWithOptions(bytes.NewReader(raw), ics.WithUnknownPropertyHandler(ics.AcceptUnknownPropertyHandler))
	if err != nil {
		return r, fmt.Errorf("it is no iCalendar file: %w", err)
	}
	if !bytes.Contains(raw, []byte("END:VCALENDAR")) {
		return r, errors.New("it is no iCalendar file, or only the beginning of one")
	}
	for _, c := range cal.Components {
		v, ok := c.(*ics.VEvent)
		switch {
		case !ok:
			if _, zone := c.(*ics.VTimezone); !zone {
				r.Skipped[notAnEvent]++
			}
		case len(r.Events) == MaxEvents:
			r.Skipped[tooMany]++
		default:
			r.add(v, &o)
		}
	}
	slices.SortFunc(r.Events, func(a, b Event) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.UID, b.UID)) })
	n := len(r.Events)
	r.Events = slices.CompactFunc(r.Events, func(a, b Event) bool { return a.UID == b.UID && a.From.Equal(b.From) })
	if n > len(r.Events) {
		r.Skipped[twice] += n - len(r.Events)
	}
	return r, nil
}

func (o *Options) check() error {
	if o.Country != "" && !isCountry(o.Country) {
		return fmt.Errorf("country %.20q is not two small letters, as hosts end in it", o.Country)
	}
	if o.Source != "" && !isURL(o.Source) {
		return fmt.Errorf("source %.80q is not the URL of a page", o.Source)
	}
	return nil
}

// add takes an event, or counts why not.
func (r *Result) add(v *ics.VEvent, o *Options) {
	e, why := read(v, o)
	if why != "" {
		r.Skipped[why]++
		return
	}
	if v.GetProperty(ics.ComponentPropertyRrule) != nil || v.GetProperty(ics.ComponentPropertyRdate) != nil {
		r.Recurring++
	}
	r.Events = append(r.Events, e)
}

// read returns an event, or why it is left out.
func read(v *ics.VEvent, o *Options) (e Event, why string) {
	e.UID = v.Id()
	e.Title = clean(value(v, ics.ComponentPropertySummary), maxTitle)
	e.Country = strings.ToLower(cmp.Or(value(v, CountryProperty), o.Country))
	e.Source = cmp.Or(value(v, ics.ComponentPropertyUrl), o.Source)
	e.Election = o.Election || slices.ContainsFunc(v.GetProperties(ics.ComponentPropertyCategories), isElection)
	switch {
	case e.UID == "" || e.UID != clean(e.UID, maxUID):
		return e, noUID
	case strings.EqualFold(value(v, ics.ComponentPropertyStatus), "CANCELLED"):
		return e, cancelled
	case v.GetProperty(ics.ComponentPropertyRecurrenceId) != nil:
		return e, eventOfOther
	case e.Country != "" && !isCountry(e.Country):
		return e, badCountry
	case e.Source != "" && !isURL(e.Source):
		return e, badSource
	case e.Election && e.Country == "":
		return e, noCountry
	case e.Election && e.Source == "":
		return e, noSource
	}
	e.From, e.Until, why = span(v, o.Zone)
	return e, why
}

// span returns when an event begins and ends (RFC 5545, section 3.6.1): a date alone lasts that day, a time alone no time.
func span(v *ics.VEvent, zone *time.Location) (from, until time.Time, why string) {
	start := v.GetProperty(ics.ComponentPropertyDtStart)
	if start == nil {
		return from, until, noStart
	}
	from, date, ok := moment(start, zone)
	if !ok {
		return from, until, badTime
	}
	until = from
	if date {
		until = from.AddDate(0, 0, 1)
	}
	if end := v.GetProperty(ics.ComponentPropertyDtEnd); end != nil {
		if until, _, ok = moment(end, zone); !ok {
			return from, until, badTime
		}
	} else if v.GetProperty(ics.ComponentPropertyDuration) != nil {
		return from, until, duration
	}
	switch {
	case until.Before(from):
		return from, until, badTime
	case until.Sub(from) > longest:
		return from, until, tooLong
	}
	return from.UTC(), until.UTC(), ""
}

// moment returns a time of a property, and whether it is a date.
func moment(p *ics.IANAProperty, zone *time.Location) (t time.Time, date, ok bool) {
	if names := p.ICalParameters["TZID"]; len(names) > 0 {
		named, err := time.LoadLocation(names[0])
		if err != nil || names[0] == "Local" {
			return t, false, false
		}
		zone = named
	}
	for layout, in := range map[string]*time.Location{"20060102T150405Z": time.UTC, "20060102T150405": zone, "20060102": zone} {
		if len(layout) != len(p.Value) {
			continue
		}
		t, err := time.ParseInLocation(layout, p.Value, in)
		return t, len(layout) == len("20060102"), err == nil && t.Year() >= 1970 && t.Year() < 2200
	}
	return t, false, false
}

func value(v *ics.VEvent, name ics.ComponentProperty) string {
	p := v.GetProperty(name)
	if p == nil {
		return ""
	}
	return strings.TrimSpace(ics.FromText(p.Value))
}

func isElection(p *ics.IANAProperty) bool {
	return slices.ContainsFunc(strings.Split(p.Value, ","), func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), "ELECTION") })
}

func isCountry(s string) bool {
	return len(s) == 2 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxURL && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// clean returns one line of printable text of at most so many bytes.
func clean(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " ")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	for len(s) > most {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
