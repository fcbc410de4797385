package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
)

func newNotifyStatus() *cobra.Command {
	var f notifyFlags
	var state stateFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show who is told, and what became of the latest messages",
		Long: "Shows the receivers that the configuration names and their channels, after reading the files with their secrets, and what became of\n" +
			"the latest messages: delivered, waiting, or failing and why. Nobody is asked and nothing is sent.",
		Example: "  seawall notify status -c /etc/seawall/seawall.yaml --state /var/lib/seawall",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Read(f.file)
			if err != nil {
				return err
			}
			s, err := readNotifyStatus(cmd.Context(), cfg, &state)
			if err != nil {
				return err
			}
			if f.json {
				return printJSON(cmd.OutOrStdout(), s)
			}
			return printNotifyStatus(cmd.OutOrStdout(), s)
		},
	}
	f.register(cmd)
	state.register(cmd)
	state.registerStore(cmd)
	return cmd
}

// readNotifyStatus reads it from the database, or the file in the folder for state where there is one.
func readNotifyStatus(ctx context.Context, cfg *config.Config, state *stateFlags) (app.NotifyStatus, error) {
	folder, err := state.path()
	if err != nil {
		return app.NotifyStatus{}, err
	}
	if state.store() == "" && !lookout.Kept(folder) {
		s, err := app.ReadNotifyStatus(ctx, cfg, nil)
		if err != nil {
			return s, &exitError{code: code(err), err: err}
		}
		return s, nil
	}
	db, err := lookout.OpenStore(ctx, folder, state.store())
	if err != nil {
		return app.NotifyStatus{}, told(err)
	}
	s, err := app.ReadNotifyStatus(ctx, cfg, db.Notices())
	if err = errors.Join(err, db.Close()); err != nil {
		return s, &exitError{code: code(err), err: err}
	}
	return s, nil
}

// code returns the exit code of a status that could not be read: what is wrong in the file is the caller's, the rest is not.
func code(err error) int {
	if _, ok := errors.AsType[config.Problems](err); ok {
		return exitUsage
	}
	return exitShort
}

func printNotifyStatus(w io.Writer, s app.NotifyStatus) error {
	var b strings.Builder
	for _, r := range s.Receivers {
		fmt.Fprintf(&b, "%s: %s\n", r.Name, strings.Join(r.Channels, ", "))
	}
	if len(s.Receivers) == 0 {
		b.WriteString("The configuration names no receivers.\n")
	}
	for _, d := range s.Deliveries {
		fmt.Fprintf(&b, "%s  %s (%s)\n", d.At.UTC().Format("2006-01-02"), d, d.Subject)
	}
	switch {
	case !s.Kept:
		b.WriteString("No lookout has kept anything in its state folder; --state DIR names another.\n")
	case len(s.Deliveries) == 0:
		b.WriteString("No message has been sent yet.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
