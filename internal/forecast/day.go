package forecast

import (
	"fmt"
	"time"
)

// Day is a civil date, as days since 1 January 1970. It has no time zone: it is the date that a list's name says.
type Day int

const dayFormat = "2006-01-02"

// DayOf returns the date that t shows in its own time zone.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads a date as "2006-01-02".
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(dayFormat, text)
	if err != nil {
		return 0, fmt.Errorf("date %q is not written as 2024-05-31", text)
	}
	return DayOf(t), nil
}

// Time returns the day's first moment in UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return d.Time().Weekday() }

// String returns the date as "2006-01-02".
func (d Day) String() string { return d.Time().Format(dayFormat) }

// MarshalText writes the date as [Day.String].
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [Day.MarshalText] writes.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}
