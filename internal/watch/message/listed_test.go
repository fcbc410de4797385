package message

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestNewListed holds that whatever orders name can be said, and that nothing which they name is left open.
func TestNewListed(t *testing.T) {
	var many []string
	for i := range maxPaths + 1 {
		many = append(many, fmt.Sprint("/p", i))
	}
	ports := make([]uint16, 0, 100)
	for i := range uint16(100) {
		ports = append(ports, 1000+i)
	}
	for name, paths := range map[string][]string{
		"few": {"/a?x=1", "/a", "/b"}, "many": many, "long": {"/" + strings.Repeat("a", maxPath)}, "much": slices.Repeat([]string{"/" + strings.Repeat("b", maxPath-2)}, 3),
	} {
		l := NewListed("www.example.org", probe.Listed{Paths: paths, Ports: ports})
		if err := l.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		a := Assignment{Listed: []Listed{l, l.Short()}}
		rules := a.Rules().Listed["www.example.org"]
		for _, p := range paths {
			if p, _, _ := strings.Cut(p, "?"); !rules.Names(p) || !(probe.Listed{Paths: l.Paths}).Names(p) {
				t.Errorf("%s: %s is left open", name, p)
			}
		}
		if rules.Names("/") {
			t.Errorf("%s: the home page is refused", name)
		}
	}
	for name, l := range map[string]Listed{
		"no host": {}, "long host": {Host: strings.Repeat("a", maxName+1)}, "many paths": {Host: "a", Paths: make([]string, maxPaths+1)},
		"long path": {Host: "a", Paths: []string{strings.Repeat("a", maxPath+1)}}, "many ports": {Host: "a", Ports: make([]uint16, maxPorts+1)},
	} {
		a := Assignment{ID: "a", HoldSeconds: 60, Listed: []Listed{l}}
		if _, err := ReadAssignment(written(t, a)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := ReadAssignment(written(t, Assignment{ID: "a", HoldSeconds: 60, Listed: slices.Repeat([]Listed{{Host: "a"}}, MaxListed+1)})); err == nil {
		t.Error("more hosts than may be: no error")
	}
	for name, outs := range map[string][]string{
		"more opt-outs than may be": slices.Repeat([]string{"a"}, MaxOptOuts+1), "of nobody": {""}, "of a long name": {strings.Repeat("a", maxName+1)},
	} {
		if _, err := ReadAssignment(written(t, Assignment{ID: "a", HoldSeconds: 60, OptOuts: outs})); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := ReadAssignment(written(t, Assignment{ID: "a", HoldSeconds: 60, HomeOnly: outs})); err == nil {
			t.Errorf("as domains of which only home pages are asked, %s: no error", name)
		}
	}
}
