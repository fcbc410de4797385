package cache

import (
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// wish is what a request would like of a cache (RFC 9111, sections 5.2.1 and 5.4). All of it is advice: who cannot afford to follow it
// need not.
type wish struct {
	noCache      bool
	onlyIfCached bool
	anyStale     bool // max-stale without an argument
	maxAge       seconds
	minFresh     seconds
	maxStale     seconds
}

// addWishes takes in the value of a Cache-Control field. It does not allocate.
func (w *wish) addWishes(value string) {
	for value != "" {
		d, rest, _, ok := nextDirective(value)
		value = rest
		switch {
		case !ok:
		case d.is("no-cache"):
			w.noCache = true
		case d.is("only-if-cached"):
			w.onlyIfCached = true
		case d.is("max-age"):
			w.maxAge.add(d)
		case d.is("min-fresh"):
			w.minFresh.add(d)
		case d.is("max-stale") && !d.argument && !d.broken:
			w.anyStale = true
		case d.is("max-stale"):
			w.maxStale.add(d)
		}
	}
}

// pragmaNoCache reports whether f asks for the origin's word in the way of HTTP/1.0, which counts only without Cache-Control.
func pragmaNoCache(f seawall.Fields) bool {
	for i := range f {
		if len(f[i].Name) == len("Pragma") && strings.EqualFold(f[i].Name, "Pragma") && hasDirective(f[i].Value, "no-cache") {
			return true
		}
	}
	return false
}

// newer reports whether the request would rather have the origin's word than e, which is fresh. Ages are compared in whole seconds, as
// they are sent, so that a copy made in this very second is good enough for whoever reloads.
func (w *wish) newer(e *Entry, now time.Time) bool {
	age := e.Age(now)
	switch {
	case w.noCache:
		return true
	case w.maxAge.present && !w.maxAge.invalid && age.Truncate(time.Second) > w.maxAge.span:
		return true
	}
	return w.minFresh.present && !w.minFresh.invalid && e.Freshness-age < w.minFresh.span
}

// takesStale reports whether the request takes e although it is no longer fresh.
func (w *wish) takesStale(e *Entry, now time.Time) bool {
	if w.noCache || w.maxAge.present || w.minFresh.present {
		return false
	}
	return w.anyStale || w.maxStale.present && e.Age(now)-e.Freshness <= w.maxStale.span
}
