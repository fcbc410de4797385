package readers

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// The bounds of one jar, so that no site can grow a reader.
const (
	maxCookies     = 20
	maxCookieBytes = 4 << 10
)

// jar keeps the cookies of one visit to one site. Paths, domains and ages are not told apart: a visit is short and has one site.
type jar struct {
	mu    sync.Mutex // guards what follows
	names []string   // in order of first setting
	pairs map[string]string
}

func newJar() *jar { return &jar{pairs: make(map[string]string)} }

// keep takes what a response sets; a negative Max-Age takes a cookie away (RFC 6265, section 5.2.2).
func (j *jar) keep(set []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range set {
		if c.MaxAge < 0 {
			delete(j.pairs, c.Name)
			continue
		}
		j.put(c.Name, c.Value)
	}
}

// remember puts pair, "name=value", into a jar that is empty.
func (j *jar) remember(pair string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if name, value, ok := strings.Cut(pair, "="); ok && len(j.pairs) == 0 {
		j.put(name, value)
	}
}

func (j *jar) put(name, value string) {
	if len(name)+len(value) > maxCookieBytes {
		return
	}
	if !slices.Contains(j.names, name) {
		if len(j.names) >= maxCookies {
			return
		}
		j.names = append(j.names, name)
	}
	j.pairs[name] = value
}

// field returns the value of the Cookie field; empty when there are no cookies.
func (j *jar) field() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var b strings.Builder
	for _, name := range j.names {
		value, ok := j.pairs[name]
		if !ok {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(name + "=" + value)
	}
	return b.String()
}
