package lookout

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/watch"
)

// tell hands over what people should hear of.
func (l *Lookout) tell(ctx context.Context, events []watch.Event) {
	slices.SortStableFunc(events, func(a, b watch.Event) int { return cmp.Compare(gaveWay(a), gaveWay(b)) })
	for _, e := range events {
		if e.Incident == nil {
			continue
		}
		m, ok := l.message(e)
		if !ok {
			continue
		}
		l.Logger.Info("incident", slog.String("id", m.Key), slog.String("kind", m.Kind.String()), slog.Int("sites", len(m.Sites)),
			slog.String("words", m.Words.English))
		if l.Post == nil {
			continue
		}
		if err := l.Post(ctx, m); err != nil && ctx.Err() == nil {
			l.counts.untold.Add(1)
			l.Logger.Error("a message was not taken", slog.String("id", m.Key), slog.Any("error", err))
		}
	}
}

// detailed is of how many of an incident's sites it is said what each vantage sees.
const detailed = 64

// message returns what is said of an incident and of each of its sites, and false when nobody needs to hear of it.
func (l *Lookout) message(e watch.Event) (notify.Message, bool) {
	i := &e.Incident.Incident
	if i.Kind == watch.Protection || len(i.Members) == 0 { // people probably pass a challenge; it is shown and wakes nobody
		return notify.Message{}, false
	}
	m := notify.Message{
		Key: incidentID(i.ID), At: e.At, Wait: i.Kind == watch.Slowness || i.Kind == watch.Partly,
		Since: notify.Interval(i.Start), Until: notify.Interval(i.End), Words: text(i.Words),
		Answer: text(sentence(i.Cause.Words())), Cause: i.Cause.Verdict.String() + " " + i.Cause.Inside.String(),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, x := range i.Members {
		if x.Gave {
			continue
		}
		s := notify.Site{
			Name: x.Site, Groups: l.all[x.Site].Groups, Kind: kindOf(i.Kind, x),
			Since: notify.Interval(x.Start), Until: notify.Interval(x.End), Words: text(x.Words),
		}
		if x.After != 0 {
			s.After = incidentID(x.After)
		}
		s.Staff = s.Kind == notify.Suspected || s.Kind == notify.Disrupted
		if n < detailed {
			s.Vantages = l.matrix(x.Site)
		}
		if m.Kind == notify.KindNone || worse(s.Kind, m.Kind) {
			m.Kind = s.Kind
		}
		m.Sites = append(m.Sites, s)
	}
	return m, len(m.Sites) > 0
}

// gaveWay returns 1 for an incident of which a site's part gave way to an outage, which is told first, else 0.
func gaveWay(e watch.Event) int {
	if e.Incident != nil && slices.ContainsFunc(e.Incident.Incident.Members, func(x watch.Member) bool { return x.Gave }) {
		return 1
	}
	return 0
}

// worse reports whether one kind is worse than another: what fails is worse than what recovers, and that than what is over.
func worse(a, b notify.Kind) bool {
	if a.Fails() && b.Fails() {
		return a > b
	}
	return a < b
}

// kindOf returns what kind of message a site's part in an incident is.
func kindOf(k watch.Kind, x watch.Member) notify.Kind {
	switch {
	case x.Phase == watch.Withdrawn, x.Phase == watch.Over:
		return notify.Closed
	case x.Phase == watch.Ending:
		return notify.Recovering
	case k == watch.Slowness:
		return notify.Slow
	case k == watch.OtherContent, k == watch.Partly, x.Grade != watch.Confirmed:
		return notify.Suspected
	case x.WasDown:
		return notify.Down
	default:
		return notify.Disrupted
	}
}

// sentence makes a sentence of words.
func sentence(w watch.Words) watch.Words {
	whole := func(s string) string {
		first, size := utf8.DecodeRuneInString(s)
		return string(unicode.ToUpper(first)) + s[size:] + "."
	}
	return watch.Words{EN: whole(w.EN), DA: whole(w.DA)}
}

func text(w watch.Words) notify.Text { return notify.Text{English: w.EN, Danish: w.DA} }

// matrix returns what each vantage says of a site. The caller holds mu.
func (l *Lookout) matrix(site string) []notify.Vantage {
	st, _ := l.machine.Status(site)
	var all []notify.Vantage
	for _, p := range st.Matrix[:min(len(st.Matrix), notify.MaxVantages)] {
		w := watch.ClassWords(p.Class)
		sees := notify.Text{English: w.EN + " (" + p.Class.String() + ")", Danish: w.DA + " (" + p.Class.String() + ")"}
		if p.Inside {
			sees.English, sees.Danish = sees.English+", from inside", sees.Danish+", indefra"
		}
		all = append(all, notify.Vantage{Name: p.Vantage, Sees: sees})
	}
	return all
}
