package draft

import (
	"slices"
	"strings"

	"github.com/seawall-project/seawall"
)

// Covered reports whether one of rules covers every request of a template.
func Covered(rules []seawall.Rule, t *seawall.Template) bool {
	want, ok := ruleOf(t)
	if !ok {
		return false
	}
	return slices.ContainsFunc(rules, func(r seawall.Rule) bool {
		return r.Method == want.Method && slices.Equal(r.Query, want.Query) && pathCovers(r.Path, want.Path)
	})
}

// pathCovers reports whether every path that fits want fits rule. Parts of segments are compared as they are written.
func pathCovers(rule, want string) bool {
	a, b := strings.Split(rule, "/"), strings.Split(want, "/")
	return slices.EqualFunc(a, b, func(r, w string) bool {
		switch r {
		case w:
			return true
		case "{token}":
			return w != ""
		}
		return false
	})
}
