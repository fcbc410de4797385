package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/rules"
	"github.com/seawall-project/seawall/internal/intel/draft"
)

// ruleBook is the rule sets of all sites, in force and waiting for a person: at most [rules.MaxSets] of a site. What has ended is forgotten
// when anybody looks.
type ruleBook struct {
	mu    sync.Mutex // guards what follows, and is held while an edge is given what it says
	sites map[string][]*heldSet
	// dropped is until when rules that a person dropped come into force by a person's word alone, see droppedKey; at most maxDropped.
	dropped map[string]time.Time

	ours map[string]bool // sites that this process ever stood in front of

	changed chan struct{} // capacity 1: the book is to be written down
	unsaved atomic.Int64  // times that it could not be
}

const maxDropped = 8192

// heldSet is one set, and what came of it.
type heldSet struct {
	draft.Draft
	traffic draft.Traffic
	*fitted
}

// fitted is what a set met since it was taken up in this process. It is the ruleBook's, and guarded by its mu.
type fitted struct {
	matched map[string]int64 // requests by rule
	felt    int64            // of all, those for which it changed something
}

func newFitted() *fitted { return &fitted{matched: make(map[string]int64)} }

func (h *heldSet) inForce() bool { return h.Waits == draft.WaitsNot }

// RuleSetShown is a rule set as the control socket tells of it.
type RuleSetShown struct {
	seawall.RuleSet
	Waits   draft.Waits      `json:"waits,omitempty"` // why it waits for a person; absent when it is in force
	Covers  int              `json:"covers"`
	Left    int              `json:"left"`
	Fit     int              `json:"traffic_fit"` // of the requests in the book of peace, those that it names
	Of      int              `json:"traffic_of"`  // how many those are
	Matched map[string]int64 `json:"matched"`     // requests by rule
	Felt    int64            `json:"matched_in_distress"`
}

// RulesOffered are drafts for sites of this Seawall; others are refused.
type RulesOffered struct {
	Drafts []draft.Draft `json:"drafts"`
}

// RulesNamed names one set, or without ID all sets of a site; without Site those of all.
type RulesNamed struct {
	Site string `json:"site,omitempty"`
	ID   string `json:"id,omitempty"`
}

// The operations on rule sets. Each returns the sets that it was about.
var (
	RulesOffer   = desk.Op[App, RulesOffered, []RuleSetShown]{Name: "rules-offer", Do: (*App).offerRules}
	RulesList    = desk.Op[App, RulesNamed, []RuleSetShown]{Name: "rules-list", Do: (*App).listRules}
	RulesApprove = desk.Op[App, RulesNamed, []RuleSetShown]{Name: "rules-approve", Do: (*App).approveRules}
	RulesDrop    = desk.Op[App, RulesNamed, []RuleSetShown]{Name: "rules-drop", Do: (*App).dropRules}
)

func (a *App) ruleOps() control.Ops {
	ops := make(control.Ops)
	desk.Serve(a, ops, RulesOffer, RulesList, RulesApprove, RulesDrop)
	return ops
}

// offerRules takes drafts up: in force at once where the owner said so and nothing speaks against it, else waiting. A set that says the same as one
// that is there goes on as that does; what the same feed said of the site before makes way, once its successor is in force. All are taken up
// or none.
func (a *App) offerRules(_ context.Context, in RulesOffered) ([]RuleSetShown, error) {
	a.mu.Lock() // nobody else changes the book meanwhile
	defer a.mu.Unlock()
	return a.takeUp(in.Drafts)
}

// takeUp does [RulesOffer]. The caller holds a.mu.
func (a *App) takeUp(drafts []draft.Draft) ([]RuleSetShown, error) {
	g, now := a.graph(), a.Now()
	a.rules.mu.Lock()
	next, dropped := a.rules.living(now), maps.Clone(a.rules.dropped)
	a.rules.mu.Unlock()
	var taken []*heldSet
	for _, d := range drafts {
		i, err := g.checked(&d, now)
		if err != nil {
			return nil, err
		}
		site := &judging{graph: g, index: i, now: now, dropped: dropped}
		some, err := site.takeUp(d, next)
		if err != nil {
			return nil, err
		}
		taken = append(taken, some...)
	}
	all, err := a.rules.take(g.edge, next, taken)
	if err == nil {
		a.rules.renew(dropped, taken, now)
		a.keepRules()
	}
	return all, err
}

// checked returns the index of a draft's site, or why it is not taken up.
func (g *graph) checked(d *draft.Draft, now time.Time) (int, error) {
	i := slices.IndexFunc(g.sites, func(s *seawall.Site) bool { return s.Name == d.Set.Site })
	switch {
	case i < 0:
		return i, desk.Refuse("%q is no site of this Seawall", d.Set.Site)
	case g.config.Sites[i].Orders == config.OrdersOff:
		return i, desk.Refuse("%s wants no rules from attack orders (orders: off)", d.Set.Site)
	case !now.Before(d.Set.Until):
		return i, desk.Refuse("rule set %s has ended", d.Set.ID)
	case d.Set.Since.After(now):
		return i, desk.Refuse("rule set %s has not begun", d.Set.ID)
	}
	if err := d.Set.Check(); err != nil {
		return i, desk.Refuse("%v", err)
	}
	return i, nil
}

// succeed puts a set among those of its site. One of the same ID is replaced; others of its feed that are older make way, those in force only for
// one that is in force, too. Where there is no room, one that waits makes way, of the feed that has the most.
func succeed(of []*heldSet, h *heldSet) ([]*heldSet, error) {
	of = slices.DeleteFunc(of, func(o *heldSet) bool {
		older := o.Set.Source.Feed == h.Set.Source.Feed && o.Set.Since.Before(h.Set.Since)
		return o.Set.ID == h.Set.ID || older && (h.inForce() || !o.inForce())
	})
	if len(of) == rules.MaxSets {
		i := crowding(of, h.Set.Source.Feed)
		if i < 0 {
			return nil, desk.Refuse("%s has %d rule sets already: drop one", h.Set.Site, rules.MaxSets)
		}
		of = slices.Delete(of, i, i+1)
	}
	return append(of, h), nil
}

// crowding returns the index of a waiting set of the feed that has most sets, and more than one of this feed would then; -1 when there is none.
func crowding(of []*heldSet, feed string) int {
	count := make(map[string]int)
	for _, o := range of {
		count[o.Set.Source.Feed]++
	}
	most := -1
	for i, o := range of {
		if n := count[o.Set.Source.Feed]; !o.inForce() && n > count[feed]+1 && (most < 0 || n > count[of[most].Set.Source.Feed]) {
			most = i
		}
	}
	return most
}

func (a *App) listRules(_ context.Context, in RulesNamed) ([]RuleSetShown, error) {
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	return shown(in.of(a.rules.living(a.Now()))), nil
}

// approveRules puts sets in force for [seawall.RuleSetLife] from now.
func (a *App) approveRules(_ context.Context, in RulesNamed) ([]RuleSetShown, error) {
	return a.changeRules(in, func(h *heldSet, now time.Time) *heldSet {
		n := *h
		n.Waits, n.Set.Since, n.Set.Until = draft.WaitsNot, now, now.Add(seawall.RuleSetLife)
		a.rules.want(&h.Set)
		return &n
	})
}

// dropRules forgets sets, and remembers their rules: a set with one of them waits for a person, as long as lists go on to name them and 48 hours
// after that.
func (a *App) dropRules(_ context.Context, in RulesNamed) ([]RuleSetShown, error) {
	return a.changeRules(in, func(h *heldSet, now time.Time) *heldSet {
		a.rules.forget(&h.Set, now)
		return nil
	})
}

// forget remembers that the rules of a set were dropped.
func (b *ruleBook) forget(set *seawall.RuleSet, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.dropped, func(_ string, until time.Time) bool { return !now.Before(until) })
	for i := range set.Rules {
		b.remember(droppedKey(set.Site, &set.Rules[i]), now.Add(seawall.RuleSetLife))
	}
}

// want forgets that rules were dropped, since somebody wants them now.
func (b *ruleBook) want(set *seawall.RuleSet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range set.Rules {
		delete(b.dropped, droppedKey(set.Site, &set.Rules[i]))
	}
}

// renew remembers for longer that rules were dropped which were offered again.
func (b *ruleBook) renew(dropped map[string]time.Time, taken []*heldSet, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range taken {
		for i := range h.Set.Rules {
			key := droppedKey(h.Set.Site, &h.Set.Rules[i])
			if until, was := dropped[key]; was && now.Before(until) && !h.inForce() {
				b.remember(key, now.Add(seawall.RuleSetLife))
			}
		}
	}
}

// remember notes until when a rule that was dropped comes into force by a person's word alone, while there is room. The caller holds mu.
func (b *ruleBook) remember(key string, until time.Time) {
	if b.dropped == nil {
		b.dropped = make(map[string]time.Time)
	}
	if _, known := b.dropped[key]; known || len(b.dropped) < maxDropped {
		b.dropped[key] = until
	}
}

// droppedKey names a rule of a site by what it says.
func droppedKey(site string, r *seawall.Rule) string {
	query := slices.Clone(r.Query)
	slices.Sort(query)
	sum := sha256.Sum256([]byte(r.Method + "\x00" + r.Path + "\x00" + strings.Join(query, "\x00")))
	return site + "/" + hex.EncodeToString(sum[:16])
}

func (a *App) changeRules(in RulesNamed, change func(*heldSet, time.Time) *heldSet) ([]RuleSetShown, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if in.Site == "" {
		return nil, desk.Refuse("name a site")
	}
	now := a.Now()
	a.rules.mu.Lock()
	next := a.rules.living(now)
	a.rules.mu.Unlock()
	about := in.of(next)
	if len(about) == 0 {
		return nil, desk.Refuse("there is no such rule set")
	}
	for j, h := range about {
		of, i := next[in.Site], slices.Index(next[in.Site], h)
		if n := change(h, now); n != nil {
			of[i], about[j] = n, n
		} else {
			next[in.Site] = slices.Delete(of, i, i+1)
		}
	}
	all, err := a.rules.take(a.graph().edge, next, about)
	if err == nil {
		a.keepRules()
	}
	return all, err
}

// of returns the sets that are meant, in order.
func (in RulesNamed) of(sites map[string][]*heldSet) (meant []*heldSet) {
	for _, name := range slices.Sorted(maps.Keys(sites)) {
		for _, h := range sites[name] {
			if (in.Site == "" || in.Site == name) && (in.ID == "" || in.ID == h.Set.ID) {
				meant = append(meant, h)
			}
		}
	}
	return meant
}

// living returns a copy of the book without what has ended. The caller holds mu.
func (b *ruleBook) living(now time.Time) map[string][]*heldSet {
	next := make(map[string][]*heldSet, len(b.sites))
	for name, of := range b.sites {
		of = slices.DeleteFunc(slices.Clone(of), func(h *heldSet) bool { return !now.Before(h.Set.Until) })
		if next[name] = of; len(of) == 0 && len(b.sites[name]) == 0 {
			delete(next, name)
		}
	}
	return next
}

// take gives the edge what is in force by next, and makes that the book.
func (b *ruleBook) take(e *edge.Edge, next map[string][]*heldSet, about []*heldSet) ([]RuleSetShown, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := e.SetRules(inForce(next)); err != nil {
		return nil, desk.Refuse("%v", err)
	}
	b.sites = next
	return shown(about), nil
}

func inForce(sites map[string][]*heldSet) map[string][]seawall.RuleSet {
	sets := make(map[string][]seawall.RuleSet, len(sites))
	for name, of := range sites {
		sets[name] = nil
		for _, h := range of {
			if h.inForce() {
				sets[name] = append(sets[name], h.Set)
			}
		}
	}
	return sets
}

// keep gives the edge of a configuration that is about to be taken up what is in force, and returns the book as it will be then: without sites
// that are gone or want none.
func (b *ruleBook) keep(now time.Time, cfg *config.Config, e *edge.Edge) (map[string][]*heldSet, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all, next := b.living(now), make(map[string][]*heldSet)
	for i := range cfg.Sites {
		b.ours[cfg.Sites[i].Name] = true
		if s := &cfg.Sites[i]; s.Orders != config.OrdersOff && len(all[s.Name]) > 0 {
			next[s.Name] = all[s.Name]
		}
	}
	return next, e.SetRules(inForce(next))
}

// turn makes next the book, once its configuration is taken up, and reports whether sites went by it.
func (b *ruleBook) turn(next map[string][]*heldSet) (fewer bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fewer = len(next) < len(b.sites)
	b.sites = next
	return fewer
}

// observe counts requests that fit a rule.
func (b *ruleBook) observe(o *seawall.Outcome) {
	if o.Rule == "" {
		return
	}
	set, rule, _ := strings.Cut(o.Rule, "/")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range b.sites[o.Site] {
		if h.Set.ID != set {
			continue
		}
		h.matched[rule]++
		if o.Effect != (seawall.Effect{}) {
			h.felt++
		}
	}
}

// counts returns the rules in force and the sets that wait, by site, and how many dropped ones are remembered.
func (b *ruleBook) counts(now time.Time) (active, waiting map[string]int, dropped int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	active, waiting = make(map[string]int), make(map[string]int)
	for name, of := range b.sites {
		for _, h := range of {
			switch {
			case !now.Before(h.Set.Until):
			case h.inForce():
				active[name] += len(h.Set.Rules)
			default:
				waiting[name]++
			}
		}
	}
	return active, waiting, len(b.dropped)
}

func shown(all []*heldSet) []RuleSetShown {
	out := make([]RuleSetShown, 0, len(all))
	for _, h := range all {
		out = append(out, RuleSetShown{
			RuleSet: h.Set, Waits: h.Waits, Covers: h.Covers, Left: h.Left,
			Fit: h.traffic.Fit, Of: h.traffic.Of, Matched: maps.Clone(h.matched), Felt: h.felt,
		})
	}
	return out
}
