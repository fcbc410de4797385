package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/readiness"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
)

// readinessDesk is the opener of the desk that says what is left to do.
func readinessDesk(db lookout.Keeper, state string) (*readiness.Desk, error) {
	d, err := readiness.New(db, state, "", nil, time.Now)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return d, nil
}

func newReady() *cobra.Command {
	var f deskFlags
	var file, until string
	cmd := &cobra.Command{
		Use:   "ready --until DATE",
		Short: "Say what to expect until a day that matters, and what is left to do",
		Long: "Says before an election, or another day that matters, what to expect: the outlook for the countries of the watched sites, the calendar, and which of\n" +
			"them lists have named before. And it says what is left to do: vantages that cannot be trusted, channels that are untested or failing, sites without\n" +
			"contacts, old backups. With -c it looks at certificates and at the running edge's prepared rules, too. It changes nothing.",
		Example: "  seawall ready --until 2026-11-18 -c /etc/seawall/seawall.yaml --state /var/lib/seawall",
		Args:    cobra.NoArgs,
	}
	f.register(cmd)
	f.registerStore(cmd)
	fl := cmd.Flags()
	fl.StringVar(&until, "until", "", "the day to be ready for, as 2026-11-18")
	fl.StringVarP(&file, "config", "c", "", "configuration file of the edge and of who is told")
	fl.BoolVar(&f.json, "json", false, "print as JSON")
	cobra.CheckErr(cmd.MarkFlagRequired("until"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		day, err := time.Parse(time.DateOnly, until)
		if err != nil {
			return fmt.Errorf("--until: %q is no day such as 2026-11-18", until)
		}
		in := readiness.Asking{Until: day.AddDate(0, 0, 1), Database: f.store() != ""} // the day itself counts
		found, err := readyFile(cmd.Context(), file, &in)
		if err != nil {
			return err
		}
		return atDesk(cmd.Context(), &f.stateFlags, readinessDesk, func(way readiness.Way) error {
			r, err := readiness.Look.Ask(cmd.Context(), way, in)
			if err != nil {
				return err
			}
			r.Findings = append(r.Findings, found...)
			if f.json {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
			}
			return sayReady(cmd.OutOrStdout(), &r)
		})
	}
	return cmd
}

// readyFile looks at what a configuration says, and asks the edge that runs by it; nothing without one.
func readyFile(ctx context.Context, file string, in *readiness.Asking) ([]app.Finding, error) {
	if file == "" {
		return nil, nil
	}
	cfg, err := config.Read(file)
	if err != nil {
		return nil, err
	}
	receivers, err := app.Receivers(cfg)
	if err != nil {
		return nil, err
	}
	for _, r := range receivers {
		for _, c := range r.Channels {
			in.Channels = append(in.Channels, readiness.Channel{Receiver: r.Name, Channel: c.Name})
		}
	}
	found := app.CertificatesUntil(ctx, cfg, in.Until)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	way := desk.There[app.App](&control.Client{Path: cfg.ControlPath(likeliest(control.Paths(os.Getenv)))})
	return append(found, rulesFound(app.RulesList.Ask(ctx, way, app.RulesNamed{}))), nil
}

// rulesFound says how many rule sets an edge holds.
func rulesFound(sets []app.RuleSetShown, err error) app.Finding {
	f := app.Finding{About: "rules"}
	waits := 0
	for i := range sets {
		if sets[i].Waits != "" {
			waits++
		}
	}
	switch {
	case err != nil:
		f.Level, f.Text, f.Remedy = readiness.Unknown, "no edge that runs by this configuration could be asked for its prepared rules", "start it, and ask again"
		if refused, ok := errors.AsType[*control.RefusedError](err); ok {
			f.Text = refused.Error()
		}
	case waits > 0:
		f.Level, f.Remedy = readiness.Act, "seawall rules list, and seawall rules approve"
		f.Text = fmt.Sprintf("%d rule sets are in force, and %d wait for a person", len(sets)-waits, waits)
	default:
		f.Level, f.Text = readiness.Good, fmt.Sprintf("%d rule sets are in force, and none waits", len(sets))
	}
	return f
}

func sayReady(w io.Writer, r *readiness.Report) error {
	fmt.Fprintf(w, "until %s\n", clock(r.Until))
	if r.Outlook != nil {
		for i := range r.Outlook.Forecasts {
			f := &r.Outlook.Forecasts[i]
			fmt.Fprintf(w, "  %s to %s, %s: %.1f %%, %s\n", clock(f.From), clock(f.Until), f.Population, 100*f.Probability, f.Words[0])
		}
	}
	sayCalendar(w, r.Calendar)
	for _, h := range r.Hints {
		fmt.Fprintf(w, "%s should be %s:\n", h.Site, map[bool]string{true: "as ready as can be", false: "readier than usual"}[h.Level == readiness.High])
		for _, why := range h.Because {
			fmt.Fprintf(w, "  for %s\n", why)
		}
		for _, p := range h.Proposes {
			fmt.Fprintf(w, "  → %s\n", p)
		}
	}
	return printFindings(w, r.Findings)
}
