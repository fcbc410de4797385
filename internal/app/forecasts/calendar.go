package forecasts

import (
	"context"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/forecast/ical"
	"github.com/seawall-project/seawall/internal/store"
)

// MaxCalendar is how many bytes a calendar has at most.
const MaxCalendar = ical.MaxBytes

// Calendar is an iCalendar file that is handed in, and what holds for events that do not say it themselves.
type Calendar struct {
	Raw      []byte `json:"raw"`
	Name     string `json:"name"`               // of the file
	Country  string `json:"country,omitempty"`  // as hosts end in it
	Source   string `json:"source,omitempty"`   // URL where it is announced
	Election bool   `json:"election,omitempty"` // every event is one
}

// CalendarTaken is what came of it.
type CalendarTaken struct {
	Entries   int            `json:"entries"`
	Elections int            `json:"elections"`
	Recurring int            `json:"recurring"` // of which the first occurrence alone was taken
	Skipped   map[string]int `json:"skipped"`   // by reason
}

// calendarIn does [CalendarIn]: events come into the calendar, or replace what was known of them.
func (d *Desk) calendarIn(ctx context.Context, in Calendar) (CalendarTaken, error) {
	r, err := ical.Read(in.Raw, ical.Options{Country: in.Country, Source: in.Source, Election: in.Election, Zone: zone()})
	if err != nil {
		return CalendarTaken{}, desk.Refuse("%.200s: %v", in.Name, err)
	}
	out := CalendarTaken{Entries: len(r.Events), Recurring: r.Recurring, Skipped: r.Skipped}
	now := d.Now().UTC()
	var all []store.CalendarEntry
	for _, e := range r.Events {
		if e.Election {
			out.Elections++
		}
		all = append(all, store.CalendarEntry{
			UID: e.UID, From: e.From, Until: e.Until, Election: e.Election, Country: e.Country, Title: e.Title, Source: e.Source, Added: now,
		})
	}
	return out, d.Store.PutCalendar(ctx, all)
}

// Span is a part of the calendar; a zero time is no border.
type Span struct {
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// Dated is an entry of the calendar for a person.
type Dated struct {
	UID      string    `json:"uid"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Election bool      `json:"election"`
	Country  string    `json:"country"`
	Title    string    `json:"title"`
	Source   string    `json:"source"`
	Added    time.Time `json:"added"`
}

// calendarOut does [CalendarOut], in order of time.
func (d *Desk) calendarOut(ctx context.Context, in Span) ([]Dated, error) {
	kept, err := d.Store.Calendar(ctx, in.From, in.Until)
	all := []Dated{}
	for _, e := range kept {
		all = append(all, Dated(e))
	}
	return all, err
}

// Removing names what goes from the calendar.
type Removing struct {
	UID string `json:"uid"`
}

// Removed is how many entries went.
type Removed struct {
	Entries int `json:"entries"`
}

// calendarOff does [CalendarOff].
func (d *Desk) calendarOff(ctx context.Context, in Removing) (Removed, error) {
	n, err := d.Store.RemoveCalendar(ctx, in.UID)
	if err == nil && n == 0 {
		return Removed{}, desk.Refuse("nothing in the calendar has the UID %.80q; \"seawall forecast calendar list\" shows all", in.UID)
	}
	return Removed{n}, err
}
