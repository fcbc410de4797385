package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
)

func newClaimList() *cobra.Command {
	var in claims.Listing
	var since string
	cmd := &cobra.Command{Use: "list", Short: "Show what was claimed, the latest first", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&in.Host, "host", "", "only claims that name this host")
	cmd.Flags().StringVar(&since, "since", "", "only those that came in then or later, as 2025-11-17T20:00:00Z")
	cmd.Flags().IntVar(&in.Limit, "limit", 100, "how many are shown; 0 for all")
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, _ []string) ([]claims.Shown, error) {
		var err error
		if in.Since, err = timeFlag("since", since); err != nil {
			return nil, err
		}
		return claims.List.Ask(ctx, way, in)
	}, func(w io.Writer, all []claims.Shown) {
		for i := range all {
			sayClaimLine(w, &all[i])
		}
	})
}

func sayClaimLine(w io.Writer, c *claims.Shown) {
	posted := "-"
	if c.Posted != nil {
		posted = clock(*c.Posted)
	}
	what := ""
	if c.Erased != nil {
		what = "  (erased)"
	}
	fmt.Fprintf(w, "%-27s %-10s posted %-20s %-7s %4d targets  %s  %s%s\n", c.ID, c.Kind, posted, c.Precision, c.TargetCount, c.Grade, dash(c.Claimant), what)
}

func newClaimShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show CLAIM", Short: "Show a claim, its targets and every version of its verdicts", Args: cobra.ExactArgs(1)}
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, args []string) (claims.Shown, error) {
		return claims.Show.Ask(ctx, way, claims.Naming{Claim: args[0]})
	}, sayClaim)
}

func sayClaim(w io.Writer, c claims.Shown) {
	sayClaimLine(w, &c)
	fmt.Fprintf(w, "  source    %s, language %s, label %s, received %s\n", dash(c.Source), dash(c.Language), dash(c.TLP), clock(c.Received))
	fmt.Fprintf(w, "  ledger    entry %d, SHA-256 of what was received %s\n", c.Entry, dash(c.Hash))
	for _, t := range c.Targets {
		fmt.Fprintf(w, "  target    %s: %s %s\n", t.Host, t.Via, t.Site)
	}
	for _, p := range c.Proof {
		fmt.Fprintf(w, "  proof     %q\n", p)
	}
	for _, v := range c.Verdicts {
		var s claims.Sealed
		if json.Unmarshal(v.Verdict, &s) == nil {
			fmt.Fprintf(w, "  verdict   %s version %d, %s: %s (entry %d)\n", dash(v.Target), v.Version, clock(v.At), s.Verdict.Words.EN, v.Entry)
		}
	}
	if c.Text != "" {
		fmt.Fprintf(w, "  text      %q\n", c.Text)
	}
}

func newClaimVerdict() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verdict CLAIM|HOST",
		Short: "Judge a claim, or what is said of a host, by what was seen",
		Long: "Judges each target of a claim, or everything that lists and claims say of a host, by what the lookout measured. What is new becomes a version\n" +
			"that is never overwritten, in the ledger, with what it rests on.",
		Args: cobra.ExactArgs(1),
	}
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, args []string) (claims.Decided, error) {
		return claims.Decide.Ask(ctx, way, claims.Deciding{Of: args[0]})
	}, func(w io.Writer, out claims.Decided) {
		all := claims.Verdicts{Notes: out.Notes}
		for i := range out.Verdicts {
			v := &out.Verdicts[i]
			news := "as before"
			if v.New {
				news = "new"
			}
			fmt.Fprintf(w, "%s version %d, %s, entry %d of the ledger, resting on %d others\n", v.ID, v.Version, news, v.Entry, len(v.RestsOn))
			all.Verdicts = append(all.Verdicts, v.Verdict)
		}
		if len(all.Verdicts) > 0 || len(all.Notes) > 0 {
			_ = all.WriteText(w)
		}
	})
}
