package main

import (
	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
)

func newClaimReplay() *cobra.Command {
	return newNightCommand(&cobra.Command{
		Short: "Judge the claims of a written night by the rules that are used live",
		Long: "Runs the lookout's own judgement and the rules for claims over a written night, and says of each target that a list or a claim names what is\n" +
			"so, how sure that is, and what speaks for and against a connection. Sites of which nobody spoke are shown when something happened to them.\n" +
			"Nothing is measured and nobody is asked. docs/formats/replay.md describes the file, docs/formats/verdict.md what comes out; \"-\" reads it\n" +
			"from standard input. What is wrong with it is named by line (exit 2).",
		Example: "  seawall claim replay night.jsonl\n  seawall claim replay --json night.jsonl",
	}, claims.Replay)
}
