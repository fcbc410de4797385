package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/watch/replay"
)

func newWatchReplay() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "replay FILE.jsonl",
		Short: "Run the lookout's own judgement over a written night",
		Long: "Runs the lookout's own state machine over a written night and says what it would have said: every change of a site's\n" +
			"state with the probes that caused it, and every incident with its times and words. Nothing is measured and nobody is\n" +
			"asked. docs/formats/replay.md describes the file; \"-\" reads it from standard input. What is wrong with it is named by\n" +
			"line (exit 2).",
		Example: "  seawall watch replay night.jsonl\n  seawall watch replay --json night.jsonl",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := replayFile(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			if !asJSON {
				return t.WriteText(cmd.OutOrStdout())
			}
			out := json.NewEncoder(cmd.OutOrStdout())
			out.SetEscapeHTML(false)
			out.SetIndent("", "  ")
			return out.Encode(t)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// replayFile runs over a file, or over standard input.
func replayFile(name string, stdin io.Reader) (*replay.Timeline, error) {
	in, called := stdin, "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open a night: %w", err)
		}
		defer f.Close()
		in, called = f, name
	}
	t, err := replay.Run(in)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", called, err)
	}
	return t, nil
}
