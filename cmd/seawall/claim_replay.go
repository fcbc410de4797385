package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
)

func newClaimReplay() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "replay FILE.jsonl",
		Short: "Judge the claims of a written night by the rules that are used live",
		Long: "Runs the lookout's own judgement and the rules for claims over a written night, and says of each target that a list or a claim names what is\n" +
			"so, how sure that is, and what speaks for and against a connection. Sites of which nobody spoke are shown when something happened to them.\n" +
			"Nothing is measured and nobody is asked. docs/formats/replay.md describes the file, docs/formats/verdict.md what comes out; \"-\" reads it\n" +
			"from standard input. What is wrong with it is named by line (exit 2).",
		Example: "  seawall claim replay night.jsonl\n  seawall claim replay --json night.jsonl",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := judgeFile(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			if !asJSON {
				return v.WriteText(cmd.OutOrStdout())
			}
			out := json.NewEncoder(cmd.OutOrStdout())
			out.SetEscapeHTML(false)
			out.SetIndent("", "  ")
			return out.Encode(v)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// judgeFile judges a file, or standard input.
func judgeFile(name string, stdin io.Reader) (*claims.Verdicts, error) {
	in, called := stdin, "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open a night: %w", err)
		}
		defer f.Close()
		in, called = f, name
	}
	v, err := claims.Replay(in)
	if err != nil {
		return nil, fmt.Errorf("judge %s: %w", called, err)
	}
	return v, nil
}
