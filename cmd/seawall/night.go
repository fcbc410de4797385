package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// writable is what a written night amounts to.
type writable interface{ WriteText(w io.Writer) error }

// newNightCommand returns a command that reads a written night, from the file that its argument names or from standard input, and prints what run
// makes of it: for people, or with --json as one object.
func newNightCommand[T writable](cmd *cobra.Command, run func(in io.Reader) (T, error)) *cobra.Command {
	var asJSON bool
	cmd.Use, cmd.Args = "replay FILE.jsonl", cobra.ExactArgs(1)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		out, err := overNight(args[0], cmd.InOrStdin(), run)
		if err != nil {
			return err
		}
		if !asJSON {
			return out.WriteText(cmd.OutOrStdout())
		}
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(out)
	}
	return cmd
}

// overNight runs over a file, or over standard input where it is called "-".
func overNight[T any](name string, stdin io.Reader, run func(in io.Reader) (T, error)) (out T, err error) {
	in, called := stdin, "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return out, fmt.Errorf("open a night: %w", err)
		}
		defer f.Close()
		in, called = f, name
	}
	if out, err = run(in); err != nil {
		return out, fmt.Errorf("replay %s: %w", called, err)
	}
	return out, nil
}
