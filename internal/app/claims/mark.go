package claims

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/store"
)

// Marking is what somebody who sees a host from inside, or works on it, knows of a time. It says in which role, and never who.
type Marking struct {
	Target string    `json:"target,omitempty"`
	Seen   string    `json:"seen,omitempty"` // see [Sights]
	Role   string    `json:"role,omitempty"` // see [Roles]
	From   time.Time `json:"from,omitzero"`
	Until  time.Time `json:"until,omitzero"`

	Drop uint64 `json:"drop,omitempty"` // in place of all that: the entry of a mark that was a mistake
}

// Marked is a mark as it is kept.
type Marked struct {
	Entry  uint64    `json:"entry"` // of the ledger
	Target string    `json:"target"`
	Seen   string    `json:"seen"`
	Role   string    `json:"role"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	At     time.Time `json:"at"` // when it came in
	Gone   bool      `json:"gone"`
}

// What an edge or a provider saw of an attack itself.
const (
	sawTemplates = "templates"
	sawAttack    = "attack"
	sawNone      = "no_attack"
)

// Sights are what can be seen: words for a [claim.Reason], and whether there was an attack.
func Sights() []string {
	return []string{sawTemplates, sawAttack, sawNone, "deploy", "flash_crowd", "certificate", "wider_outage", "maintenance"}
}

// The roles.
const (
	RoleOwner    = "owner"    // the site's own people
	RoleEdge     = "edge"     // a reverse proxy in front of it
	RoleProvider = "provider" // who carries its traffic
	RoleOperator = "operator" // who runs the lookout
)

// Roles are in which somebody may know something.
func Roles() []string { return []string{RoleOwner, RoleEdge, RoleProvider, RoleOperator} }

// The limits of marks.
const (
	maxMarks    = 1000                // of one host
	longestMark = 31 * 24 * time.Hour // a mark says when something was, and not that it is always so
)

// mark notes in the ledger what somebody knows of a host, or takes that back.
func (d *Desk) mark(ctx context.Context, in Marking) (Marked, error) {
	if in.Drop > 0 {
		return d.unmark(ctx, in)
	}
	m, err := in.check(d.Now())
	if err != nil {
		return Marked{}, err
	}
	had, err := d.Store.Marks(ctx, m.Host, maxMarks)
	if err != nil {
		return Marked{}, err
	}
	for i := range had {
		if was := &had[i]; was.Seen == m.Seen && was.Role == m.Role && was.From.Equal(m.From) && was.Until.Equal(m.Until) {
			return markedOf(was), nil
		}
	}
	if len(had) >= maxMarks {
		return Marked{}, desk.Refuse("%d marks of %s are kept, and that is the most", maxMarks, m.Host)
	}
	_, err = d.record(ctx, func(w *writer) error {
		m.At = w.now
		m.Entry = w.addJSON(kindMark, sealedMark{m.Host, m.Seen, m.Role, m.From, m.Until})
		w.step.Marks = []store.KeptMark{m}
		return nil
	})
	return markedOf(&m), err
}

// sealedMark is a mark as the ledger holds it.
type sealedMark struct {
	Target string    `json:"target"`
	Seen   string    `json:"seen"`
	Role   string    `json:"role"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

// check reads a mark.
func (in *Marking) check(now time.Time) (store.KeptMark, error) {
	m := store.KeptMark{Host: asciiOf(hostOf(in.Target)), Seen: strings.ReplaceAll(in.Seen, "-", "_"), Role: in.Role}
	m.From, m.Until = in.From.UTC().Truncate(time.Millisecond), in.Until.UTC().Truncate(time.Millisecond)
	if m.Role == "" {
		m.Role = RoleOwner
	}
	attack := m.Seen == sawTemplates || m.Seen == sawAttack || m.Seen == sawNone
	switch {
	case m.Host == "" || len(m.Host) > 253:
		return m, desk.Refuse("name the host that it is of")
	case !slices.Contains(Sights(), m.Seen):
		return m, desk.Refuse("what was seen is one of %s, not %.40q", strings.Join(Sights(), ", "), in.Seen)
	case !slices.Contains(Roles(), m.Role):
		return m, desk.Refuse("it is known to the %s, not to %.40q", strings.Join(Roles(), ", "), in.Role)
	case attack && m.Role != RoleEdge && m.Role != RoleProvider:
		return m, desk.Refuse("whether there was an attack is seen by an edge or a provider, and by nobody else")
	case m.Seen == sawNone && m.Role != RoleProvider:
		return m, desk.Refuse("that there was no attack is seen by a provider alone: what is sent past an edge it does not see")
	case m.From.Year() < 2000 || !m.From.Before(m.Until):
		return m, desk.Refuse("say from when until when")
	case m.Until.After(now.Add(longestMark)) || m.Until.Sub(m.From) > longestMark:
		return m, desk.Refuse("a mark is of at most %d days, and not of a time so far ahead", int(longestMark.Hours()/24))
	case m.Until.After(now) && attack:
		return m, desk.Refuse("what was seen of an attack cannot lie ahead")
	}
	return m, nil
}

// unmark takes a mark back. What was judged by it stands until it is judged again.
func (d *Desk) unmark(ctx context.Context, in Marking) (Marked, error) {
	all, err := d.Store.Marks(ctx, "", 0)
	if err != nil {
		return Marked{}, err
	}
	i := slices.IndexFunc(all, func(m store.KeptMark) bool { return m.Entry == in.Drop })
	if i < 0 {
		return Marked{}, desk.Refuse("entry %d of the ledger is no mark that is kept", in.Drop)
	}
	_, err = d.record(ctx, func(w *writer) error {
		w.bury(in.Drop, ReasonMistake)
		w.step.EraseMarks = []uint64{in.Drop}
		return nil
	})
	m := markedOf(&all[i])
	m.Gone = true
	return m, err
}

func markedOf(m *store.KeptMark) Marked {
	return Marked{Entry: m.Entry, Target: m.Host, Seen: m.Seen, Role: m.Role, From: m.From, Until: m.Until, At: m.At}
}

// marksOf returns what is known of a host, with or without "www.", in the order in which it came in.
func (d *Desk) marksOf(ctx context.Context, host string) ([]store.KeptMark, error) {
	var all []store.KeptMark
	for _, name := range seawall.Spellings(host) {
		some, err := d.Store.Marks(ctx, name, maxMarks)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b store.KeptMark) int { return int(a.Entry) - int(b.Entry) }) //nolint:gosec // entries are counted
	return all, nil
}

// reasonsOf returns the marks that speak for or against a connection.
func reasonsOf(all []store.KeptMark) (out []claim.Mark) {
	for i := range all {
		if r, known := marks[all[i].Seen]; known {
			out = append(out, claim.Mark{Reason: r, From: all[i].From, To: all[i].Until})
		}
	}
	return out
}

// within returns the marks that meet the windows of a verdict.
func within(all []store.KeptMark, v *Verdict) (out []store.KeptMark) {
	for i := range all {
		if m := &all[i]; slices.ContainsFunc(v.Windows, func(w Span) bool { return !m.From.After(w.To) && !w.From.After(m.Until) }) {
			out = append(out, *m)
		}
	}
	return out
}

// activity returns what a mark says of an attack, and false when it says nothing of one.
func (m *sealedMark) activity() (report.Activity, bool) {
	a := report.Activity{By: report.Edge, Seen: m.Seen != sawNone, From: m.From, To: m.Until}
	if m.Role == RoleProvider {
		a.By = report.Provider
	} else if m.Role != RoleEdge {
		return a, false
	}
	switch m.Seen {
	case sawTemplates:
		a.What = "requests of the kind that an attack list orders"
	case sawAttack:
		a.What = "a flood"
	case sawNone:
		a.What = "no flood"
	default:
		return a, false
	}
	return a, true
}
