package app

import (
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/edge/rules"
	"github.com/seawall-project/seawall/internal/intel/draft"
)

// judging is what drafts for one site are judged by.
type judging struct {
	*graph
	index   int // of the site
	now     time.Time
	dropped map[string]time.Time
}

// parts returns a draft, or two: without the rules that alone name more than one in a hundred of what readers ask for, and these, which wait for a
// person. So a list cannot hold up the whole by naming one busy page.
func (j *judging) parts(d draft.Draft) []draft.Draft {
	var narrow, wide []seawall.Rule
	for _, r := range d.Set.Rules {
		one := d.Set
		one.Rules = []seawall.Rule{r}
		if t := j.traffic([]seawall.RuleSet{one}); t.Wide() {
			wide = append(wide, r)
		} else {
			narrow = append(narrow, r)
		}
	}
	if len(narrow) == 0 || len(wide) == 0 {
		return []draft.Draft{d}
	}
	busy := d
	busy.Set.ID = wideOf(d.Set.ID)
	busy.Set.Rules, d.Set.Rules = wide, narrow
	busy.Covers, busy.Left = 0, 0 // what the whole covers is said once
	return []draft.Draft{d, busy}
}

// takeUp puts a draft among the sets of its site in next, and returns what became of it. A draft that says nothing beyond a set in force of the same
// ID changes nothing of that but how long it lives: whatever is asked for in a flood must not take a defence away that somebody wanted.
func (j *judging) takeUp(d draft.Draft, next map[string][]*heldSet) (taken []*heldSet, err error) {
	of := next[d.Set.Site]
	var fresh *heldSet
	if again := j.prolong(d, of); len(again) > 0 {
		return again, nil
	}
	for n, part := range j.parts(d) {
		h, err := j.judge(part, of)
		if err == nil && !h.inForce() {
			if i := slices.IndexFunc(of, func(o *heldSet) bool { return o.Set.ID == h.Set.ID && o.inForce() }); i >= 0 {
				taken = append(taken, of[i]) // what is in force under this name stays
				continue
			}
		}
		if err == nil {
			of, err = succeed(of, h)
		}
		switch {
		case err == nil:
			taken, fresh = append(taken, h), h
		case n == 0:
			return nil, err
		case fresh != nil:
			fresh.Left += len(part.Set.Rules) // there was room for what is rare alone
		}
	}
	next[d.Set.Site] = of
	return taken, nil
}

// prolong has the sets live longer that hold all rules of a draft, where the one of its ID is in force; none otherwise.
func (j *judging) prolong(d draft.Draft, of []*heldSet) (all []*heldSet) {
	same := func(o *heldSet) bool { return o.Set.ID == d.Set.ID || o.Set.ID == wideOf(d.Set.ID) }
	said, inForce := make(map[string]bool), false
	for _, o := range of {
		if !same(o) {
			continue
		}
		inForce = inForce || o.Set.ID == d.Set.ID && o.inForce()
		for k := range o.Set.Rules {
			said[droppedKey(o.Set.Site, &o.Set.Rules[k])] = true
		}
	}
	if !inForce || slices.ContainsFunc(d.Set.Rules, func(r seawall.Rule) bool { return !said[droppedKey(d.Set.Site, &r)] }) {
		return nil
	}
	for i, o := range of {
		if !same(o) {
			continue
		}
		n := *o
		if n.Set.Until.Before(d.Set.Until) {
			n.Set.Since, n.Set.Until = d.Set.Since, d.Set.Until
		}
		of[i] = &n
		all = append(all, &n)
	}
	return all
}

// wideMark ends the ID of what was split off.
const wideMark = "-wide"

// wideOf is the ID of what is split off a set.
func wideOf(id string) string {
	return id[:min(len(id), seawall.MaxRuleSetID-len(wideMark))] + wideMark
}

// traffic counts what sets name together in the site's book of peace.
func (j *judging) traffic(sets []seawall.RuleSet) (t draft.Traffic) {
	m, _, err := rules.Compile(sets)
	if err == nil {
		t.Fit, t.Of = j.books[j.index].Count(m)
	}
	return t
}

// judge says whether a draft waits, beside the sets of its site that are there. Rules for which there is no room beside those in force are left
// out of it. What says the same as a set that is there goes on as that does.
func (j *judging) judge(d draft.Draft, of []*heldSet) (*heldSet, error) {
	h := &heldSet{Draft: d, fitted: newFitted()}
	var beside []seawall.RuleSet
	for _, o := range of {
		if o.inForce() && o.Set.ID != d.Set.ID && o.Set.Source.Feed != d.Set.Source.Feed {
			beside = append(beside, o.Set)
		}
	}
	if err := h.leaveOut(beside); err != nil {
		return nil, err
	}
	h.traffic = j.traffic(append(beside, h.Set))
	h.Waits = h.Judge(h.traffic, j.config.Sites[j.index].Orders == config.OrdersAuto)
	if h.inForce() && slices.ContainsFunc(h.Set.Rules, j.wasDropped) {
		h.Waits = draft.WaitsOwner
	}
	i := slices.IndexFunc(of, func(o *heldSet) bool { return o.Set.ID == d.Set.ID && reflect.DeepEqual(o.Set.Rules, h.Set.Rules) })
	if i >= 0 {
		h.fitted = of[i].fitted
		if of[i].inForce() {
			h.Waits = draft.WaitsNot
		}
	}
	return h, nil
}

// wasDropped reports whether a person does not want a rule.
func (j *judging) wasDropped(r seawall.Rule) bool {
	until, dropped := j.dropped[droppedKey(j.sites[j.index].Name, &r)]
	return dropped && j.now.Before(until)
}

// leaveOut drops the rules for which there is no room beside other sets.
func (h *heldSet) leaveOut(beside []seawall.RuleSet) error {
	_, left, err := rules.Compile(append(slices.Clone(beside), h.Set))
	if err != nil {
		return desk.Refuse("%v", err)
	}
	kept := slices.DeleteFunc(slices.Clone(h.Set.Rules), func(r seawall.Rule) bool {
		return slices.Contains(left, rules.NameOf(&h.Set, &r))
	})
	h.Left += len(h.Set.Rules) - len(kept)
	if len(kept) == 0 {
		return desk.Refuse("rule set %s: there is no room for any of its %s rules", h.Set.ID, strconv.Itoa(len(h.Set.Rules)))
	}
	h.Set.Rules = kept
	return nil
}
