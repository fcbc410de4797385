package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
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
			folder, err := state.path()
			if err != nil {
				return err
			}
			s, err := app.ReadNotifyStatus(cmd.Context(), cfg, folder)
			if err != nil {
				return &exitError{code: code(err), err: err}
			}
			if f.json {
				return printJSON(cmd.OutOrStdout(), s)
			}
			return printNotifyStatus(cmd.OutOrStdout(), s)
		},
	}
	f.register(cmd)
	state.register(cmd)
	return cmd
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
