package message

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Limits of what an assignment says of attack orders.
const (
	MaxListed  = 5000 // hosts
	maxPaths   = 64   // of a host
	maxPath    = 512  // bytes
	maxPathsIn = 8192 // bytes of all paths of a host
	maxPorts   = 64
)

// anyPath is, as orders write paths, every one but the home page.
const anyPath = "/$_1"

// Listed is what attack orders name of one host, of which nothing is asked but the home page; see [probe.Listed].
type Listed struct {
	Host  string   `json:"host"`
	Paths []string `json:"paths,omitempty"`
	Ports []uint16 `json:"ports,omitempty"`
}

// NewListed returns what is said of a host: paths without what follows a "?", which does not count. Where orders name more paths than can be said, it
// is every path. Of more than 64 ports the lowest are named: no vantage asks others than 80 and 443 of hosts that it was not told of by its own
// operator.
func NewListed(host string, l probe.Listed) Listed {
	paths, ports := make([]string, len(l.Paths)), slices.Clone(l.Ports)
	for i, p := range l.Paths {
		paths[i], _, _ = strings.Cut(p, "?")
	}
	slices.Sort(paths)
	slices.Sort(ports)
	paths, ports = slices.Compact(paths), slices.Compact(ports)
	bytes := 0
	for _, p := range paths {
		if bytes += len(p); len(p) > maxPath {
			bytes = maxPathsIn + 1
		}
	}
	if len(paths) > maxPaths || bytes > maxPathsIn {
		paths = everyPath()
	}
	return Listed{Host: host, Paths: paths, Ports: ports[:min(len(ports), maxPorts)]}
}

func everyPath() []string { return []string{anyPath} }

// Short returns the same host with every path instead of those that orders name.
func (l Listed) Short() Listed {
	if len(l.Paths) > 0 {
		l.Paths = everyPath()
	}
	return l
}

func (l *Listed) check() error {
	switch {
	case l.Host == "" || len(l.Host) > maxName:
		return fmt.Errorf("host %.80q", l.Host)
	case len(l.Paths) > maxPaths:
		return fmt.Errorf("%d paths, at most %d", len(l.Paths), maxPaths)
	case len(l.Ports) > maxPorts:
		return fmt.Errorf("%d ports, at most %d", len(l.Ports), maxPorts)
	}
	for _, p := range l.Paths {
		if len(p) > maxPath {
			return errors.New("a path is too long")
		}
	}
	return nil
}

// ListedOf returns what is said of hosts, in their order.
func ListedOf(all map[string]probe.Listed) []Listed {
	list := make([]Listed, 0, len(all))
	for _, host := range slices.Sorted(maps.Keys(all)) {
		list = append(list, NewListed(host, all[host]))
	}
	return list
}

// Rules returns the rules that an assignment amounts to. A host that is said twice has the rules of both.
func (a *Assignment) Rules() probe.Rules {
	r := probe.Rules{OptOut: a.OptOuts, HomeOnly: a.HomeOnly, Listed: make(map[string]probe.Listed, len(a.Listed))}
	for _, l := range a.Listed {
		have := r.Listed[l.Host]
		r.Listed[l.Host] = probe.Listed{Paths: append(have.Paths, l.Paths...), Ports: append(have.Ports, l.Ports...)}
	}
	return r
}
