package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/config"
)

func newNotifyStatus() *cobra.Command {
	var f notifyFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show who is told, and what became of the latest messages",
		Long: "Shows the receivers that the configuration names and their channels, after reading the files with their secrets, and what became of\n" +
			"the latest messages. Nobody is asked and nothing is sent.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Read(f.file)
			if err != nil {
				return err
			}
			s, err := app.ReadNotifyStatus(cmd.Context(), cfg, nil)
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
	return cmd
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
		b.WriteString("No outbox is at hand: what became of messages is known where the lookout runs.\n")
	case len(s.Deliveries) == 0:
		b.WriteString("No message has been sent yet.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
