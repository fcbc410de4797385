package seawall

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNames pins what metrics, logs and JSON call things.
func TestNames(t *testing.T) {
	for what, tt := range map[string]struct{ got, want []string }{
		"actions": {
			names[ActionKind](actionKinds),
			[]string{"none", "drop", "refuse", "serve", "challenge", "wait", "forward"},
		},
		"answers":   {names[Answer](answers), []string{"none", "fresh", "stale", "snapshot", "note", "redirect"}},
		"lanes":     {names[Lane](lanes), []string{"none", "page", "query", "form"}},
		"languages": {names[Language](languages), []string{"en", "da"}},
		"cache states": {
			names[CacheState](cacheStates),
			[]string{"none", "hit", "stale", "revalidated", "collapsed", "miss", "bypass"},
		},
		"versions": {
			names[Proto](HTTP3 + 1),
			[]string{"unknown", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0"},
		},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		distinct(t, what, tt.got)
	}
}

func TestNamesBeyondTheEnd(t *testing.T) {
	for _, v := range []fmt.Stringer{
		actionKinds, answers, lanes, cacheStates, reasons, HTTP3 + 1,
		ActionKind(255), Answer(255), Lane(255), CacheState(255), Reason(255), Proto(255),
	} {
		if got := v.String(); got != "unknown" {
			t.Errorf("%T beyond the end: got %q, want %q", v, got, "unknown")
		}
	}
}

// TestAll holds that the lists of all values miss none but the first, and keep their order.
func TestAll(t *testing.T) {
	for what, tt := range map[string]struct{ got, want []string }{
		"actions":   {stringsOf(ActionKinds()), names[ActionKind](actionKinds)[1:]},
		"lanes":     {stringsOf(Lanes()), names[Lane](lanes)[1:]},
		"reasons":   {stringsOf(Reasons()), names[Reason](reasons)[1:]},
		"languages": {stringsOf(Languages()), names[Language](languages)},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

// names returns what the values below end are called.
func names[T interface {
	~uint8
	fmt.Stringer
}](end T) []string {
	var all []string
	for v := range end {
		all = append(all, v.String())
	}
	return all
}

func stringsOf[T fmt.Stringer](values []T) []string {
	var all []string
	for _, v := range values {
		all = append(all, v.String())
	}
	return all
}

func distinct(t *testing.T, what string, names []string) {
	t.Helper()
	seen := make(map[string]int, len(names))
	for i, name := range names {
		if first, twice := seen[name]; twice || name == "" {
			t.Errorf("%s: %d is called %q, as %d is", what, i, name, first)
		}
		seen[name] = i
	}
}
