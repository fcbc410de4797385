package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seawall-project/seawall"
)

func version(s string) (int, *fault) {
	if s != strconv.Itoa(Version) {
		return 0, &fault{quote(s) + " is not supported", fmt.Sprintf("write %d, or use the Seawall that the file was written for", Version)}
	}
	return Version, nil
}

var units = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
}

const minMemory = 1 << 20 // bytes

// size parses a whole number of bytes with its unit, such as "64MiB".
func size(s string) (int64, *fault) {
	number, unit := split(s)
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || strings.ContainsAny(unit, ".,_") {
		return 0, &fault{quote(s) + " is not a size", "write a whole number and its unit, such as 64MiB"}
	}
	for _, u := range units {
		switch {
		case unit != u.name:
		case n > math.MaxInt64/u.bytes:
			return 0, &fault{quote(s) + " is more than can be counted", "write a smaller size"}
		case n*u.bytes < minMemory:
			return 0, &fault{quote(s) + " is too little", "write 1MiB or more"}
		default:
			return n * u.bytes, nil
		}
	}
	return 0, unitFault(s, unit, number+meantSize(unit))
}

// meantSize returns the unit that a wrong one seems to mean.
func meantSize(unit string) string {
	unit = strings.TrimSpace(unit)
	for _, u := range units {
		if strings.EqualFold(u.name, unit) || strings.EqualFold(u.name[:1]+"iB", unit+"iB") {
			return u.name
		}
	}
	return "MiB"
}

const maxStale = 30 * 24 * time.Hour

// staleness is how long stale answers may be served, and whether even where they forbid it.
type staleness struct {
	max    time.Duration
	always bool
}

// stale parses it: a duration with units, "off", or "always", which is as long as by default and also where answers forbid it.
func stale(s string) (staleness, *fault) {
	switch s {
	case "off":
		return staleness{}, nil
	case "always":
		return staleness{DefaultStale, true}, nil
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return staleness{}, durationFault(s)
	case d < time.Second:
		return staleness{}, &fault{quote(s) + " is less than a second", "write off, or a duration such as 24h"}
	case d > maxStale:
		return staleness{}, tooStale(s)
	}
	return staleness{max: d}, nil
}

func durationFault(s string) *fault {
	number, unit := split(s)
	n, err := strconv.Atoi(number)
	step, letter := meantDuration(unit)
	meant := time.Duration(min(n, 10_000)) * step // bounded against overflow, still beyond maxStale in hours
	switch {
	case err != nil || letter == "":
		return &fault{quote(s) + " is not a duration", "write a number and its unit, such as 24h, or off"}
	case meant > maxStale && unit == "":
		return &fault{quote(s) + " has no unit", "write a number and its unit, such as 24h"}
	case meant > maxStale:
		return tooStale(s)
	case letter == "h":
		n *= int(step / time.Hour)
	}
	return unitFault(s, unit, strconv.Itoa(n)+letter)
}

// meantDuration returns what a wrong unit seems to mean, and the letter to write it with; hours when there is none.
func meantDuration(unit string) (step time.Duration, letter string) {
	switch strings.ToLower(strings.TrimSpace(unit)) {
	case "w", "week", "weeks":
		return 7 * 24 * time.Hour, "h"
	case "d", "day", "days":
		return 24 * time.Hour, "h"
	case "", "h", "hour", "hours":
		return time.Hour, "h"
	case "m", "min", "minute", "minutes":
		return time.Minute, "m"
	case "s", "sec", "second", "seconds":
		return time.Second, "s"
	}
	return 0, ""
}

func tooStale(s string) *fault {
	return &fault{quote(s) + " is longer than 30 days", fmt.Sprintf("write %dh or less", int(maxStale.Hours()))}
}

func unitFault(s, unit, meant string) *fault {
	if unit == "" {
		return &fault{quote(s) + " has no unit", "write " + meant}
	}
	return &fault{quote(s) + " has a unit unknown here", "write " + meant}
}

// split parts the digits at the beginning of s from the rest.
func split(s string) (number, unit string) {
	unit = strings.TrimLeft(s, "0123456789")
	return s[:len(s)-len(unit)], unit
}

func tlsMode(s string) (TLS, *fault) {
	switch mode := TLS(s); mode {
	case TLSACME, TLSInternal, TLSOff:
		return mode, nil
	}
	return "", &fault{quote(s) + " is not a value of tls", fmt.Sprintf("write %s, %s or %s, or cert and key below it", TLSACME, TLSInternal, TLSOff)}
}

func ordersMode(s string) (Orders, *fault) {
	switch mode := Orders(s); mode {
	case OrdersAsk, OrdersAuto, OrdersOff:
		return mode, nil
	}
	return "", &fault{quote(s) + " is not a value of orders", fmt.Sprintf("write %s, %s or %s", OrdersAsk, OrdersAuto, OrdersOff)}
}

// onOff parses a switch.
func onOff(s string) (bool, *fault) {
	switch s {
	case "on", "off":
		return s == "on", nil
	}
	return false, &fault{quote(s) + " is neither on nor off", "write on or off"}
}

func language(s string) (seawall.Language, *fault) {
	var tags []string
	for _, l := range seawall.Languages() {
		if s == l.String() {
			return l, nil
		}
		tags = append(tags, l.String())
	}
	return 0, &fault{quote(s) + " is not a language that Seawall speaks", "write " + strings.Join(tags, " or ")}
}

// plainText parses one paragraph of at most limit characters, without the white space around it.
func plainText(limit int) func(string) (string, *fault) {
	return func(s string) (string, *fault) {
		s = strings.TrimSpace(s)
		switch n := utf8.RuneCountInString(s); {
		case n > limit:
			return "", &fault{fmt.Sprintf("is %d characters long", n), fmt.Sprintf("write %d or fewer", limit)}
		case strings.ContainsAny(s, "\r\n"):
			return "", &fault{"has more than one line", "write one paragraph"}
		case strings.ContainsFunc(s, unicode.IsControl):
			return "", &fault{"has a control character", "remove it"}
		}
		return s, nil
	}
}
