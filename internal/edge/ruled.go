package edge

import (
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/rules"
)

// SetRules gives each site named the rule sets listed and no others, none for an empty list, in one step: a request is decided on under all of
// the old rules or all of the new. Other sites keep theirs. An error says which set is wrong or has no room, and nothing has changed.
// Nothing here is asked on a request's way but [rules.Matcher.Match].
func (e *Edge) SetRules(sets map[string][]seawall.RuleSet) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := *e.policy.Load()
	next.rules = slices.Clone(next.rules)
	for name, of := range sets {
		site := next.hosts[name]
		if site == nil || site.Name != name {
			return fmt.Errorf("rules: %q is no site", name)
		}
		m, err := compile(name, of)
		if err != nil {
			return err
		}
		next.rules[site.Index] = m
	}
	e.policy.Store(&next)
	return nil
}

func compile(site string, sets []seawall.RuleSet) (*rules.Matcher, error) {
	for i := range sets {
		if err := sets[i].Check(); err != nil {
			return nil, err
		}
		if sets[i].Site != site {
			return nil, fmt.Errorf("rule set %s: is of site %q, not %q", sets[i].ID, sets[i].Site, site)
		}
	}
	return rules.Compile(sets)
}

// ruled returns a as a rule has it. In peace that changes nothing but that the rule is noted. In distress a request that goes to the origin
// takes a later turn, and who would wait for the origin although there is a copy that may be served stale gets that at once; it is renewed in
// the background.
func (p *policy) ruled(now time.Time, site *Site, r *seawall.Request, hit cache.Hit, a Action) Action {
	rule := p.rules[site.Index].Match(now, r)
	if rule == nil {
		return a
	}
	a.Rule = rule
	if (a.Kind != seawall.ActionForward && !a.Renew) || !p.Admit[site.Index].Load(now).Distress {
		return a
	}
	a.Under = rule.Effect
	a.Class = a.Class.Under(rule.Effect)
	switch a.Reason {
	case seawall.ReasonMiss, seawall.ReasonUncachable, seawall.ReasonRevalidate:
		a.Reason = seawall.ReasonListed
	}
	if rule.Effect.Copy == seawall.CopyAtOnce && hit.State == cache.Stale && hit.MayServeStale && hit.Collapsible && a.Kind == seawall.ActionForward {
		return p.atOnce(site, hit, a)
	}
	return a
}

// atOnce serves the copy that a forward would have fallen back to, and has it renewed.
func (p *policy) atOnce(site *Site, hit cache.Hit, a Action) Action {
	s := serve(site, hit.Entry, seawall.AnswerStale, seawall.ReasonListedCopy)
	s.Renew, s.Key, s.Class, s.Wait, s.Rule, s.Under = true, hit.Key, a.Class, p.Patience, a.Rule, a.Under
	return s
}
