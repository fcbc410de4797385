package lookout

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/watch"
)

// tell hands over what people should hear of.
func (l *Lookout) tell(ctx context.Context, events []watch.Event) {
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

// message returns what is said of an incident, and false when nobody needs to hear of it.
func (l *Lookout) message(e watch.Event) (notify.Message, bool) {
	i := &e.Incident.Incident
	kind := kindOf(e.Incident)
	if kind == notify.KindNone {
		return notify.Message{}, false
	}
	m := notify.Message{
		Kind: kind, Key: incidentID(i.ID), At: e.At, Staff: kind == notify.Suspected || kind == notify.Disrupted, Wait: kind == notify.Slow || i.Kind == watch.Partly,
		Since: notify.Interval(i.Start), Until: notify.Interval(i.End), Words: text(i.Words), Answer: answer(i.Cause),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, host := range i.Sites() {
		m.Sites = append(m.Sites, notify.Site{Name: host, Groups: l.sites[host].Groups})
	}
	m.Vantages = l.matrix(i)
	return m, true
}

// kindOf returns what kind of message an incident's change is.
func kindOf(e *watch.IncidentEvent) notify.Kind {
	i := &e.Incident
	switch {
	case e.What == watch.Revoked, i.Phase == watch.Withdrawn, i.Phase == watch.Over:
		return notify.Closed
	case i.Phase == watch.Ending:
		return notify.Recovering
	}
	switch i.Kind {
	case watch.Slowness:
		return notify.Slow
	case watch.Protection:
		return notify.KindNone // people probably pass; it is shown and wakes nobody
	case watch.OtherContent, watch.Partly:
		return notify.Suspected
	}
	switch {
	case i.Grade != watch.Confirmed:
		return notify.Suspected
	case down(i):
		return notify.Down
	default:
		return notify.Disrupted
	}
}

func down(i *watch.Incident) bool {
	for _, m := range i.Members {
		if m.WasDown && m.Phase == watch.Ongoing {
			return true
		}
	}
	return false
}

func text(w watch.Words) notify.Text { return notify.Text{English: w.EN, Danish: w.DA} }

// matrix returns what each vantage says of the first site of an incident. The caller holds mu.
func (l *Lookout) matrix(i *watch.Incident) []notify.Vantage {
	if len(i.Members) == 0 {
		return nil
	}
	st, _ := l.machine.Status(i.Members[0].Site)
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

// answer answers the first question of whoever is woken: is it us, or our provider?
func answer(c watch.Cause) notify.Text {
	var t notify.Text
	switch c.Verdict {
	case watch.SiteAlone:
		s := c.Most()
		t.English = fmt.Sprintf("It looks like this site alone: %d other watched site(s) with the same %s (%s) are well.", s.Watched-s.Failing, s.What, s.Value)
		t.Danish = fmt.Sprintf("Det ligner kun dette sted: %d andre overvågede steder med samme %s (%s) har det godt.", s.Watched-s.Failing, danish[s.What], s.Value)
	case watch.Common:
		s := c.Most()
		t.English = fmt.Sprintf("It looks like what they share: %d of %d watched sites with the same %s (%s) fail.", s.Failing, s.Watched, s.What, s.Value)
		t.Danish = fmt.Sprintf("Det ligner det, de er fælles om: %d af %d overvågede steder med samme %s (%s) fejler.", s.Failing, s.Watched, danish[s.What], s.Value)
	default:
		t.English = "Whether it is the site or its provider cannot be told: nothing else that shares address, network or provider is watched."
		t.Danish = "Om det er stedet selv eller dets udbyder, kan ikke afgøres: intet andet med samme adresse, netværk eller udbyder overvåges."
	}
	switch c.Inside {
	case watch.LineFails:
		t.English += " From inside the program answers, so it is the line."
		t.Danish += " Indefra svarer programmet, så det er linjen."
	case watch.AlsoInside:
		t.English += " From inside the program does not answer either."
		t.Danish += " Indefra svarer programmet heller ikke."
	case watch.NotInside:
	}
	return t
}

// danish names what sites share.
var danish = map[string]string{
	"address": "adresse", "network": "netværk", "provider": "udbyder", "cname": "alias", "name servers": "navneservere",
}
