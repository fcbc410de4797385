package ddosia

import (
	"encoding/hex"
	"regexp"
	"time"
	_ "time/tzdata" // the clock below has to be right on machines without a table of time zones
)

// nameTimes are the ways in which the names of lists begin.
var nameTimes = []struct {
	looks  *regexp.Regexp
	layout string
}{
	{regexp.MustCompile(`^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d`), "2006-01-02_15-04-05"},
	{regexp.MustCompile(`^\d\d-\d\d-\d{4}_\d\d-\d\d-\d\d`), "02-01-2006_15-04-05"},
}

// Zone returns the zone of the clock that names lists: Luxembourg's.
func Zone() *time.Location { return luxembourg }

var luxembourg = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Luxembourg")
	if err != nil {
		panic("ddosia: the embedded table of time zones is damaged: " + err.Error())
	}
	return zone
}()

// Fetched returns when a list of this name was fetched, in UTC, by Luxembourg's clock; ok is false when the name does not begin with a time. Of
// an hour that the clock shows twice the first is meant.
func Fetched(name string) (at time.Time, ok bool) {
	at = fetched(name, time.Time{})
	return at, !at.IsZero()
}

// fetched returns when a list was fetched by its name: the first reading of it at which the youngest of its orders had been made. The first is
// Luxembourg's clock, the second the same where that clock shows an hour twice, the last is UTC, by which a few lists are named. Where no
// reading is late enough the first counts, for orders may say what they like.
func fetched(name string, youngest time.Time) time.Time {
	readings := readings(name)
	for _, at := range readings {
		if !at.Before(youngest) {
			return at
		}
	}
	if len(readings) == 0 {
		return time.Time{}
	}
	return readings[0]
}

// readings returns what a name may mean, the likeliest first.
func readings(name string) []time.Time {
	for _, n := range nameTimes {
		text := n.looks.FindString(name)
		if text == "" {
			continue
		}
		utc, err := time.Parse(n.layout, text)
		if err != nil {
			return nil
		}
		var all []time.Time
		for _, offset := range []time.Duration{2 * time.Hour, time.Hour} { // summer's, then winter's
			if at := utc.Add(-offset); at.In(luxembourg).Format(n.layout) == text {
				all = append(all, at)
			}
		}
		if len(all) == 0 {
			all = append(all, utc.Add(-time.Hour)) // an hour that the clock leaves out
		}
		return append(all, utc)
	}
	return nil
}

// Made returns when the order was made, by the time in its identifier (an ObjectID's first four bytes, BSON specification), in UTC; zero when
// it has none that could be one.
func (e *Entry) Made() time.Time {
	for _, id := range []string{e.RequestID, e.TargetID} {
		var b [12]byte
		if len(id) != 2*len(b) {
			continue
		}
		if _, err := hex.Decode(b[:], []byte(id)); err != nil {
			continue
		}
		at := time.Unix(int64(b[0])<<24|int64(b[1])<<16|int64(b[2])<<8|int64(b[3]), 0).UTC()
		if at.Year() >= firstYear {
			return at
		}
	}
	return time.Time{}
}

// firstYear is the first of which an order's time is believed: the tool was made later.
const firstYear = 2020
