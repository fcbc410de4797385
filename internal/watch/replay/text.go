package replay

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
)

const clock = "2006-01-02 15:04:05"

// WriteText writes the timeline for a person: what happened in order, and below it the incidents.
func (t *Timeline) WriteText(out io.Writer) error {
	w := bufio.NewWriter(out)
	for _, e := range t.Events {
		if line := told(e); line != "" {
			fmt.Fprintf(w, "%s  %s\n", e.At.UTC().Format(clock), line)
		}
	}
	if len(t.Events) > 0 {
		fmt.Fprintln(w)
	}
	if len(t.Incidents) == 0 {
		fmt.Fprintln(w, "No incident.")
	}
	for _, i := range t.Incidents {
		fmt.Fprintf(w, "%s: %s (%s)\n", strings.Join(i.Sites, ", "), i.Words.EN, i.State)
		fmt.Fprintf(w, "  began %s, ended %s, %s in all", spanOf(&i.Start), spanOf(i.End), i.Duration.Words.EN)
		if i.Flaps > 0 {
			fmt.Fprintf(w, ", came back %d time(s)", i.Flaps)
		}
		fmt.Fprintf(w, "\n  %s\n", i.Cause.Words().EN)
	}
	for _, n := range t.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	return w.Flush()
}

// told says an event in a line; nothing of an incident but its beginning and end.
func told(e watch.Event) string {
	switch {
	case e.Transition != nil:
		t := e.Transition
		line := fmt.Sprintf("%s: %s → %s%s", t.Site, t.From, t.To, seen(t.Because))
		if t.Note != "" {
			line += " (" + t.Note + ")"
		}
		return line
	case e.Overlay != nil && e.Overlay.On:
		return fmt.Sprintf("%s: %s%s", e.Overlay.Site, e.Overlay.Words.EN, seen(e.Overlay.Matrix))
	case e.Overlay != nil:
		return fmt.Sprintf("%s: no longer %s", e.Overlay.Site, e.Overlay.Overlay)
	case e.Vantage != nil:
		return fmt.Sprintf("vantage %s: %s → %s, %s", e.Vantage.Vantage, e.Vantage.From, e.Vantage.To, e.Vantage.Why)
	case e.AskAgain != nil:
		a := e.AskAgain
		return fmt.Sprintf("vantage %s: %d sites (%d of %d groups) begin to fail at once; its votes wait, its sentinels are asked", a.Vantage, a.Sites, a.Groups, a.Of)
	case e.Incident != nil && e.Incident.What != watch.Updated:
		i := e.Incident.Incident
		return fmt.Sprintf("incident %d %s: %s: %s; %s", i.ID, e.Incident.What, strings.Join(i.Sites(), ", "), i.Words.EN, i.Cause.Words().EN)
	}
	return ""
}

// seen names a few probes.
func seen(all []watch.Probe) string {
	const few = 4
	var b strings.Builder
	for n, p := range all {
		if n == few {
			fmt.Fprintf(&b, " and %d more", len(all)-few)
			break
		}
		fmt.Fprintf(&b, ", %s %s at %s", p.Vantage, p.Class, p.At.UTC().Format("15:04:05"))
	}
	return b.String()
}

// spanOf says an interval.
func spanOf(i *Interval) string {
	switch {
	case i == nil || i.Latest == nil:
		return "not yet"
	case i.Earliest == nil:
		return "before " + i.Latest.Format(clock)
	case i.Latest.Sub(*i.Earliest) < time.Second:
		return i.Latest.Format(clock)
	default:
		return "between " + i.Earliest.Format(clock) + " and " + i.Latest.Format("15:04:05")
	}
}
