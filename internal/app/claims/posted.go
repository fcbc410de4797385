package claims

import (
	"errors"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

// parseTime reads a time as people write it, to the minute, the hour or the day, and says which: "2025-11-17T20:00:00Z", "2025-11-17T20:00+01:00",
// "2025-11-17T20Z", "2025-11-17". A blank in place of the T does no harm. Without an offset it is UTC. "" is a time that is not known.
func parseTime(s string) (time.Time, seawall.Precision, error) {
	s = strings.Replace(strings.TrimSpace(s), " ", "T", 1)
	if s == "" {
		return time.Time{}, "", nil
	}
	for _, f := range []struct {
		layout string
		p      seawall.Precision
	}{
		{time.RFC3339Nano, seawall.PreciseMinute},
		{"2006-01-02T15:04Z07:00", seawall.PreciseMinute},
		{"2006-01-02T15:04:05", seawall.PreciseMinute},
		{"2006-01-02T15:04", seawall.PreciseMinute},
		{"2006-01-02T15Z07:00", seawall.PreciseHour},
		{"2006-01-02T15", seawall.PreciseHour},
		{time.DateOnly, seawall.PreciseDay},
	} {
		if t, err := time.Parse(f.layout, s); err == nil && t.Year() >= 2000 {
			return t, f.p, nil
		}
	}
	return time.Time{}, "", errors.New("no time such as 2025-11-17T20:00Z, 2025-11-17T20Z or 2025-11-17")
}

// labelOf reads a label of the Traffic Light Protocol, in upper case; "" stays.
func labelOf(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", nil
	}
	l, ok := tlp.Parse(s)
	if !ok {
		return "", desk.Refuse("%.40q is no label such as TLP:GREEN", s)
	}
	return l.String(), nil
}
