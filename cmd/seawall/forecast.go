package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/forecasts"
)

func newForecast() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forecast",
		Short: "Say how likely attacks are, and how well that was said before",
		Long: "Says how likely it is that hosts are named in attack lists, or that watched sites are out, in the days to come. What is said is sealed before its\n" +
			"window opens, resolved by rule when it is over, and scored.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newForecastBacktest(), newForecastNow(), newForecastShow(), newForecastOverride(), newForecastResolve(), newForecastScore(),
		newForecastVerify(), newForecastPublish(), newForecastCalendar())
	return cmd
}

func newForecastBacktest() *cobra.Command {
	var q forecasts.Question
	var asJSON bool
	var population, plots string
	cmd := &cobra.Command{
		Use:   "backtest",
		Short: "Score a model on lists of attack orders that it did not learn from",
		Long: "Asks on every day of a period, for every country that was listed before: will a host of it be listed within the next days? The model learns from\n" +
			"lists up to a date and is scored on later ones, beside the country's own base rate, persistence and a plain regression. Nothing is kept.",
		Example: "  seawall forecast backtest --lists lists.tar.xz --train-until 2024-05-31 --from 2024-06-01 --to 2025-05-20",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if population != "country" {
				return fmt.Errorf("--population: %q is not known; there is \"country\"", population)
			}
			r, err := forecasts.Backtest(cmd.Context(), q)
			if err != nil {
				return err
			}
			if plots != "" {
				if err := forecasts.WritePlots(plots, r); err != nil {
					return &exitError{exitShort, err}
				}
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
			}
			sayBacktest(cmd.OutOrStdout(), r)
			return nil
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&q.Lists, "lists", nil, "file, folder or .tar.xz archive of lists; may be repeated")
	fl.StringVar(&q.TrainUntil, "train-until", "", "last day that the model learns from, as 2024-05-31")
	fl.StringVar(&q.From, "from", "", "first day on which a forecast is scored")
	fl.StringVar(&q.To, "to", "", "last such day")
	fl.IntVar(&q.Horizon, "horizon", 7, "how many days a forecast looks ahead")
	fl.IntVar(&q.Step, "step", 1, "every how many days one is scored")
	fl.StringVar(&population, "population", "country", "what is forecast for")
	fl.StringVar(&q.Model, "model", "", fmt.Sprintf("one of %s (default %q)", strings.Join(forecasts.Models(), ", "), forecasts.Models()[0]))
	fl.Uint64Var(&q.Seed, "seed", 1, "seed of the resamples")
	fl.StringVar(&plots, "plots", "", "folder for drawings of calibration and of skill by country, as SVG")
	fl.BoolVar(&asJSON, "json", false, "print as JSON")
	for _, name := range []string{"lists", "train-until", "from", "to"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	return cmd
}

func sayBacktest(w io.Writer, r *forecasts.Result) {
	fmt.Fprintf(w, "%s, model %s: %d forecasts for %d countries, %d events (%.1f %%), %d windows touch a day without a list\n",
		r.Definition, r.Model, r.N, len(r.Countries), r.Events, 100*r.EventShare, r.Dark)
	fmt.Fprintf(w, "Brier score   %.5f   base rate %.5f   persistence %.5f   plain regression %.5f\n", r.Brier, r.BrierReference, r.BrierPersistence, r.BrierPlain)
	fmt.Fprintf(w, "skill         %.3f     (90 %% interval %.3f to %.3f)\n", r.Skill, r.SkillInterval[0], r.SkillInterval[1])
	fmt.Fprintf(w, "gain on plain %.5f   (90 %% interval %.5f to %.5f)\n", r.GainOverPlain, r.GainInterval[0], r.GainInterval[1])
	fmt.Fprintf(w, "onset         %d forecasts, %d events, skill %.3f\n", r.Onset.N, r.Onset.Events, r.Onset.Skill)
	fmt.Fprintf(w, "log score     %.3f     base rate %.3f   persistence %.3f\n", r.LogScore.Model, r.LogScore.Reference, r.LogScore.Persistence)
	fmt.Fprintf(w, "calibration   %.3f\n", r.CalibrationError)
	for _, b := range r.Bins {
		if b.N > 0 {
			fmt.Fprintf(w, "  said %3.0f to %3.0f %%: %6d times, %5.1f %% on average; it came %5.1f %% (%.1f to %.1f)\n",
				100*b.From, 100*b.To, b.N, 100*b.MeanP, 100*b.Share, 100*b.Low, 100*b.High)
		}
	}
}
