package store

import (
	"context"
	"time"
)

// KeptForecast is a forecast as it is kept. It never changes; only what became of it is added, once.
type KeptForecast struct {
	ID          string
	Event       string
	Kind, Name  string // of the population
	From, Until time.Time
	Of          string // the forecast that an analyst's own stands beside; "" for none
	Content     []byte // what is sealed, at most [MaxDoc]
	Salt        [32]byte
	Seal        [32]byte
	Sealed      time.Time // when the ledger's entry was made
	Entry       uint64    // of the ledger, that holds the seal

	Resolution *Resolution // nil while it is open; not written with a forecast
}

// Resolution is what became of a forecast.
type Resolution struct {
	Forecast string
	At       time.Time
	Outcome  string
	Why      string
}

// ForecastFilter says which forecasts are asked for. The zero value means all.
type ForecastFilter struct {
	Open  bool      // only those that were not resolved
	Over  time.Time // only those whose window ended at this time or earlier
	Since time.Time // only those whose window ends after this time
	Until time.Time // only those sealed before this time
	Event string
	Kind  string // of population
	Name  string // of population
	Limit int    // the most that is returned; 0 for all
}

// MaxUID is how many bytes the UID of a calendar's entry has at most (RFC 7986, section 5.3).
const MaxUID = 255

// CalendarEntry is something whose time is known ahead. Every one was read from a calendar that somebody handed in.
type CalendarEntry struct {
	UID      string // of the calendar
	From     time.Time
	Until    time.Time // not before From
	Election bool
	Country  string // as in names, "dk"; empty for no country in particular
	Title    string
	Source   string // where that is said: a URL, or the name of the file
	Added    time.Time
}

// Forecasts keeps what was said of the time to come, what became of it, and the calendar.
type Forecasts interface {
	// Forecasts, and what became of them, are written by [Claims.RecordClaims]. One whose ID is there already is an error, and so is one that was not
	// sealed before its window opened, or a second resolution of one: nothing is written then. A resolution of one that is not there is [ErrNotFound].

	// Forecast returns one; [ErrNotFound] when there is none.
	Forecast(ctx context.Context, id string) (KeptForecast, error)
	// Forecasts returns those that f lets through, the latest sealed first, then in order of ID.
	Forecasts(ctx context.Context, f ForecastFilter) ([]KeptForecast, error)
	// PutCalendar adds entries, or replaces those of the same UID and beginning.
	PutCalendar(ctx context.Context, all []CalendarEntry) error
	// Calendar returns the entries that overlap [from, until), in order of time and UID; a zero time is no border.
	Calendar(ctx context.Context, from, until time.Time) ([]CalendarEntry, error)
	// RemoveCalendar removes every entry of a UID and returns how many there were.
	RemoveCalendar(ctx context.Context, uid string) (int, error)
}
