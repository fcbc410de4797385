package watch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

func compare[T cmp.Ordered](a, b T) int { return cmp.Compare(a, b) }

// Verdict answers the first question of whoever is woken: is it us, or our provider?
type Verdict uint8

// The verdicts.
const (
	Unclear   Verdict = iota // nothing that could be compared is watched, or it was not asked since
	SiteAlone                // others at the same provider, network or address are known to be well since it began, and none fails
	Common                   // several that share it fail together
)

var verdicts = [...]string{Unclear: "unclear", SiteAlone: "site", Common: "common"}

// String returns the verdict's name.
func (v Verdict) String() string { return name(verdicts[:], v) }

// MarshalText returns the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads a verdict's name.
func (v *Verdict) UnmarshalText(text []byte) error { return named(verdicts[:], v, text) }

// Cause is what can be said about where a failure lies.
type Cause struct {
	Verdict Verdict  `json:"verdict"`
	Shared  []Shared `json:"shared"` // what members share with other watched sites
	Inside  Inside   `json:"inside"`
	Voted   int      `json:"voted"`  // networks that took part in the last round of the first member
	Failed  int      `json:"failed"` // of these
}

// Shared counts the watched sites that have something in common with a member of an incident.
type Shared struct {
	What    string `json:"what"` // "address", "network", "provider", "cname" or "name servers"
	Value   string `json:"value"`
	Watched int    `json:"watched"`
	Failing int    `json:"failing"`
	Well    int    `json:"well"` // known to be: served since the failure began, and refused nowhere
	Open    int    `json:"open"` // neither, so far; those that nobody sees are in none of these
}

// alone reports whether what is known of the others says that only one site fails: they are well, but for a tenth of which that is not known.
func (s Shared) alone() bool { return s.Failing == 1 && s.Well > 0 && 10*s.Open <= s.Watched-1 }

// Inside is what a vantage in the site's own network sees, which never votes and tells cause.
type Inside uint8

// What is seen from inside.
const (
	NotInside  Inside = iota // there is no such vantage, or it is silent
	LineFails                // the program answers, the line does not
	AlsoInside               // the program does not answer either
)

var insides = [...]string{NotInside: "unknown", LineFails: "line", AlsoInside: "program"}

// String returns the name of what is seen.
func (i Inside) String() string { return name(insides[:], i) }

// MarshalText returns the name of what is seen.
func (i Inside) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads the name of what is seen.
func (i *Inside) UnmarshalText(text []byte) error { return named(insides[:], i, text) }

// tie is something that sites can share.
type tie struct {
	what, value string
	provider    string // of a network: a prefix in which providers differ is not one network
}

const (
	tieAddress  = "address"
	tieProvider = "provider"
	tieNetwork  = "network"
	tieCNAME    = "cname"
	tieServers  = "name servers"
)

// ties returns what a site may share with others, closest first.
func (s Site) ties() []tie {
	var all []tie
	for _, a := range s.Addresses {
		all = append(all, tie{what: tieAddress, value: a.Unmap().String()})
	}
	if s.CNAME != "" {
		all = append(all, tie{what: tieCNAME, value: strings.ToLower(s.CNAME)})
	}
	if s.Provider != "" {
		all = append(all, tie{what: tieProvider, value: strings.ToLower(s.Provider)})
	}
	for _, a := range s.Addresses {
		if t := (tie{tieNetwork, prefixOf(a).String(), strings.ToLower(s.Provider)}); !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	if len(s.NameServers) > 0 {
		servers := slices.Clone(s.NameServers)
		slices.Sort(servers)
		all = append(all, tie{what: tieServers, value: strings.ToLower(strings.Join(servers, " "))})
	}
	return all
}

// SharesWith reports whether two sites have an address, an alias, a provider or a network in common, so that one failure can take both.
func (s Site) SharesWith(o Site) bool {
	theirs := o.ties()
	return slices.ContainsFunc(s.ties(), func(t tie) bool { return t.what != tieServers && slices.Contains(theirs, t) })
}

// Shared returns a key for each thing that the site can share in the sense of [Site.SharesWith]: two sites share something when they have a key in
// common. Keys mean nothing beyond that.
func (s Site) Shared() []string {
	var keys []string
	for _, t := range s.ties() {
		if t.what != tieServers {
			keys = append(keys, t.what+"\x00"+t.value+"\x00"+t.provider)
		}
	}
	return keys
}

// bind works out who shares what, once.
func (m *Machine) bind() {
	m.shares = make(map[tie][]string)
	for _, name := range m.order {
		for _, t := range m.sites[name].Site.ties() {
			m.shares[t] = append(m.shares[t], name)
		}
	}
	m.group = make(map[string]int, len(m.order))
	parent := make([]int, len(m.order))
	index := make(map[string]int, len(m.order))
	for i, name := range m.order {
		parent[i], index[name] = i, i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for t, names := range m.shares {
		if t.what == tieProvider {
			continue // a provider may be as large as a country
		}
		for _, name := range names[1:] {
			a, b := root(index[names[0]]), root(index[name])
			parent[max(a, b)] = min(a, b)
		}
	}
	for i, name := range m.order {
		m.group[name] = root(i)
	}
}

// kin returns the open incident of a site that shares something with s and began to fail at about the same time.
func (m *Machine) kin(s *siteState, k Kind, start Interval) *Incident {
	for _, t := range s.Site.ties() {
		if !s.by(t) {
			continue
		}
		for _, name := range m.shares[t] {
			o := m.sites[name]
			e := o.get(k)
			if o == s || !o.by(t) || e == nil || e.Phase != Ongoing || start.Latest.Sub(e.Start.Latest).Abs() > together {
				continue
			}
			if i := m.incidents[e.Incident]; i != nil {
				return i
			}
		}
	}
	return nil
}

// by reports whether a site may fail by something that it shares: by its name servers only where it is its name that fails, which every vote against
// it in the last round that has one says.
func (s *siteState) by(t tie) bool {
	if t.what != tieServers {
		return true
	}
	for _, r := range slices.Backward(s.Rounds) {
		downs := 0
		for _, c := range r.Casts {
			if c.Vote != probe.Down {
				continue
			}
			if downs++; !c.Class.OfDNS() {
				return false
			}
		}
		if downs > 0 {
			return true
		}
	}
	return false
}

// cause says what can be said about where an incident's failure lies. That it is one site alone is said when the others are known to be well, and then
// stands until another fails.
func (m *Machine) cause(i *Incident) Cause {
	var c Cause
	alone, common := false, len(i.Members) > 1
	for _, x := range i.Members {
		s := m.sites[x.Site]
		if s == nil {
			continue
		}
		for _, t := range s.Site.ties() {
			if !s.by(t) || len(m.shares[t]) < 2 || slices.ContainsFunc(c.Shared, func(o Shared) bool { return o.What == t.what && o.Value == t.value }) {
				continue
			}
			sh := m.share(i, t)
			alone = alone || sh.alone() || i.Cause.Verdict == SiteAlone && sh.Failing == 1 && sh.Well > 0
			common = common || sh.Failing > 1
			c.Shared = append(c.Shared, sh)
		}
	}
	switch {
	case common:
		c.Verdict = Common
	case alone:
		c.Verdict = SiteAlone
	}
	if at := slices.IndexFunc(i.Members, func(x Member) bool { return m.sites[x.Site] != nil }); at >= 0 {
		s := m.sites[i.Members[at].Site]
		c.Inside = m.fromInside(s)
		if rounds := s.recent(1); len(rounds) == 1 {
			t := count(m.networkVotes(s, rounds[0], cast.any))
			c.Voted, c.Failed = t.all, t.down
		}
	}
	return c
}

// share counts how the sites fare that have something in common with a member of an incident.
func (m *Machine) share(i *Incident, t tie) Shared {
	sh := Shared{What: t.what, Value: t.value, Watched: len(m.shares[t])}
	for _, name := range m.shares[t] {
		s := m.sites[name]
		switch member := i.has(name); {
		case (member || s.ails(i.Kind)) && s.by(t):
			sh.Failing++
		case member:
		default:
			well, seen := m.isWell(s, i.Kind, i.Start.Latest)
			sh.Well += toInt(well)
			sh.Open += toInt(seen && !well)
		}
	}
	return sh
}

// isWell reports whether a site is known to be well: it was asked since a time, and nobody who has a fresh vote on it finds the trouble there. It also
// reports whether anybody has.
func (m *Machine) isWell(s *siteState, k Kind, since time.Time) (well, seen bool) {
	for _, name := range s.voters() {
		b := s.Ballots[name]
		if b.Vote == probe.NoVote || m.now.Sub(b.At) > s.fresh(b) || !m.witness(s, name) {
			continue
		}
		seen = true
		if b.of(k).On {
			return false, true
		}
		well = well || b.At.After(since)
	}
	return well, seen
}

// has reports whether a site is a member.
func (i *Incident) has(site string) bool {
	_, found := i.find(site)
	return found
}

// ails reports whether a site has the same trouble now, as far as its last round shows.
func (s *siteState) ails(k Kind) bool {
	if e := s.get(k); e != nil {
		return e.Phase == Ongoing
	}
	r := s.recent(1)
	return k == Outage && len(r) == 1 && (r[0].Outcome == failing || r[0].Outcome == weakFail)
}

// fromInside returns what vantages in the site's own network see.
func (m *Machine) fromInside(s *siteState) Inside {
	seen := NotInside
	for _, name := range s.voters() {
		b, v := s.Ballots[name], m.vantages[name]
		if v == nil || !s.inside[name] || !v.suggests() || m.now.Sub(b.At) > s.fresh(b) {
			continue
		}
		switch {
		case b.Failing.On:
			seen = max(seen, AlsoInside)
		case !b.Failing.LastOff.IsZero():
			return LineFails
		}
	}
	return seen
}

// String says the cause in a sentence for a log.
func (c Cause) String() string {
	all := make([]string, 0, len(c.Shared))
	for _, s := range c.Shared {
		all = append(all, fmt.Sprintf("%d of %d at %s %s", s.Failing, s.Watched, s.What, s.Value))
	}
	return fmt.Sprintf("%s (%s), inside %s", c.Verdict, strings.Join(all, ", "), c.Inside)
}

// Words answers the first question of whoever is woken, in a sentence, and claims no more than is known.
func (c Cause) Words() Words {
	var w Words
	switch s := c.Most(); {
	case s.What == "":
		w = Words{
			"site or provider cannot be told apart: no other watched site shares its address, network or provider",
			"side og udbyder kan ikke skelnes: ingen anden målt side deler adresse, net eller udbyder",
		}
	case c.Verdict == Common:
		w = Words{
			fmt.Sprintf("one cause is likely: %d of %d watched sites at %s %s fail together", s.Failing, s.Watched, s.What, s.Value),
			fmt.Sprintf("én årsag er sandsynlig: %d af %d målte sider med samme %s (%s) fejler samtidig", s.Failing, s.Watched, danishTies[s.What], s.Value),
		}
	case c.Verdict == SiteAlone:
		w = Words{
			fmt.Sprintf("the site alone: of %d watched sites at %s %s only this one fails; asked since and well: %d", s.Watched, s.What, s.Value, s.Well),
			fmt.Sprintf("kun denne side: af %d målte sider med samme %s (%s) fejler kun denne; målt siden og uden fejl: %d", s.Watched, danishTies[s.What], s.Value, s.Well),
		}
	default:
		w = Words{
			fmt.Sprintf("site or provider cannot be told apart yet: %d watched sites at %s %s; asked since and well: %d", s.Watched, s.What, s.Value, s.Well),
			fmt.Sprintf("side og udbyder kan endnu ikke skelnes: %d målte sider med samme %s (%s); målt siden og uden fejl: %d",
				s.Watched, danishTies[s.What], s.Value, s.Well),
		}
	}
	switch c.Inside {
	case LineFails:
		w = Words{w.EN + "; from inside the program answers, the line does not", w.DA + "; indefra svarer programmet, linjen gør ikke"}
	case AlsoInside:
		w = Words{w.EN + "; from inside the program does not answer either", w.DA + "; indefra svarer programmet heller ikke"}
	}
	return w
}

// danishTies are what sites share, in Danish.
var danishTies = map[string]string{
	tieAddress: "adresse", tieNetwork: "net", tieProvider: "udbyder", tieCNAME: "alias", tieServers: "navneservere",
}

// Most returns what says most about the cause, the closest first: where one site fails alone what shows that, else what most failing sites share; the
// zero value where they share nothing.
func (c Cause) Most() Shared {
	var best Shared
	for n, s := range c.Shared {
		switch {
		case c.Verdict == SiteAlone && s.alone():
			return s
		case n == 0, s.Failing > best.Failing, c.Verdict != Common && s.Failing == best.Failing && best.Well == 0 && s.Well > 0:
			best = s
		}
	}
	return best
}
