package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages into a folder",
		Example: "  seawall man /usr/local/share/man/man1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // G301: manual pages are for everybody
				return &exitError{exitShort, err}
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // so that the same program writes the same pages
			if err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "Seawall", Manual: "Seawall"}, args[0]); err != nil {
				return &exitError{exitShort, fmt.Errorf("write manual pages: %w", err)}
			}
			return nil
		},
	}
}
