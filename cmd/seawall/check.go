package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
)

// checkedJSON is what check says of a good configuration.
type checkedJSON struct {
	Sites    int           `json:"sites"`
	Findings []app.Finding `json:"findings"`
}

func newCheck() *cobra.Command {
	var f configFlags
	var offline, asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say everything that is wrong with a configuration, and what else to see to",
		Long: "Says everything that is wrong with a configuration (exit 2). When nothing is, it looks at what will matter in a flood:\n" +
			"how long certificates hold, where names point and how soon they can be pointed elsewhere, whether the servers behind\n" +
			"can be reached around Seawall, and the machine's limits, clock and uplink. What it finds there does not change the\n" +
			"exit code. It asks the resolver, and tries to connect to the configured origins and to this machine; nobody else.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.load()
			if err != nil {
				return err
			}
			if err := app.CheckFiles(cfg); err != nil {
				return err
			}
			w, found := cmd.OutOrStdout(), app.Ready(cmd.Context(), cfg, offline)
			if asJSON {
				return printJSON(w, checkedJSON{len(cfg.Sites), append([]app.Finding{}, found...)})
			}
			if _, err := fmt.Fprintf(w, "The configuration is good: %d site(s).\n", len(cfg.Sites)); err != nil {
				return err
			}
			return printFindings(w, found)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&offline, "offline", false, "ask nobody beyond this machine")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// printFindings prints a line for each finding, and below it what to do.
func printFindings(w io.Writer, all []app.Finding) error {
	for _, f := range all {
		if _, err := fmt.Fprintf(w, "%-7s  %s: %s\n", f.Level, f.About, f.Text); err != nil {
			return err
		}
		if f.Remedy == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "         → %s\n", f.Remedy); err != nil {
			return err
		}
	}
	return nil
}
