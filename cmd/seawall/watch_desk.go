package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/lookout"
)

// deskFlags are what every command at the desk takes.
type deskFlags struct {
	stateFlags
	json bool
}

// newDeskCommand returns a command that has something done at the lookout's desk and prints what came of it: as JSON, or by say.
func newDeskCommand[Out any](
	cmd *cobra.Command, do func(ctx context.Context, way lookout.Way, args []string) (Out, error), say func(w io.Writer, out Out),
) *cobra.Command {
	return newCommandAt(cmd, lookoutDesk, do, say)
}

// newCommandAt is newDeskCommand for any desk.
func newCommandAt[D, Out any](
	cmd *cobra.Command, open opener[D], do func(ctx context.Context, way desk.Way[D], args []string) (Out, error), say func(w io.Writer, out Out),
) *cobra.Command {
	var f deskFlags
	f.register(cmd)
	f.registerStore(cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "print as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return atDesk(cmd.Context(), &f.stateFlags, open, func(way desk.Way[D]) error {
			out, err := do(cmd.Context(), way, args)
			if err != nil {
				return err
			}
			if f.json {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetEscapeHTML(false)
				return e.Encode(out)
			}
			say(cmd.OutOrStdout(), out)
			return nil
		})
	}
	return cmd
}

// clock writes a time for a person.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// dash stands for nothing.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func newWatchAdd() *cobra.Command {
	var spec lookout.Spec
	cmd := &cobra.Command{
		Use:   "add URL",
		Short: "Watch a site",
		Long: "Watches a site: its home page and, where URL has a path, that page once it was agreed on with the owner.\n\n" +
			"Exits 3 when the URL is refused for safety: its owner has opted out, it has credentials, a query, another port than 80 and 443, or a private\n" +
			"address. A lookout that runs with --allow-private HOST takes any port and address of that host.",
		Example: "  seawall watch add https://www.example.org --owner \"The Example Party\" --country DK --groups parties",
		Args:    cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&spec.Name, "name", "", "what it is called (default its host)")
	fl.StringVar(&spec.Owner, "owner", "", "whose it is")
	fl.StringVar(&spec.Sector, "sector", "", "such as media, party, municipality")
	fl.StringVar(&spec.Country, "country", "", "its readers' country, two letters")
	fl.StringSliceVar(&spec.Groups, "groups", nil, "groups it belongs to")
	fl.StringSliceVar(&spec.Contacts, "contacts", nil, "who is told")
	fl.BoolVar(&spec.Public, "public", false, "its owner wants a public status page")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Added, error) {
		spec.URL = args[0]
		return addSites(ctx, way, spec)
	}, sayAdded)
}

// addSites puts sites on the watch list. Where one cannot be, the error says so.
func addSites(ctx context.Context, way lookout.Way, specs ...lookout.Spec) (lookout.Added, error) {
	sum, err := lookout.Add.Ask(ctx, way, specs)
	if err != nil || len(sum.Wrong) == 0 {
		return sum, err
	}
	wrong, code := sum.Wrong[0], exitUsage
	if wrong.Refused {
		code = exitUnfit
	}
	return sum, &exitError{code, fmt.Errorf("%s: %s", wrong.URL, wrong.Why)}
}

func sayAdded(w io.Writer, sum lookout.Added) {
	fmt.Fprintf(w, "%d added, %d merged, %d wrong\n", sum.Added, sum.Merged, len(sum.Wrong))
	for _, x := range sum.Wrong {
		fmt.Fprintf(w, "  line %d: %s: %s\n", x.Line, x.URL, x.Why)
	}
}

func newWatchList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "Show the watch list", Args: cobra.NoArgs}
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, _ []string) ([]lookout.Listed, error) {
		return lookout.List.Ask(ctx, way, struct{}{})
	}, func(w io.Writer, all []lookout.Listed) {
		for _, s := range all {
			note := ""
			if s.Paused {
				note = "  (paused)"
			}
			fmt.Fprintf(w, "%-32s %-40s %-3s %-14s %s%s\n", s.Name, s.URL+strings.TrimPrefix(s.Page, "/"), dash(s.Country), dash(s.Sector),
				strings.Join(s.Groups, ","), note)
		}
	})
}

func newWatchPause() *cobra.Command {
	var off bool
	cmd := &cobra.Command{Use: "pause SITE", Short: "Stop measuring a site for a while", Args: cobra.ExactArgs(1)}
	cmd.Flags().BoolVar(&off, "off", false, "measure it again")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Listed, error) {
		return lookout.Pause.Ask(ctx, way, lookout.Pausing{Site: args[0], Off: off})
	}, func(w io.Writer, s lookout.Listed) {
		if s.Paused {
			fmt.Fprintf(w, "%s is paused\n", s.Name)
			return
		}
		fmt.Fprintf(w, "%s is measured\n", s.Name)
	})
}

func newWatchRemove() *cobra.Command {
	cmd := &cobra.Command{Use: "remove SITE", Short: "Take a site off the watch list; its history stays", Args: cobra.ExactArgs(1)}
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Listed, error) {
		return lookout.Remove.Ask(ctx, way, lookout.Named{Site: args[0]})
	}, func(w io.Writer, s lookout.Listed) { fmt.Fprintf(w, "%s is no longer watched\n", s.Name) })
}

func newWatchOptOut() *cobra.Command {
	var in lookout.OptingOut
	cmd := &cobra.Command{
		Use: "opt-out HOST", Short: "Never measure a host again", Args: cobra.ExactArgs(1),
		Long: "Remembers that the people of a host do not want to be measured. It ends all probes of it and of names below it within a minute, and nothing\nundoes it.",
	}
	cmd.Flags().StringVar(&in.By, "by", "", "who asked")
	cmd.Flags().StringVar(&in.Reason, "reason", "", "why")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (struct{}, error) {
		in.Host = args[0]
		return lookout.OptOut.Ask(ctx, way, in)
	}, func(w io.Writer, _ struct{}) { fmt.Fprintf(w, "%s is never measured again\n", in.Host) })
}

func newWatchMaintenance() *cobra.Command {
	var in lookout.Window
	var from string
	var long time.Duration
	cmd := &cobra.Command{
		Use: "maintenance [SITE]", Short: "Announce that a site, or every site, may be away for a while", Args: cobra.MaximumNArgs(1),
		Example: "  seawall watch maintenance www.example.org --from 2026-11-27T22:00:00Z --for 2h --by anna",
	}
	cmd.Flags().StringVar(&from, "from", "", "when it begins, as 2026-11-27T22:00:00Z (default now)")
	cmd.Flags().DurationVar(&long, "for", time.Hour, "how long it lasts")
	cmd.Flags().StringVar(&in.By, "by", "", "who works on it")
	cmd.Flags().StringVar(&in.Reason, "reason", "", "why")
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.Window, error) {
		in.From = time.Now().UTC()
		if from != "" {
			t, err := time.Parse(time.RFC3339, from)
			if err != nil {
				return in, &exitError{exitUsage, fmt.Errorf("--from: %q is no time such as 2026-11-27T22:00:00Z", from)}
			}
			in.From = t.UTC()
		}
		in.Until = in.From.Add(long)
		if len(args) > 0 {
			in.Site = args[0]
		}
		return lookout.Maintain.Ask(ctx, way, in)
	}, func(w io.Writer, x lookout.Window) {
		site := x.Site
		if site == "" {
			site = "every site"
		}
		fmt.Fprintf(w, "%s: maintenance from %s until %s\n", site, clock(x.From), clock(x.Until))
	})
}
