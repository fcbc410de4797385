package main

import "github.com/spf13/cobra"

func newClaim() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "claim",
		Short: "Judge what is claimed by what was seen, and check evidence",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newClaimReplay(), newClaimVerify())
	return cmd
}
