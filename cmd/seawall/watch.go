package main

import "github.com/spf13/cobra"

func newWatch() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Measure websites from outside, the way a reader would",
		Long: "Measures websites from outside. It asks openly, under Seawall's own name and with a contact address: only the home page of a site and one\n" +
			"page agreed on with its owner, a few times a minute at most.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newWatchRun(), newWatchAdd(), newWatchImport(), newWatchList(), newWatchPause(), newWatchRemove(), newWatchOptOut(), newWatchMaintenance(),
		newWatchStatus(), newWatchHistory(), newWatchEvidence(), newWatchNow(), newWatchAdopt(), newWatchProbe(), newWatchReplay(),
		newWatchVantage(), newWatchAgent(),
	)
	return cmd
}
