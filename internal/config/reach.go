package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones are known on machines that have no list of them
)

const (
	secretExample = "/etc/seawall/notify-url" //nolint:gosec // a path
	maxWord       = 200                       // characters
)

// secretFile parses the path of a file with a secret in it.
func secretFile(s string) (string, *fault) { return filePath(secretExample)(s) }

// webURL parses the URL of a page.
func webURL(s string) (string, *fault) {
	if f := webFault(s); f != nil {
		return "", f
	}
	return s, nil
}

// webSecret parses a URL that may hold a token, and so is not repeated in problems.
func webSecret(s string) (Secret, *fault) {
	if f := webFault(s); f != nil {
		return Secret{}, f
	}
	return newSecret(s), nil
}

func webFault(s string) *fault {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return &fault{"is not a URL of http or https", "write one such as https://hooks.example.org/seawall"}
	case u.User != nil:
		return &fault{"has a user in its URL", "remove it; a webhook can have a token_file"}
	}
	return nil
}

// serviceSecret parses a URL of shoutrrr's. Which services there are is not known here.
func serviceSecret(s string) (Secret, *fault) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme == "http" || u.Scheme == "https" {
		return Secret{}, &fault{"is not a URL of a service", "write one such as ntfy://ntfy.example.org/topic"}
	}
	return newSecret(s), nil
}

// hostPort parses a host and a port.
func hostPort(s string) (string, *fault) {
	host, port, err := net.SplitHostPort(s)
	n, bad := strconv.ParseUint(port, 10, 16)
	name, f := hostOrAddr(host)
	if err != nil || bad != nil || n == 0 || f != nil {
		return "", &fault{quote(s) + " is not a host and a port", "write mail.example.org:587"}
	}
	return net.JoinHostPort(name, strconv.FormatUint(n, 10)), nil
}

// hostOrAddr parses a host: a name, or an address without a zone.
func hostOrAddr(s string) (string, *fault) {
	if addr, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil && addr.Zone() == "" {
		return addr.Unmap().String(), nil
	}
	if name, ok := hostASCII(s); ok {
		return name, nil
	}
	return "", &fault{quote(s) + " is neither a host name nor an address", "write mail.example.org or 192.0.2.25"}
}

func encryption(s string) (Encryption, *fault) {
	switch e := Encryption(s); e {
	case EncryptStartTLS, EncryptTLS, EncryptOff:
		return e, nil
	}
	return "", &fault{quote(s) + " is not a value of encryption", "write starttls, tls or off"}
}

// word parses a name that people give.
func word(s string) (string, *fault) {
	s, f := plainText(60)(s)
	if f == nil && s == "" {
		f = &fault{"is empty", "write a name"}
	}
	return s, f
}

// timezone parses a name of the IANA time zone database.
func timezone(s string) (*time.Location, *fault) {
	zone, err := time.LoadLocation(s)
	if err != nil || s == "" || s == "Local" {
		return time.UTC, &fault{quote(s) + " is not a time zone", "write one such as Europe/Copenhagen"}
	}
	return zone, nil
}

// hours parse a part of the day, such as "07:00-22:00".
func hours(s string) (Hours, *fault) {
	from, to, _ := strings.Cut(s, "-")
	a, errA := time.Parse("15:04", strings.TrimSpace(from))
	b, errB := time.Parse("15:04", strings.TrimSpace(to))
	if errA != nil || errB != nil || a.Equal(b) {
		return Hours{}, &fault{quote(s) + " is not a part of the day", "write one such as 07:00-22:00"}
	}
	return Hours{sinceMidnight(a), sinceMidnight(b)}, nil
}

func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

func tooMany(n, most int) fault {
	return fault{fmt.Sprintf("has %d items", n), fmt.Sprintf("keep %d or fewer", most)}
}
