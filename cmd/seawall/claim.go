package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/lookout"
)

func newClaim() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "claim",
		Short: "Judge what is claimed by what was seen",
		Long: "Takes in what attackers say that they did, judges it by what the lookout measured, and keeps both in a ledger that others can check. Hosts that\n" +
			"are named are victims: nothing here contacts them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newClaimAdd(), newClaimList(), newClaimShow(), newClaimVerdict(), newClaimExport(), newClaimVerify(), newClaimErase(), newClaimKey(),
		newClaimHead(), newClaimMark(), newClaimGaps(), newClaimReplay(),
	)
	return cmd
}

// claimsDesk is the opener of the desk for claims.
func claimsDesk(db lookout.Keeper, state string) (*claims.Desk, error) {
	return &claims.Desk{Store: db, State: state, Now: time.Now}, nil
}
