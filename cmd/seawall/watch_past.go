package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/lookout"
)

// spanFlags say which part of a history is meant.
type spanFlags struct {
	last         time.Duration
	since, until string
}

func (f *spanFlags) register(cmd *cobra.Command, last time.Duration) {
	fl := cmd.Flags()
	fl.DurationVar(&f.last, "last", last, "how far back")
	fl.StringVar(&f.since, "since", "", "from when on, in place of --last, as 2026-11-27T22:00:00Z")
	fl.StringVar(&f.until, "until", "", "until when (default now)")
}

// of returns the part of a site's history.
func (f *spanFlags) of(site string) (in lookout.Span, err error) {
	in.Site = site
	if in.To, err = timeFlag("until", f.until); err != nil {
		return in, err
	}
	if in.To.IsZero() {
		in.To = time.Now()
	}
	if in.From, err = timeFlag("since", f.since); err == nil && in.From.IsZero() {
		in.From = in.To.Add(-f.last)
	}
	return in, err
}

func newWatchHistory() *cobra.Command {
	var f spanFlags
	cmd := &cobra.Command{
		Use: "history SITE", Short: "Show what was found of a site", Args: cobra.ExactArgs(1),
		Long: "Shows what was found of a site, how its state changed and because of which probes, and when a vantage could not be trusted. Results are kept\n" +
			"for 14 days; of the time before that, what is left of each five minutes is shown.",
	}
	f.register(cmd, 24*time.Hour)
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Past, error) {
		in, err := f.of(args[0])
		if err != nil {
			return lookout.Past{}, err
		}
		return lookout.History.Ask(ctx, way, in)
	}, sayPast)
}

// line is a line of a history.
type line struct {
	at   time.Time
	text string
}

// sayPast says a history in order of time.
func sayPast(w io.Writer, p lookout.Past) {
	var all []line
	for _, s := range p.Sums {
		all = append(all, line{s.From, fmt.Sprintf("5 min from %d places: %s", s.Vantages, counts(s.Classes))})
	}
	for _, r := range p.Results {
		all = append(all, line{r.At, resultText(r)})
	}
	for _, t := range p.Transitions {
		all = append(all, line{t.At, transitionText(t)})
	}
	for _, s := range p.Vantages {
		if s.Health != "healthy" {
			all = append(all, line{s.From, spellText(s)})
		}
	}
	slices.SortStableFunc(all, func(a, b line) int { return a.at.Compare(b.at) })
	for _, l := range all {
		fmt.Fprintf(w, "%s  %s\n", clock(l.at), l.text)
	}
	if p.Cut {
		fmt.Fprintln(w, "there is more: ask for less with --last, or --since and --until")
	}
}

func resultText(r lookout.PastResult) string {
	ttfb := "-"
	if r.TTFBms != nil {
		ttfb = fmt.Sprintf("%.0f ms", *r.TTFBms)
	}
	words := []string{fmt.Sprintf("%-20s %-12s %s", r.Class, r.Vantage, ttfb)}
	for _, a := range r.Assessment {
		words = append(words, a.String())
	}
	return strings.Join(words, " ")
}

// transitionText says a change of state and the probes that caused it.
func transitionText(t lookout.Transition) string {
	probes, note := t.Because()
	because := make([]string, 0, len(probes)+1)
	for _, p := range probes {
		because = append(because, fmt.Sprintf("%s %s at %s", p.Vantage, p.Class, p.At.UTC().Format(time.TimeOnly)))
	}
	if note != "" {
		because = append(because, note)
	}
	text := t.From + " → " + t.To
	if len(because) > 0 {
		text += ", because " + strings.Join(because, ", ")
	}
	return text
}

func counts(classes map[string]int) string {
	var parts []string
	for class, n := range classes {
		parts = append(parts, fmt.Sprintf("%s %d", class, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func spellText(s lookout.Spell) string {
	until := "now"
	if !s.To.IsZero() {
		until = clock(s.To)
	}
	return fmt.Sprintf("%s is %s until %s", s.Vantage, s.Health, until)
}

func newWatchEvidence() *cobra.Command {
	var f spanFlags
	var out string
	cmd := &cobra.Command{
		Use: "evidence SITE", Short: "Show by what results of a site can be checked", Args: cobra.ExactArgs(1),
		Long: "Evidence is kept where what is found of a site changes, for 90 days: title, hash and size of the page, the fields that tell which product\n" +
			"answered, the certificate's hash, the raw error, and up to 64 KiB of the page. With --out, these pages are written into a folder, as text:\n" +
			"somebody else may have written them, so do not open them in a browser.",
	}
	f.register(cmd, 90*24*time.Hour)
	cmd.Flags().StringVar(&out, "out", "", "folder into which pages are written")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) ([]lookout.PastEvidence, error) {
		in, err := f.of(args[0])
		if err != nil {
			return nil, err
		}
		all, err := lookout.Proof.Ask(ctx, way, in)
		if err != nil || out == "" {
			return all, err
		}
		return all, writeBodies(ctx, way, args[0], all, out)
	}, func(w io.Writer, all []lookout.PastEvidence) {
		for _, e := range all {
			fmt.Fprintln(w, evidenceText(e))
		}
	})
}

func evidenceText(e lookout.PastEvidence) string {
	text := fmt.Sprintf("%s  %-20s %-12s", clock(e.At), e.Class, e.Vantage)
	if e.BodySHA256 != "" {
		text += fmt.Sprintf(" %d bytes, SHA-256 %s", e.Bytes, e.BodySHA256)
	}
	if e.Title != "" {
		text += fmt.Sprintf(" %q", e.Title)
	}
	if e.Error != "" {
		text += " (" + e.Error + ")"
	}
	return text
}

// writeBodies writes the pages that are kept into a folder.
func writeBodies(ctx context.Context, way lookout.Way, site string, all []lookout.PastEvidence, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, e := range all {
		if e.Kept == 0 {
			continue
		}
		body, err := lookout.Body.Ask(ctx, way, lookout.Piece{Site: site, At: e.At, Vantage: e.Vantage})
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s-%s-%s.txt", e.At.UTC().Format("20060102T150405.000Z"), e.Vantage, e.Class)
		if !filepath.IsLocal(name) {
			return errors.New("a vantage's name is no name of a file: " + e.Vantage)
		}
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newIncidentShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Show one incident", Args: cobra.ExactArgs(1)}
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Story, error) {
		return lookout.Show.Ask(ctx, way, lookout.NamedIncident{ID: args[0]})
	}, func(w io.Writer, st lookout.Story) {
		sayIncident(w, st.Incident)
		for _, s := range st.Sites {
			fmt.Fprintf(w, "how it came about at %s\n", s.Host)
			for _, t := range s.Transitions {
				fmt.Fprintf(w, "  %s  %s\n", clock(t.At), transitionText(t))
			}
			for _, e := range s.Evidence {
				fmt.Fprintf(w, "  %s\n", evidenceText(e))
			}
		}
		if st.Cut {
			fmt.Fprintln(w, "of further sites, \"seawall watch history\" tells")
		}
	})
}

func sayIncident(w io.Writer, i lookout.Incident) {
	fmt.Fprintf(w, "incident %s: %s (%s)\n", i.ID, i.What.Words.EN, i.What.Words.DA)
	fmt.Fprintf(w, "  began between %s and %s\n", clock(i.What.Start.Earliest), clock(i.What.Start.Latest))
	if !i.What.End.IsZero() {
		fmt.Fprintf(w, "  ended between %s and %s\n", clock(i.What.End.Earliest), clock(i.What.End.Latest))
	}
	for _, m := range i.What.Members {
		fmt.Fprintf(w, "  %-32s %s, %s\n", m.Site, m.Words.EN, m.Total.Words().EN)
	}
	if i.AckedBy != "" {
		fmt.Fprintf(w, "  seen to by %s since %s\n", i.AckedBy, clock(i.Acked))
	}
	for _, n := range i.Notes {
		fmt.Fprintf(w, "  %s %s: %s\n", clock(n.At), n.By, n.Text)
	}
}
