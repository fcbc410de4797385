package config

import (
	"fmt"
	"strings"
	"time"
)

// Upstream is how a site's origins are asked.
type Upstream struct {
	InOrder  bool     // key "spread": "least" (the one with the least to do) or "order" (the first that works)
	Health   Health   // key "health"
	Timeouts Timeouts // key "timeouts"
}

// Health is how origins are asked whether they live.
type Health struct {
	Path    string        // key "path": "/" when the file does not say
	Every   time.Duration // key "every": 1 s to 1 h, 0 (written "off") for never; by default 10 s with several origins, and off with one
	Timeout time.Duration // key "timeout": 100 ms to 1 min, 2 s by default
}

// Timeouts are how long an origin is waited for, each named after what is waited for. 0 stands for the default, which the edge knows.
type Timeouts struct {
	Connect      time.Duration // key "connect": for a connection
	TLS          time.Duration // key "tls": for the handshake on it
	FirstByte    time.Duration // key "first_byte": from the question to the first byte of an answer; twice that for forms
	BetweenBytes time.Duration // key "between_bytes": between bytes of an answer
	Whole        time.Duration // key "whole": for all of an answer
}

// DefaultHealthEvery is how often each of several origins is asked whether it lives.
const DefaultHealthEvery = 10 * time.Second

func (d *decoder) upstream(u *Upstream) []key {
	u.Health = Health{Path: "/", Timeout: 2 * time.Second, Every: -1}
	return []key{
		{name: "spread", read: into(d, &u.InOrder, spread)},
		{name: "health", read: func(n *node, path string) {
			d.mapping(n, path,
				key{name: "path", read: into(d, &u.Health.Path, healthPath)},
				key{name: "every", read: into(d, &u.Health.Every, spanOrOff(span(time.Second, time.Hour, "10s")))},
				key{name: "timeout", read: into(d, &u.Health.Timeout, span(100*time.Millisecond, time.Minute, "2s"))},
			)
		}},
		{name: "timeouts", read: func(n *node, path string) {
			t := &u.Timeouts
			d.mapping(n, path,
				key{name: "connect", read: into(d, &t.Connect, span(100*time.Millisecond, time.Minute, "3s"))},
				key{name: "tls", read: into(d, &t.TLS, span(100*time.Millisecond, time.Minute, "3s"))},
				key{name: "first_byte", read: into(d, &t.FirstByte, span(100*time.Millisecond, 10*time.Minute, "15s"))},
				key{name: "between_bytes", read: into(d, &t.BetweenBytes, span(100*time.Millisecond, 10*time.Minute, "20s"))},
				key{name: "whole", read: into(d, &t.Whole, span(time.Second, 24*time.Hour, "1h"))},
			)
		}},
	}
}

// settle fills in what depends on how many origins there are.
func (u *Upstream) settle(origins int) {
	switch {
	case u.Health.Every >= 0:
	case origins > 1:
		u.Health.Every = DefaultHealthEvery
	default:
		u.Health.Every = 0
	}
}

func spread(s string) (inOrder bool, _ *fault) {
	switch s {
	case "least":
		return false, nil
	case "order":
		return true, nil
	}
	return false, &fault{quote(s) + " is not a way to spread requests", "write least or order"}
}

// healthPath parses the path that a health check asks for.
func healthPath(s string) (string, *fault) {
	switch {
	case !strings.HasPrefix(s, "/"):
		return "", &fault{quote(s) + " does not begin with a slash", "write a path such as /health"}
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }), strings.ContainsAny(s, "?#"):
		return "", &fault{quote(s) + " is more than a path", "write a path such as /health"}
	}
	return s, nil
}

// span parses a duration with units that lies between two bounds.
func span(least, most time.Duration, example string) func(string) (time.Duration, *fault) {
	return func(s string) (time.Duration, *fault) {
		d, err := time.ParseDuration(s)
		switch {
		case err != nil:
			return 0, &fault{quote(s) + " is not a duration", "write a number and its unit, such as " + example}
		case d < least:
			return 0, &fault{quote(s) + " is too short", fmt.Sprintf("write %s or more", shortly(least))}
		case d > most:
			return 0, &fault{quote(s) + " is too long", fmt.Sprintf("write %s or less", shortly(most))}
		}
		return d, nil
	}
}

// spanOrOff lets "off" stand for 0.
func spanOrOff(parse func(string) (time.Duration, *fault)) func(string) (time.Duration, *fault) {
	return func(s string) (time.Duration, *fault) {
		if s == "off" {
			return 0, nil
		}
		d, f := parse(s)
		if f != nil {
			f.remedy += ", or off"
		}
		return d, f
	}
}

// shortly writes a duration as one would: "1h" for "1h0m0s".
func shortly(d time.Duration) string {
	s := d.String()
	if short, ok := strings.CutSuffix(s, "m0s"); ok {
		s = short + "m"
	}
	if short, ok := strings.CutSuffix(s, "h0m"); ok {
		s = short + "h"
	}
	return s
}
