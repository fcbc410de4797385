// Package orders turns a list of attack orders into a plan for the rehearsal: what the bots ask of the one site that is rehearsed,
// and what kind of work each of their requests is for its origin.
//
// Only the shapes of paths and bodies, the methods and the types of the orders are used. The hosts and addresses of a list are
// never asked for anything and are kept nowhere in a [Plan], and nothing that prints a Plan shows a path or a body: a list names
// victims, and a rehearsal is no reason to name them again.
package orders

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/drill/work"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

// ErrNothing says that a list holds no order that can be rehearsed.
var ErrNothing = errors.New("no order in the list can be rehearsed")

// Plan is what can be rehearsed of one list. It is read-only once made and may be used by many goroutines at once.
type Plan struct {
	Templates []Template     // at least one, as listed; equal orders stay apart, so that a uniform pick keeps their weight
	NotPlayed map[string]int // orders of types that are not rehearsed, by [ddosia.Type]
	Skipped   map[string]int // elements of the list that were left out, by [ddosia.Reason] or as [WrongMethod]
	Elsewhere int            // orders for other hosts than the one asked for

	// Listed is what the orders that are played aim at, each once and without its values: what whoever is listed could prepare for.
	Listed []seawall.Template

	index index
}

// WrongMethod counts in [Plan.Skipped] the orders of type http or http2 whose method is none of HTTP's, such as "udp_flood" or none
// at all: nobody can tell what such a bot would send.
const WrongMethod = "wrong method"

// New makes a plan of list. With target, a host name, only the orders for that host count, however it is written; "" takes all.
// It returns [ErrNothing] when no order of type http or http2 with a method of HTTP, and none of type nginx_loris, is left.
func New(list *ddosia.List, target string) (*Plan, error) {
	host, ok := ddosia.NormalHost(target)
	if target != "" && !ok {
		return nil, errors.New("the target is not a host name")
	}
	p := &Plan{NotPlayed: map[string]int{}, Skipped: map[string]int{}}
	for why, n := range list.Skipped {
		p.Skipped[why.String()] += n
	}
	tokens := newTokens(list.Randoms)
	listed := make(map[string]bool)
	for i := range list.Entries {
		if e := &list.Entries[i]; p.add(e, host, tokens) {
			p.list(e, listed)
		}
	}
	if len(p.Templates) == 0 {
		return nil, fmt.Errorf("%w (%s)", ErrNothing, p)
	}
	p.index = newIndex(p.Templates)
	return p, nil
}

// list enters what an order that is played aims at.
func (p *Plan) list(e *ddosia.Entry, listed map[string]bool) {
	o := intel.FromDDoSia(e)
	t := intel.Mask(&o)
	if id := intel.TemplateID(&t); t.Vector.Requests() && !listed[id] {
		listed[id] = true
		p.Listed = append(p.Listed, t)
	}
}

// add takes an order into the plan; false when it is not played.
func (p *Plan) add(e *ddosia.Entry, host string, tokens tokens) bool {
	if host != "" && !slices.Contains(e.Hosts, host) {
		p.Elsewhere++
		return false
	}
	proto, played := protoOf(e.Type)
	if !played {
		p.NotPlayed[e.Type.String()]++
		return false
	}
	if proto != Loris && !isMethod(e.Method) {
		p.Skipped[WrongMethod]++
		return false
	}
	p.Templates = append(p.Templates, newTemplate(e, proto, tokens))
	return true
}

// Match returns what kind of work a request with this method and target (path, and query after a question mark) is, and whether
// its answer must not be stored because bots never ask for the same twice. ok is false for a request that the plan does not hold.
// Orders without tokens come first. Heads count as GET. It takes microseconds: lists of a few hundred orders are searched by path.
func (p *Plan) Match(method, target string) (kind work.Kind, noStore, ok bool) {
	return p.index.match(method, target)
}

// String returns a summary in numbers: how many requests of which kinds and protocols, and what is not played or left out.
func (p *Plan) String() string {
	kinds, protos := map[string]int{}, map[string]int{}
	for i := range p.Templates {
		kinds[p.Templates[i].Kind.String()]++
		protos[p.Templates[i].Proto.String()]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d orders played", len(p.Templates))
	writeCounts(&b, "", kinds)
	writeCounts(&b, "", protos)
	writeCounts(&b, "not played ", p.NotPlayed)
	writeCounts(&b, "left out ", p.Skipped)
	if p.Elsewhere > 0 {
		fmt.Fprintf(&b, "; for other hosts %d", p.Elsewhere)
	}
	return b.String()
}

// GoString returns the summary, so that %#v shows no more.
func (p *Plan) GoString() string { return p.String() }

func writeCounts(b *strings.Builder, title string, counts map[string]int) {
	sep := "; " + title
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(b, "%s%s %d", sep, name, counts[name])
		sep = ", "
	}
}
