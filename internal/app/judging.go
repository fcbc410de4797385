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
	busy.Set.ID = cut(d.Set.ID, len(wideMark)) + wideMark
	busy.Set.Rules, d.Set.Rules = wide, narrow
	busy.Covers, busy.Left = 0, 0 // what the whole covers is said once
	return []draft.Draft{d, busy}
}

// wideMark ends the ID of what was split off.
const wideMark = "-wide"

// cut shortens an ID so that more bytes have room behind it.
func cut(id string, more int) string { return id[:min(len(id), seawall.MaxRuleSetID-more)] }

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
	if until, ok := j.dropped[droppedKey(&h.Set)]; ok && h.inForce() && j.now.Before(until) {
		h.Waits = draft.WaitsOwner
	}
	i := slices.IndexFunc(of, func(o *heldSet) bool { return o.Set.ID == d.Set.ID && reflect.DeepEqual(o.Set.Rules, h.Set.Rules) })
	if i >= 0 {
		h.fitted = of[i].fitted
		if of[i].inForce() {
			h.Waits = draft.WaitsNot
			if of[i].Set.Until.After(h.Set.Until) {
				h.Set.Since, h.Set.Until = of[i].Set.Since, of[i].Set.Until // somebody approved it since
			}
		}
	}
	return h, nil
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
