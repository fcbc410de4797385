package readers

import (
	"strconv"
	"strings"
	"time"
)

// entry is one line of an access log, as far as it tells of readers. Its strings point into the line.
type entry struct {
	addr   string
	at     time.Time
	method string
	target string
	status int
	agent  string // as written, with its escapes
}

const logTime = "02/Jan/2006:15:04:05 -0700"

// parseEntry reads a line of the combined format of Apache's and nginx's logs:
//
//	address identity user [time] "method target protocol" status bytes "referer" "agent"
//
// What follows the agent is ignored. ok is false for anything else.
func parseEntry(line string) (e entry, ok bool) {
	var when, request, status string
	e.addr, line, ok = strings.Cut(line, " ")
	if !ok || e.addr == "" {
		return entry{}, false
	}
	if _, line, ok = strings.Cut(line, " ["); !ok {
		return entry{}, false
	}
	if when, line, ok = strings.Cut(line, "] "); !ok {
		return entry{}, false
	}
	if request, line, ok = quoted(line); !ok {
		return entry{}, false
	}
	status, line, _ = strings.Cut(strings.TrimPrefix(line, " "), " ")
	if _, line, ok = strings.Cut(line, " "); !ok {
		return entry{}, false
	}
	if _, line, ok = quoted(line); !ok {
		return entry{}, false
	}
	if e.agent, _, ok = quoted(strings.TrimPrefix(line, " ")); !ok {
		return entry{}, false
	}
	return e.fill(when, request, status)
}

// fill reads the parts that have a form of their own.
func (e entry) fill(when, request, status string) (entry, bool) {
	var err error
	if e.at, err = time.Parse(logTime, when); err != nil {
		return entry{}, false
	}
	if e.status, err = strconv.Atoi(status); err != nil || len(status) != 3 || e.status < 100 || e.status > 599 {
		return entry{}, false
	}
	var ok bool
	if e.method, request, ok = strings.Cut(request, " "); !ok || e.method == "" {
		return entry{}, false
	}
	if e.target, _, _ = strings.Cut(request, " "); e.target == "" {
		return entry{}, false
	}
	return e, true
}

// quoted returns what stands between the quote that s begins with and the next that no backslash precedes, and what follows it.
func quoted(s string) (inside, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i], s[i+1:], true
		}
	}
	return "", "", false
}
