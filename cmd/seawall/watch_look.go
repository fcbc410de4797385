package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/watch"
)

func newWatchStatus() *cobra.Command {
	var f lookout.Filter
	cmd := &cobra.Command{Use: "status", Short: "Show how the watched sites stand", Args: cobra.NoArgs}
	cmd.Flags().BoolVar(&f.Affected, "affected", false, "only sites of which there is something to say")
	cmd.Flags().StringVar(&f.Group, "group", "", "only sites of this group")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, _ []string) (lookout.Overview, error) {
		return lookout.Status.Ask(ctx, way, f)
	}, sayOverview)
}

func sayOverview(w io.Writer, o lookout.Overview) {
	fmt.Fprintf(w, "%s: %d of %d watched sites are affected\n", clock(o.At), o.Affected, o.Watched)
	checked := false
	for _, v := range o.Vantages {
		checked = checked || v.Health != watch.Unchecked.String()
		fmt.Fprintf(w, "measured from %s: %s since %s\n", v.Name, v.Health, clock(v.Since))
	}
	if !checked {
		fmt.Fprintln(w, "no vantage has checked itself, so nothing goes beyond \"suspected\"")
	}
	for _, s := range o.Sites {
		note := ""
		if s.Incident != "" {
			note = "  incident " + s.Incident
		}
		if s.Paused {
			note += "  (paused)"
		}
		inside := fromInside(s.Matrix)
		note += inside
		if s.State == watch.Unknown && inside != "" {
			s.Words.EN = "not measured from outside"
		}
		fmt.Fprintf(w, "  %-32s %-11s %s, since %s%s\n", s.Name, s.State, s.Words.EN, clock(s.Since), note)
	}
}

// fromInside says what a vantage on the site's own machine or network found.
func fromInside(matrix []watch.Probe) string {
	if i := slices.IndexFunc(matrix, func(p watch.Probe) bool { return p.Inside }); i >= 0 {
		return "  from inside: " + matrix[i].Class.String()
	}
	return ""
}

func newWatchNow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "now SITE", Short: "Measure a site at once, while on the telephone", Args: cobra.ExactArgs(1),
		Long: "Has the running lookout measure a site at once, from every vantage whose turn it is. The site's budget holds: 3 requests a minute in\n" +
			"peace, 6 in doubt, and who asks has a doubt. A vantage whose budget has no room answers as soon as it has; after 50 s, what it found last\n" +
			"is shown instead. Which vantages were not asked is said, and why.\n\n" +
			"Exits 1 when the site is paused, and 3 when its owner has opted out.",
	}
	var none error // when nobody asks the site
	cmd = newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) ([]lookout.Sighting, error) {
		all, err := lookout.Measure.Ask(ctx, way, lookout.Named{Site: args[0]})
		none = nobodyAsks(args[0], all)
		return all, err
	}, func(w io.Writer, all []lookout.Sighting) {
		for _, x := range all {
			_, _ = io.WriteString(w, sightingText(x))
		}
	})
	printed := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := printed(cmd, args); err != nil {
			return err
		}
		return none
	}
	return cmd
}

// nobodyAsks returns why no vantage at all asks a site, with its exit code; nil when one does.
func nobodyAsks(site string, all []lookout.Sighting) error {
	for _, x := range all {
		switch x.NotAsked {
		case lookout.OptedOut:
			return &exitError{exitUnfit, fmt.Errorf("%s has opted out: it is not measured", site)}
		case lookout.Paused:
			return &exitError{exitShort, fmt.Errorf("%s is paused; \"seawall watch pause %s --off\" has it measured again", site, site)}
		}
	}
	return nil
}

func newWatchAdopt() *cobra.Command {
	cmd := &cobra.Command{
		Use: "adopt SITE", Short: "Say that what a site shows now is its own page, as after a new design", Args: cobra.ExactArgs(1),
		Long: "A page of which neither the title nor the text is like anything that the site has lately shown is taken for another page: a person is\n" +
			"told that the site shows other content. This says that it is the site's own. Without it, that is taken to be so after a day.",
	}
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Adopted, error) {
		return lookout.Adopt.Ask(ctx, way, lookout.Named{Site: args[0]})
	}, func(w io.Writer, a lookout.Adopted) {
		if !a.Changed {
			fmt.Fprintf(w, "%s shows the page that it is known by\n", a.Site)
			return
		}
		fmt.Fprintf(w, "what %s shows now is its own page\n", a.Site)
	})
}

// notAsked says why a vantage was not asked.
var notAsked = map[lookout.NotAsked]string{
	lookout.Paused: "the site is paused", lookout.OptedOut: "its owner has opted out", lookout.OthersTurns: "other vantages have this site's turns",
	lookout.TooMuch: "it was just asked for many other sites",
}

// sightingText says what one vantage found, and when that was.
func sightingText(x lookout.Sighting) string {
	switch {
	case x.NotAsked != "":
		return fmt.Sprintf("%s: not asked, since %s\n", x.Vantage, notAsked[x.NotAsked])
	case x.Result == nil:
		return x.Vantage + ": no answer yet\n"
	case !x.Fresh:
		return fmt.Sprintf("%s, not asked now; at %s:\n%s", x.Vantage, clock(x.Result.At), probeText(*x.Result))
	}
	return fmt.Sprintf("%s, at %s:\n%s", x.Vantage, clock(x.Result.At), probeText(*x.Result))
}

func newIncident() *cobra.Command {
	cmd := &cobra.Command{
		Use: "incident", Short: "Show and answer for incidents at watched sites", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newIncidentList(), newIncidentShow(), newIncidentAck(), newIncidentNote(), newIncidentReport())
	return cmd
}

func newIncidentList() *cobra.Command {
	var f lookout.IncidentFilter
	cmd := &cobra.Command{Use: "list", Short: "Show incidents, the latest first", Args: cobra.NoArgs}
	cmd.Flags().BoolVar(&f.Open, "open", false, "only those that last")
	cmd.Flags().IntVar(&f.Most, "most", 100, "so many at most")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, _ []string) ([]lookout.Incident, error) {
		return lookout.Incidents.Ask(ctx, way, f)
	}, func(w io.Writer, all []lookout.Incident) {
		for _, i := range all {
			acked := ""
			if i.AckedBy != "" {
				acked = "  seen to by " + i.AckedBy
			}
			fmt.Fprintf(w, "%-6s %s  %-10s %-40s %s%s\n", i.ID, clock(i.Opened), i.What.Phase, i.What.Words.EN, strings.Join(i.What.Sites(), ", "), acked)
		}
	})
}

func newIncidentAck() *cobra.Command {
	in := lookout.Person{}
	cmd := &cobra.Command{Use: "ack ID", Short: "Say that somebody sees to an incident: reminders end", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&in.By, "by", currentUser(), "who")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Incident, error) {
		in.ID = args[0]
		return lookout.Acknowledge.Ask(ctx, way, in)
	}, sayIncident)
}

func newIncidentNote() *cobra.Command {
	in := lookout.Person{}
	cmd := &cobra.Command{Use: "note ID TEXT", Short: "Write something down about an incident", Args: cobra.ExactArgs(2)}
	cmd.Flags().StringVar(&in.By, "by", currentUser(), "who")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Incident, error) {
		in.ID, in.Text = args[0], args[1]
		return lookout.Note.Ask(ctx, way, in)
	}, sayIncident)
}
