package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
)

// backedUp is what backup prints with --json.
type backedUp struct {
	Path      string `json:"path"`
	SizeBytes int64  `json:"size_bytes"`
}

func newBackup() *cobra.Command {
	var state stateFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "backup DEST",
		Short: "Write a copy of the lookout's store into a file",
		Long: "Writes a copy of the lookout's store, as it is now, into a new file DEST that only its owner can read. A running Seawall\n" +
			"goes on as before. The copy is looked through before it gets its name; where a file is called DEST already, nothing is\n" +
			"written (exit 1). To restore it: stop Seawall, move watch.db, watch.db-wal and watch.db-shm in the folder for state aside,\n" +
			"and put the copy there as watch.db.\n\n" +
			"A store in PostgreSQL is backed up with pg_dump and restored with pg_restore.",
		Example: "  seawall backup /var/backups/seawall-$(date +%F).db --state /var/lib/seawall",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if state.store() != "" {
				return &exitError{exitUsage, errors.New("SEAWALL_STORE names a PostgreSQL database: back that up with pg_dump")}
			}
			folder, err := state.path()
			if err != nil {
				return err
			}
			// This does not go through the socket of a running lookout: SQLite lets another process read one state of the file while somebody writes
			// (WAL), nothing is checked or brought up to date, and the copy belongs to whoever asked, where they may write.
			size, err := app.Backup(cmd.Context(), folder, args[0])
			if err != nil {
				return &exitError{exitShort, err}
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(backedUp{args[0], size})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The store was written to %s: %d bytes.\n", args[0], size)
			return err
		},
	}
	state.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the copy's path and size as JSON")
	return cmd
}
