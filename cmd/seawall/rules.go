package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/orders"
)

func newRules() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "See to the defences that were prepared from attack orders",
		Long: "Asks a running Seawall for the rule sets that were prepared from attack orders, those in force and those that wait for you. A rule delays what\n" +
			"attackers were told to ask for, and only while the origin is in distress; it refuses nobody. docs/formats/ruleset.md describes them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRulesList(), newRulesPrepare(), newRulesApprove(), newRulesDrop())
	return cmd
}

// rulesFlags are what every command on rule sets takes.
type rulesFlags struct {
	controlFlags
	json bool
}

// newRulesCommand returns a command that has something done with rule sets and prints those that it was about.
func newRulesCommand(
	cmd *cobra.Command, do func(ctx context.Context, there desk.Way[app.App], args []string) ([]app.RuleSetShown, error),
) *cobra.Command {
	var f rulesFlags
	f.register(cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "print as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := f.client()
		if err != nil {
			return err
		}
		sets, err := do(cmd.Context(), desk.There[app.App](c), args)
		if err != nil {
			return told(err)
		}
		if f.json {
			return json.NewEncoder(cmd.OutOrStdout()).Encode(append([]app.RuleSetShown{}, sets...))
		}
		sayRules(cmd.OutOrStdout(), sets)
		return nil
	}
	return cmd
}

func sayRules(w io.Writer, sets []app.RuleSetShown) {
	for i := range sets {
		s := &sets[i]
		how := "in force until " + clock(s.Until)
		if s.Waits != "" {
			how = fmt.Sprintf("waits for you (%s); ends %s", s.Waits, clock(s.Until))
		}
		fmt.Fprintf(w, "%s %s: %d rules for %d templates, %s\n", s.Site, s.ID, len(s.Rules), s.Covers, how)
		fmt.Fprintf(w, "  of %s; fits %d of %d requests in peace; %d requests gave way\n", dash(s.Source.Feed), s.Fit, s.Of, s.Felt)
		for _, r := range s.Rules {
			fmt.Fprintf(w, "  %s %s", r.Method, r.Path)
			for j, name := range r.Query {
				fmt.Fprintf(w, "%c%s=…", "?&"[min(j, 1)], name)
			}
			fmt.Fprintf(w, "  (%d)\n", s.Matched[r.ID])
		}
	}
}

func newRulesList() *cobra.Command {
	return newRulesCommand(&cobra.Command{Use: "list [SITE]", Short: "Show rule sets, and how often their rules fitted", Args: cobra.MaximumNArgs(1)},
		func(ctx context.Context, there desk.Way[app.App], args []string) ([]app.RuleSetShown, error) {
			return app.RulesList.Ask(ctx, there, ruleNames(args))
		})
}

// ruleNames reads SITE and ID.
func ruleNames(args []string) (n app.RulesNamed) {
	if len(args) > 0 {
		n.Site = args[0]
	}
	if len(args) > 1 {
		n.ID = args[1]
	}
	return n
}

func newRulesApprove() *cobra.Command {
	return newRulesCommand(&cobra.Command{Use: "approve SITE ID", Short: "Put a rule set in force for 48 hours", Args: cobra.ExactArgs(2)},
		func(ctx context.Context, there desk.Way[app.App], args []string) ([]app.RuleSetShown, error) {
			return app.RulesApprove.Ask(ctx, there, ruleNames(args))
		})
}

func newRulesDrop() *cobra.Command {
	return newRulesCommand(&cobra.Command{Use: "drop SITE [ID]", Short: "Take a rule set, or all of a site, out of force", Args: cobra.RangeArgs(1, 2)},
		func(ctx context.Context, there desk.Way[app.App], args []string) ([]app.RuleSetShown, error) {
			return app.RulesDrop.Ask(ctx, there, ruleNames(args))
		})
}

func newRulesPrepare() *cobra.Command {
	var state stateFlags
	cmd := &cobra.Command{
		Use: "prepare SITE", Short: "Prepare a site's defence from all orders that ever named it", Args: cobra.ExactArgs(1),
		Long: "Makes rules of what the attack orders that were imported (\"seawall intel import\") aimed at the site, and offers them to the Seawall in front of\n" +
			"it. They wait for \"seawall rules approve\", unless the site has \"orders: auto\". What comes\n" +
			"into force ends after 48 hours: prepare it the day before an election.",
		Example: "  seawall intel import lists.tar.xz\n  seawall rules prepare www.example.org",
	}
	state.register(cmd)
	state.registerStore(cmd)
	return newRulesCommand(cmd, func(ctx context.Context, there desk.Way[app.App], args []string) ([]app.RuleSetShown, error) {
		var in app.RulesOffered
		err := atDesk(ctx, &state, ordersDesk, func(way orders.Way) (err error) {
			in.Drafts, err = orders.Prepare.Ask(ctx, way, orders.AskingHost{Host: args[0]})
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(in.Drafts) == 0 {
			return nil, &exitError{exitShort, errors.New("no order that was imported names the site")}
		}
		return app.RulesOffer.Ask(ctx, there, in)
	})
}
