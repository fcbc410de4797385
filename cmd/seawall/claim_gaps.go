package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
)

func newClaimGaps() *cobra.Command {
	var since, until string
	cmd := &cobra.Command{
		Use:   "gaps",
		Short: "Show where lists, claims and outages do not meet",
		Long: "Shows, of what is kept: what somebody claims and no list names, what a list names and nobody claims, and outages of watched sites that neither\n" +
			"names. Where every feed was silent, \"no list known to us\" stands in place of \"not listed\". Of listed hosts only watched ones are shown.",
		Example: "  seawall claim gaps --since 2026-11-17T00:00:00Z",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&since, "since", "", fmt.Sprintf("from when on, as 2026-11-17T00:00:00Z (default %d days ago)", claims.GapDays))
	cmd.Flags().StringVar(&until, "until", "", "until when (default now)")
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, _ []string) (claims.Gaps, error) {
		var in claims.Gapping
		var err error
		if in.Since, err = timeFlag("since", since); err == nil {
			in.Until, err = timeFlag("until", until)
		}
		if err != nil {
			return claims.Gaps{}, err
		}
		return claims.GapsFind.Ask(ctx, way, in)
	}, sayGaps)
}

func sayGaps(w io.Writer, all claims.Gaps) {
	fmt.Fprintf(w, "%s to %s: %d gaps\n", clock(all.Since), clock(all.Until), len(all.Gaps)+all.Left)
	for _, g := range all.Gaps {
		to := "now"
		if g.To != nil {
			to = clock(*g.To)
		}
		note := ""
		if !g.Watched {
			note = " (not watched)"
		}
		if g.Incident != "" {
			note = "  incident " + g.Incident
		}
		fmt.Fprintf(w, "%s  %s–%s  %s%s\n", strings.ReplaceAll(string(g.Findings[0]), "_", " "), clock(g.From), to, g.Target, note)
	}
	if all.Left > 0 {
		fmt.Fprintf(w, "and %d earlier ones\n", all.Left)
	}
	for _, n := range all.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
}
