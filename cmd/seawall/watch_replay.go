package main

import (
	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/watch/replay"
)

func newWatchReplay() *cobra.Command {
	return newNightCommand(&cobra.Command{
		Short: "Run the lookout's own judgement over a written night",
		Long: "Runs the lookout's own state machine over a written night and says what it would have said: every change of a site's\n" +
			"state with the probes that caused it, and every incident with its times and words. Nothing is measured and nobody is\n" +
			"asked. docs/formats/replay.md describes the file; \"-\" reads it from standard input. What is wrong with it is named by\n" +
			"line (exit 2).",
		Example: "  seawall watch replay night.jsonl\n  seawall watch replay --json night.jsonl",
	}, replay.Run)
}
