package orders

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/notify"
)

// What a warning spells out.
const (
	maxShownTemplates = 5 // kinds of request
	maxShownPorts     = 8
)

// aim says what the orders ask for: in classes, for nothing else of them is kept.
func aim(templates []seawall.Template) notify.Text {
	var kinds, rest []string
	for i := range templates {
		t := &templates[i]
		text := string(t.Vector)
		if t.Vector.Requests() {
			text = fmt.Sprintf("%s %s %s", t.Vector, t.Method, target(t))
		}
		switch {
		case slices.Contains(kinds, text), slices.Contains(rest, text):
		case t.Vector.Requests():
			kinds = append(kinds, text)
		default:
			rest = append(rest, text)
		}
	}
	all := slices.Concat(kinds, rest)
	more := len(all) - min(len(all), maxShownTemplates)
	en := "Aimed at: " + strings.Join(all[:len(all)-more], "; ")
	da := "Rettet mod: " + strings.Join(all[:len(all)-more], "; ")
	if more > 0 {
		en += fmt.Sprintf("; and %d more", more)
		da += fmt.Sprintf("; og %d til", more)
	}
	portsEN, portsDA := ports(templates)
	madeEN, madeDA := made(templates)
	return notify.Text{
		English: en + portsEN + "." + madeEN + " A list is an order, not an attack: it says nothing of whether one comes.",
		Danish:  da + portsDA + "." + madeDA + " En liste er en ordre, ikke et angreb: den siger intet om, hvorvidt der kommer et.",
	}
}

// target writes a template's path and query.
func target(t *seawall.Template) string {
	var b strings.Builder
	b.WriteString(t.Path)
	for i, p := range t.Query {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(p.Name)
		if p.Class != seawall.ClassNone {
			b.WriteString("={" + string(p.Class) + "}")
		}
	}
	return b.String()
}

// ports says which ports are aimed at, in English and Danish.
func ports(templates []seawall.Template) (en, da string) {
	var all []int
	for i := range templates {
		if p := int(templates[i].Port); p != 0 && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return "", ""
	}
	slices.Sort(all)
	var shown []string
	for _, p := range all[:min(len(all), maxShownPorts)] {
		shown = append(shown, strconv.Itoa(p))
	}
	list := strings.Join(shown, ", ")
	if n := len(all) - len(shown); n > 0 {
		list += fmt.Sprintf(" +%d", n)
	}
	if len(all) == 1 {
		return "; port " + list, "; port " + list
	}
	return "; ports " + list, "; porte " + list
}

// made says how old the orders are: one that stands for months on lists was written for another day.
func made(templates []seawall.Template) (en, da string) {
	var first, last time.Time
	for i := range templates {
		t := templates[i].Created
		if t.IsZero() {
			continue
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	from, to := first.UTC().Format(time.DateOnly), last.UTC().Format(time.DateOnly)
	switch {
	case first.IsZero():
		return "", ""
	case from == to:
		return " The orders are of " + from + ".", " Ordrerne er fra " + from + "."
	default:
		return " The orders are of " + from + " to " + to + ".", " Ordrerne er fra " + from + " til " + to + "."
	}
}
