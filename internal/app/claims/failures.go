package claims

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// failure is a time at which a site was first seen to fail.
type failure struct {
	began time.Time
	site  *seenSite
	named bool // something names the site for about that time
}

// failures are those of a night, laid out so that what surrounds one site is found without looking at what each other shares with it.
type failures struct {
	keys    map[*seenSite][]string // what a site can share
	sharing map[string][]*seenSite // sites, by what they share
	shared  map[string]minutely    // failures, by what their sites share
	named   minutely               // failures of named sites
	unnamed []failure              // and of others, in order
	unsaid  map[*seenSite]bool     // sites that nobody named
	counted map[string]int         // by all that a site can share, see others
	marked  int                    // the mark that counts
}

// failed returns when sites began to fail, by what was seen of each.
func (n *night) failed() *failures {
	keys := make(map[*seenSite][]string, len(n.sight.sites))
	var all []failure
	for _, x := range n.sight.inOrder() {
		keys[x] = x.site.Shared()
		for _, t := range claim.BadFrom(n.sight.roundsOf(x)) {
			all = append(all, failure{t, x, n.named(x, t)})
		}
	}
	return n.failures(keys, all)
}

// failedIn returns the same by incidents that a lookout kept: sites of one incident share something.
func (n *night) failedIn(incidents []store.Incident) *failures {
	keys := make(map[*seenSite][]string)
	var all []failure
	for _, kept := range incidents {
		var i watch.Incident
		if json.Unmarshal(kept.Doc, &i) != nil || i.Kind != watch.Outage || i.Phase == watch.Withdrawn {
			continue
		}
		for _, m := range i.Members {
			x := n.sight.sites[m.Site]
			if x == nil || m.Phase == watch.Withdrawn || m.Abroad {
				continue
			}
			if len(i.Members) > 1 && !slices.Contains(keys[x], kept.ID) {
				keys[x] = append(keys[x], kept.ID)
			}
			all = append(all, failure{m.Start.Latest, x, n.named(x, m.Start.Latest)})
		}
	}
	return n.failures(keys, all)
}

// failures lays failures out. keys are what each site can share.
func (n *night) failures(keys map[*seenSite][]string, all []failure) *failures {
	f := &failures{
		keys: keys, sharing: make(map[string][]*seenSite), shared: make(map[string]minutely),
		unsaid: make(map[*seenSite]bool), counted: make(map[string]int),
	}
	for _, x := range n.sight.inOrder() {
		f.unsaid[x] = n.said[x.site.Name] == nil
		for _, k := range f.keys[x] {
			f.sharing[k] = append(f.sharing[k], x)
		}
	}
	slices.SortStableFunc(all, func(a, b failure) int { return a.began.Compare(b.began) })
	for _, x := range all {
		if x.named {
			f.named.add(x)
		} else {
			f.unnamed = append(f.unnamed, x)
		}
		for _, k := range f.keys[x.site] {
			m := f.shared[k]
			m.add(x)
			f.shared[k] = m
		}
	}
	return f
}

// mark marks the sites that share something with one, and itself, until the next call.
func (f *failures) mark(x *seenSite) {
	f.marked++
	x.mark = f.marked
	for _, k := range f.keys[x] {
		for _, o := range f.sharing[k] {
			o.mark = f.marked
		}
	}
}

// kin reports whether a site is marked.
func (f *failures) kin(o *seenSite) bool { return o.mark == f.marked }

// surround adds to a question who else began to fail about the time of its windows.
func (f *failures) surround(q *claim.Question, x *seenSite, h claim.Span) {
	if q.Neighbours = f.around(x, h); len(q.Neighbours) > 0 {
		q.Sites = f.others(x)
	}
}

// others counts the watched sites that nobody named and that share nothing with one.
func (f *failures) others(x *seenSite) int {
	key := strings.Join(f.keys[x], "\n")
	if key == "" { // it shares nothing with anybody, and is no other to itself
		key = "\n" + x.site.Name
	}
	all, known := f.counted[key]
	if !known {
		f.mark(x)
		for o, unsaid := range f.unsaid {
			if unsaid && !f.kin(o) {
				all++
			}
		}
		f.counted[key] = all
	}
	return all
}

// around returns who else began to fail about a time. Of those that are alike the first and the last of each minute stand for all: questions ask
// only whether there is one within some minutes.
func (f *failures) around(x *seenSite, h claim.Span) []claim.Neighbour {
	const reach = 15 * time.Minute
	h = claim.Span{From: h.From.Add(-reach), To: h.To.Add(reach)}
	var out []claim.Neighbour
	for _, k := range f.keys[x] {
		m := f.shared[k]
		m.ends(h, func(o *failure) bool { return o.site != x }, func(o *failure) {
			out = append(out, claim.Neighbour{Named: o.named, Shares: true, Began: o.began})
		})
	}
	f.mark(x)
	f.named.ends(h, func(o *failure) bool { return !f.kin(o.site) }, func(o *failure) {
		out = append(out, claim.Neighbour{Named: true, Began: o.began})
	})
	for _, t := range f.apart(h) {
		out = append(out, claim.Neighbour{Began: t})
	}
	return out
}

// apart returns when sites began to fail that nobody named and that are not marked: of those that share something among themselves, and
// may have failed of one cause, one.
func (f *failures) apart(h claim.Span) (out []time.Time) {
	const most, together = 64, 5 * time.Minute
	taken := make(map[string][]time.Time)
	i, _ := slices.BinarySearchFunc(f.unnamed, h.From, func(o failure, t time.Time) int { return o.began.Compare(t) })
	for _, o := range f.unnamed[i:] {
		if o.began.After(h.To) || len(out) >= most {
			break
		}
		if f.kin(o.site) || slices.ContainsFunc(f.keys[o.site], func(k string) bool {
			return slices.ContainsFunc(taken[k], func(t time.Time) bool { return o.began.Sub(t).Abs() <= together })
		}) {
			continue
		}
		out = append(out, o.began)
		for _, k := range f.keys[o.site] {
			taken[k] = append(taken[k], o.began)
		}
	}
	return out
}

// minutely are failures in order of time, by the minute in which they began.
type minutely struct{ minutes [][]failure }

// add adds a failure that is not before the last.
func (m *minutely) add(x failure) {
	if n := len(m.minutes); n > 0 && m.minutes[n-1][0].began.Truncate(time.Minute).Equal(x.began.Truncate(time.Minute)) {
		m.minutes[n-1] = append(m.minutes[n-1], x)
		return
	}
	m.minutes = append(m.minutes, []failure{x})
}

// ends gives out the first and the last failure of each minute in h that is wanted.
func (m *minutely) ends(h claim.Span, want func(*failure) bool, give func(*failure)) {
	i, _ := slices.BinarySearchFunc(m.minutes, h.From, func(all []failure, t time.Time) int { return all[len(all)-1].began.Compare(t) })
	in := func(o *failure) bool { return !o.began.Before(h.From) && !o.began.After(h.To) && want(o) }
	for _, all := range m.minutes[i:] {
		if all[0].began.After(h.To) {
			return
		}
		first := slices.IndexFunc(all, func(o failure) bool { return in(&o) })
		if first < 0 {
			continue
		}
		give(&all[first])
		for last := len(all) - 1; last > first; last-- {
			if in(&all[last]) {
				give(&all[last])
				break
			}
		}
	}
}

// listSpans are the windows of lists, by when they begin.
type listSpans []listSpan

type listSpan struct {
	claim.Span
	target      string
	best, other int // of this one and those before: the window that ends last, and that which does of the other targets; -1 for none
}

// listed returns the windows in which lists name targets.
func (n *night) listed() listSpans {
	var all listSpans
	for _, name := range slices.Sorted(maps.Keys(n.said)) {
		s := n.said[name]
		for _, g := range s.groups {
			for _, source := range g {
				if source.Kind == claim.List {
					all = append(all, listSpan{Span: source.Window(), target: name})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b listSpan) int { return a.From.Compare(b.From) })
	best, other := -1, -1
	for i := range all {
		switch {
		case best < 0 || all[i].To.After(all[best].To):
			if best >= 0 && all[best].target != all[i].target {
				other = best
			}
			best = i
		case all[i].target != all[best].target && (other < 0 || all[i].To.After(all[other].To)):
			other = i
		}
		all[i].best, all[i].other = best, other
	}
	return all
}

// nameAnother reports whether a list names anybody but a site for about a time.
func (l listSpans) nameAnother(x *seenSite, t time.Time) bool {
	i, _ := slices.BinarySearchFunc(l, t, func(s listSpan, t time.Time) int {
		if s.From.After(t) {
			return 1
		}
		return -1
	})
	if i == 0 {
		return false
	}
	for _, at := range []int{l[i-1].best, l[i-1].other} {
		if at >= 0 && l[at].target != x.site.Name && !t.After(l[at].To) {
			return true
		}
	}
	return false
}
