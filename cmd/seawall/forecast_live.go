package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
)

// forecastsDesk is the opener of the desk for forecasts.
func forecastsDesk(db lookout.Keeper, state string) (*forecasts.Desk, error) {
	sectors, err := orders.ReadSectors(state, "")
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	book := &claims.Desk{Store: db, State: state, Now: time.Now}
	return &forecasts.Desk{Store: db, Ledger: book, Now: time.Now, Sectors: sectors}, nil
}

func newForecastNow() *cobra.Command {
	var in forecasts.Asking
	cmd := &cobra.Command{
		Use:   "now",
		Short: "Say how likely it is from tomorrow on, and seal it",
		Long: "Says how likely an event is in the days from the next midnight on (Luxembourg's, as the lists go), from what is in the store, and seals it: the ledger\n" +
			"gets a salted hash before the window opens. What was sealed before stands, and is shown again.\n\n" +
			"The event is E1, a host is named in an attack list; E2, a watched site is out, seen by a quorum; or E3, it is down for more than an hour. E1 of countries\n" +
			"and sectors is said by a model, where the store holds enough lists for one; everything else is a base rate, and is called so.",
		Args: cobra.NoArgs,
	}
	fl := cmd.Flags()
	fl.StringVar(&in.Event, "event", "E1", "E1, E2 or E3")
	fl.StringVar(&in.Of, "population", "country", "country, sector or site")
	fl.IntVar(&in.Horizon, "horizon", 7, "how many days are looked ahead")
	fl.StringVar(&in.Only, "only", "", "one population alone: dk, dk/municipality or www.example.dk")
	fl.BoolVar(&in.Unkept, "unkept", false, "only say it: nothing is sealed")
	return newCommandAt(cmd, forecastsDesk, func(ctx context.Context, way forecasts.Way, _ []string) (forecasts.Outlook, error) {
		in.Event = strings.ToUpper(in.Event)
		return forecasts.Say.Ask(ctx, way, in)
	}, sayOutlook)
}

func sayOutlook(w io.Writer, o forecasts.Outlook) {
	fmt.Fprintf(w, "from %s until %s, by %s\n", clock(o.From), clock(o.Until), o.Model)
	if o.Note != "" {
		fmt.Fprintf(w, "  %s\n", o.Note)
	}
	for i := range o.Forecasts {
		sayForecastLine(w, &o.Forecasts[i])
	}
	if len(o.Calendar) > 0 {
		fmt.Fprintln(w, "known to come, and not looked at by the model:")
		sayCalendar(w, o.Calendar)
	}
	if o.Sealed > 0 {
		fmt.Fprintf(w, "%d sealed, entry %d of the ledger\n", o.Sealed, o.Entry)
	} else {
		fmt.Fprintln(w, "nothing new was sealed")
	}
}

func sayForecastLine(w io.Writer, f *forecasts.Shown) {
	became := ""
	if f.Outcome != nil {
		became = "  " + strings.ReplaceAll(string(*f.Outcome), "_", " ")
	}
	fmt.Fprintf(w, "%-40s %s %-26s %5.1f %% (%.1f to %.1f)  %s, base rate %.1f %%%s\n", f.ID, f.Event, f.Population, 100*f.Probability, 100*f.Low, 100*f.High,
		f.Words[0], 100*f.Reference, became)
}

func newForecastShow() *cobra.Command {
	var in forecasts.Naming
	cmd := &cobra.Command{
		Use:   "show [ID]",
		Short: "Show what was said of days to come, or one forecast in full",
		Long: "Shows the forecasts whose window is not over, the latest first, or one in full: the words of three scales, the seal, and what is needed to check it.\n" +
			"With --public it shows what may be published, which is countries and sectors.",
		Args: cobra.MaximumNArgs(1),
	}
	fl := cmd.Flags()
	fl.BoolVar(&in.All, "all", false, "those whose window is over, too")
	fl.BoolVar(&in.Public, "public", false, "only what may be published: no single sites")
	fl.IntVar(&in.Limit, "limit", 1000, "how many are shown; 0 for all")
	return newCommandAt(cmd, forecastsDesk, func(ctx context.Context, way forecasts.Way, args []string) ([]forecasts.Shown, error) {
		if len(args) > 0 {
			in.ID = args[0]
		}
		return forecasts.Show.Ask(ctx, way, in)
	}, func(w io.Writer, all []forecasts.Shown) {
		if in.ID != "" && len(all) == 1 {
			sayForecast(w, &all[0])
			return
		}
		for i := range all {
			sayForecastLine(w, &all[i])
		}
	})
}

func sayForecast(w io.Writer, f *forecasts.Shown) {
	fmt.Fprintln(w, f.ID)
	for _, s := range f.Statement {
		fmt.Fprintf(w, "  %s\n", s)
	}
	fmt.Fprintf(w, "  between   %.1f and %.1f %%; the base rate was %.1f %%\n", 100*f.Low, 100*f.High, 100*f.Reference)
	for _, x := range f.Words {
		fmt.Fprintf(w, "  in words  %s\n", x)
	}
	fmt.Fprintf(w, "  source    %s\n", f.Source)
	fmt.Fprintf(w, "  by        %s, made %s, knowing what was there until %s\n", f.By, clock(f.Made), clock(f.Known))
	if f.Of != "" {
		fmt.Fprintf(w, "  beside    %s; %s\n", f.Of, dash(f.Reason))
	}
	if f.Note != "" {
		fmt.Fprintf(w, "  note      %s\n", f.Note)
	}
	if f.Sealed != nil {
		fmt.Fprintf(w, "  sealed    %s, entry %d of the ledger: %s\n", clock(*f.Sealed), f.Entry, f.Seal)
		fmt.Fprintf(w, "  salt      %s\n", f.Salt)
	}
	if f.Outcome == nil {
		fmt.Fprintf(w, "  open      to be resolved by %s\n", clock(f.Deadline))
		return
	}
	fmt.Fprintf(w, "  resolved  %s: %s: %s\n", clock(*f.Resolved), strings.ReplaceAll(string(*f.Outcome), "_", " "), f.Why)
}

func newForecastOverride() *cobra.Command {
	var in forecasts.Overriding
	cmd := &cobra.Command{
		Use:   "override ID",
		Short: "Say something else than a model did, to be scored beside it",
		Long: "Seals an analyst's own answer to the question of a model's forecast, before its window opens. The model's stands; both are scored. A role is given, and\n" +
			"no person's name.",
		Example: "  seawall forecast override f20251118-7d-e1-country-dk --probability 0.8 --role analyst --reason \"a debate on Tuesday\"",
		Args:    cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	fl.Float64Var(&in.Probability, "probability", 0, "from 0 to 1")
	fl.StringVar(&in.Role, "role", "", "such as analyst or duty-officer")
	fl.StringVar(&in.Reason, "reason", "", "why")
	cobra.CheckErr(cmd.MarkFlagRequired("probability"))
	cobra.CheckErr(cmd.MarkFlagRequired("role"))
	return newCommandAt(cmd, forecastsDesk, func(ctx context.Context, way forecasts.Way, args []string) (forecasts.Shown, error) {
		in.ID = args[0]
		return forecasts.Override.Ask(ctx, way, in)
	}, func(w io.Writer, f forecasts.Shown) { sayForecast(w, &f) })
}

func newForecastResolve() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "resolve",
		Short: "Settle forecasts whose window is over",
		Long: "Settles, by the rule, every forecast whose window ended 26 hours ago or longer: from lists and confirmed outages in the store. Windows that were not\n" +
			"seen well enough are unresolvable, and counted.",
		Args: cobra.NoArgs,
	}
	return newCommandAt(cmd, forecastsDesk, func(ctx context.Context, way forecasts.Way, _ []string) (forecasts.Resolved, error) {
		return forecasts.Resolve.Ask(ctx, way, struct{}{})
	}, func(w io.Writer, r forecasts.Resolved) {
		fmt.Fprintf(w, "%d came, %d did not come, %d are unresolvable; %d wait\n", r.Came, r.DidNotCome, r.Unresolvable, r.Waiting)
		for i := range r.Forecasts {
			fmt.Fprintf(w, "%-40s %s: %s\n", r.Forecasts[i].ID, strings.ReplaceAll(string(*r.Forecasts[i].Outcome), "_", " "), r.Forecasts[i].Why)
		}
	})
}

func newForecastScore() *cobra.Command {
	var in forecasts.Scoring
	cmd := &cobra.Command{
		Use:   "score",
		Short: "Show how well was forecast",
		Long: "Scores what was sealed in time and resolved, author by author: Brier score, skill against the base rate that was known at sealing, log score. Each\n" +
			"seal is compared with the forecast and with the ledger first. Forecasts of neighbouring days share most of their windows, so their number says more\n" +
			"than it should.",
		Args: cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&in.Public, "public", false, "leave single sites out")
	return newCommandAt(cmd, forecastsDesk, func(ctx context.Context, way forecasts.Way, _ []string) (forecasts.Scored, error) {
		return forecasts.Score.Ask(ctx, way, in)
	}, sayScored)
}

func newForecastVerify() *cobra.Command {
	var v forecasts.Verified
	cmd := newCommandAt(&cobra.Command{
		Use:   "verify",
		Short: "Check that forecasts, and what became of them, are as the ledger has them",
		Long: "Compares what is kept of every forecast with the ledger: its seal, and how it was resolved first. Exits 1 when one was changed, lost, or resolved\n" +
			"otherwise. Whether the ledger itself was written anew is checked by \"seawall claim verify\", with a head that somebody else kept.",
		Args: cobra.NoArgs,
	}, forecastsDesk, func(ctx context.Context, way forecasts.Way, _ []string) (_ forecasts.Verified, err error) {
		v, err = forecasts.Verify.Ask(ctx, way, struct{}{})
		return v, err
	}, sayVerified)
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := run(cmd, args); err != nil || v.Holds {
			return err
		}
		return &exitError{code: exitShort}
	}
	return cmd
}

func sayVerified(w io.Writer, v forecasts.Verified) {
	if v.Holds {
		fmt.Fprintf(w, "holds: %d forecasts, of which %d are resolved\n", v.Forecasts, v.Resolved)
		return
	}
	fmt.Fprintf(w, "does not hold: %d of %d forecasts are not as the ledger has them\n", len(v.Broken), v.Forecasts)
	for _, b := range v.Broken {
		fmt.Fprintf(w, "  %s: %s\n", b.ID, b.Why)
	}
}

func newForecastPublish() *cobra.Command {
	return newCommandAt(&cobra.Command{
		Use:   "publish DIR",
		Short: "Write what everybody may know of forecasts into a folder",
		Long: "Writes a page and a JSON file with what was said of countries and sectors, its seals, what became of it, and the scores, for a web server to serve. What\n" +
			"is about single sites, about fewer than five watched sites, or rests on lists of a feed that is not TLP:CLEAR is left out; a feed of which nobody said a\n" +
			"label is not. A running lookout does this by itself where its configuration says intel.forecasts.",
		Args: cobra.ExactArgs(1),
	}, forecastsDesk, func(ctx context.Context, way forecasts.Way, args []string) (forecasts.PublishedTo, error) {
		dir, err := filepath.Abs(args[0])
		if err != nil {
			return forecasts.PublishedTo{}, err
		}
		return forecasts.Publish.Ask(ctx, way, forecasts.Publishing{Dir: dir})
	}, func(w io.Writer, p forecasts.PublishedTo) {
		fmt.Fprintf(w, "%s: %d forecasts; %d are not for the public\n", p.Dir, p.Forecasts, p.Withheld)
		for _, name := range slices.Sorted(maps.Keys(p.Kept)) {
			fmt.Fprintf(w, "  what rests on the feed %s is %s; where its lists are for everybody, say so: \"seawall intel import PATH --feed %s --tlp clear\",\n"+
				"  or tlp: clear where the configuration follows it (intel.feeds)\n", name, p.Kept[name], name)
		}
		if p.Head != "" {
			fmt.Fprintf(w, "  %s\n", p.Head)
		}
	})
}

func sayScored(w io.Writer, s forecasts.Scored) {
	fmt.Fprintf(w, "%d forecasts\n", s.Forecasts)
	for i := range s.Standings {
		x := &s.Standings[i]
		fmt.Fprintf(w, "%s of each %s, %s: %d resolved, of which %d came; %d open, %d unresolvable, %d late, %d with a broken seal\n",
			x.Event, x.Population, x.By, x.N, x.Came, x.Open, x.Unresolvable, x.Late, x.Broken)
		if x.Brier == nil {
			continue
		}
		note := ""
		if x.TooFew {
			note = "  (too few to judge)"
		}
		fmt.Fprintf(w, "  Brier %.4f, base rate %.4f, skill %.3f, log score %.3f%s\n", *x.Brier, *x.BrierReference, *x.Skill, *x.LogScore, note)
		if b := x.Beside; b != nil {
			fmt.Fprintf(w, "  on the %d questions that both answered: %.4f, and the model %.4f\n", b.N, b.Own, b.Brier)
		}
	}
}
