package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/forecasts"
)

func newForecastCalendar() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calendar",
		Short: "Know what days to come bring: elections, debates, visits",
		Long: "Keeps what is known of days to come, as iCalendar files say it. Seawall brings no calendar of its own. It is shown beside forecasts and in\n" +
			"\"seawall ready\"; the model does not look at it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCalendarImport(), newCalendarList(), newCalendarRemove())
	return cmd
}

func newCalendarImport() *cobra.Command {
	var in forecasts.Calendar
	cmd := &cobra.Command{
		Use:   "import FILE.ics",
		Short: "Read an iCalendar file",
		Long: "Reads events from an iCalendar file (RFC 5545) of at most 512 KiB and 1,000 events. An event's country is its X-SEAWALL-COUNTRY, else --country. It is an\n" +
			"election when it has the category ELECTION, or with --election; then it needs a country and a URL where it is announced. Rules of recurrence\n" +
			"are not followed. An event that was read before is replaced.",
		Example: "  seawall forecast calendar import elections.ics --country dk --election --source https://example.org/elections",
		Args:    cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&in.Country, "country", "", "of events that say none, as hosts end in it: dk")
	fl.StringVar(&in.Source, "source", "", "URL where events are announced that have none")
	fl.BoolVar(&in.Election, "election", false, "every event is an election")
	return newCommandAt(cmd, forecastsDesk, func(ctx context.Context, way forecasts.Way, args []string) (forecasts.CalendarTaken, error) {
		var err error
		if in.Raw, err = readCalendar(args[0]); err != nil {
			return forecasts.CalendarTaken{}, &exitError{exitUsage, err}
		}
		in.Name, in.Country = filepath.Base(args[0]), strings.ToLower(in.Country)
		return forecasts.CalendarIn.Ask(ctx, way, in)
	}, func(w io.Writer, t forecasts.CalendarTaken) {
		fmt.Fprintf(w, "%d entries, of which %d are elections\n", t.Entries, t.Elections)
		if t.Recurring > 0 {
			fmt.Fprintf(w, "  %d come again: their first time alone was taken\n", t.Recurring)
		}
		for _, why := range slices.Sorted(maps.Keys(t.Skipped)) {
			fmt.Fprintf(w, "  %d left out: %s\n", t.Skipped[why], strings.ReplaceAll(why, "_", " "))
		}
	})
}

// readCalendar reads a file, and of one that is too large no more than shows that it is.
func readCalendar(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, forecasts.MaxCalendar+1))
}

func newCalendarList() *cobra.Command {
	var from, until string
	cmd := &cobra.Command{Use: "list", Short: "Show the calendar", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&from, "since", "", "what ends after then, as 2025-11-01 or 2025-11-01T08:00:00Z (default all)")
	cmd.Flags().StringVar(&until, "until", "", "what begins before then")
	return newCommandAt(cmd, forecastsDesk, func(ctx context.Context, way forecasts.Way, _ []string) ([]forecasts.Dated, error) {
		var in forecasts.Span
		var err error
		if in.From, err = timeOrDay("--since", from); err == nil {
			in.Until, err = timeOrDay("--until", until)
		}
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		return forecasts.CalendarOut.Ask(ctx, way, in)
	}, sayCalendar)
}

func sayCalendar(w io.Writer, all []forecasts.Dated) {
	for i := range all {
		e := &all[i]
		what := ""
		if e.Election {
			what = "election  "
		}
		fmt.Fprintf(w, "%s  %s  %-2s  %s%s  (%s, %s)\n", clock(e.From), clock(e.Until), dash(e.Country), what, e.Title, e.UID, dash(e.Source))
	}
}

func newCalendarRemove() *cobra.Command {
	cmd := &cobra.Command{Use: "remove UID", Short: "Take an event out of the calendar", Args: cobra.ExactArgs(1)}
	return newCommandAt(cmd, forecastsDesk, func(ctx context.Context, way forecasts.Way, args []string) (forecasts.Removed, error) {
		return forecasts.CalendarOff.Ask(ctx, way, forecasts.Removing{UID: args[0]})
	}, func(w io.Writer, r forecasts.Removed) { fmt.Fprintf(w, "%d entries removed\n", r.Entries) })
}

// timeOrDay reads a flag as a time or a day in UTC; "" is no time.
func timeOrDay(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	if err != nil {
		return at, fmt.Errorf("%s: %q is no time such as 2025-01-31 or 2025-01-31T08:00:00Z", flag, text)
	}
	return at.UTC(), nil
}
