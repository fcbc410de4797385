package seawall

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// RuleSet is a prepared defence of one site: which requests attackers were told to send it, and what such requests count for while its
// origin is in distress. It is made from attack orders, which strangers write, so it can say little: there is no effect that refuses,
// challenges or stores anything, and in peace a rule has none at all. It is plain data, and nobody changes it once it is handed over.
type RuleSet struct {
	ID     string     `json:"id"`     // letters, digits, "-", "." and "_", at most [MaxRuleSetID]; unique among the sets of a site
	Site   string     `json:"site"`   // the site's configured name
	Source Provenance `json:"source"` // what it was made from
	Since  time.Time  `json:"since"`  // when it was made, or approved after that
	Until  time.Time  `json:"until"`  // from then on it has no effect; at most [RuleSetLife] after Since
	Rules  []Rule     `json:"rules"`  // at least one, at most [MaxRules]
}

// Provenance is where a rule set comes from.
type Provenance struct {
	Feed    string    `json:"feed"`    // the feed's name, as the operator calls it
	Listing string    `json:"listing"` // what names the listing in that feed
	Seen    time.Time `json:"seen"`    // the last list that it rests on
}

// Rule is one kind of request and what it counts for. Values in a query are never looked at: the word that a bot makes up and the one that a
// reader types look alike.
type Rule struct {
	ID     string `json:"id"`     // as [RuleSet.ID]; unique in its set
	Method string `json:"method"` // upper case; "GET" means HEAD as well
	// Path is written like that of a [Template], of at most [MaxRulePath] bytes and [MaxRuleSegments] segments. As a whole segment
	// "{number}" is digits with sign, point and comma, "{word}" is anything without digits and "@", "{email}" anything with "@", and "{token}"
	// anything at all, but never nothing. Between literals in a segment any class is something that is not nothing.
	Path   string   `json:"path"`
	Query  []string `json:"query,omitempty"` // the names of its query's parameters in any order, all of them and no others, at most [MaxRuleQuery]
	Effect Effect   `json:"effect"`
}

// Limits of rule sets.
const (
	RuleSetLife     = 48 * time.Hour
	MaxRules        = 64   // rules of a set
	MaxRuleSetID    = 80   // bytes
	MaxRulePath     = 1024 // bytes
	MaxRuleSegments = 8    // of a path
	MaxRuleQuery    = 16   // names of parameters
)

// Check reports what is wrong with a set: an ID or a path that is none, too many of something, an effect that does not exist, a life that is
// too long. A set that passes can be taken up by an edge, as long as that has room.
func (s *RuleSet) Check() error {
	switch {
	case !isRuleID(s.ID):
		return fmt.Errorf("rule set %q: its ID is none", s.ID)
	case s.Site == "":
		return fmt.Errorf("rule set %s: names no site", s.ID)
	case len(s.Rules) == 0 || len(s.Rules) > MaxRules:
		return fmt.Errorf("rule set %s: has %d rules, 1 to %d are allowed", s.ID, len(s.Rules), MaxRules)
	case s.Since.IsZero() || !s.Until.After(s.Since):
		return fmt.Errorf("rule set %s: does not say how long it is in force", s.ID)
	case s.Until.Sub(s.Since) > RuleSetLife:
		return fmt.Errorf("rule set %s: is in force for longer than %v", s.ID, RuleSetLife)
	}
	seen := make(map[string]bool, len(s.Rules))
	for i := range s.Rules {
		r := &s.Rules[i]
		if err := r.check(); err != nil {
			return fmt.Errorf("rule set %s: rule %q: %w", s.ID, r.ID, err)
		}
		if seen[r.ID] {
			return fmt.Errorf("rule set %s: two rules are called %q", s.ID, r.ID)
		}
		seen[r.ID] = true
	}
	return nil
}

func (r *Rule) check() error {
	switch {
	case !isRuleID(r.ID):
		return errors.New("its ID is none")
	case r.Method == "" || r.Method != strings.ToUpper(r.Method) || len(r.Method) > 20:
		return fmt.Errorf("%q is no method", r.Method)
	case r.Path == "" || r.Path[0] != '/' || strings.ContainsAny(r.Path, "?# ") || len(r.Path) > MaxRulePath:
		return errors.New("its path is none")
	case strings.Count(r.Path, "/") > MaxRuleSegments:
		return fmt.Errorf("its path has more than %d segments", MaxRuleSegments)
	case len(r.Query) > MaxRuleQuery:
		return fmt.Errorf("its query has more than %d parameters", MaxRuleQuery)
	case r.Effect.Weight >= weights || r.Effect.Share >= shares || r.Effect.Copy >= copies:
		return errors.New("its effect does not exist")
	}
	for _, name := range r.Query {
		if name == "" || strings.ContainsAny(name, "&=# ") || len(name) > MaxRulePath {
			return errors.New("its query has a parameter without a name")
		}
	}
	return nil
}

func isRuleID(id string) bool {
	return id != "" && len(id) <= MaxRuleSetID && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	})
}
