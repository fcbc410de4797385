package main

import (
	"context"
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
		Long: "Shows what became of the latest messages: delivered, waiting, or failing and why; and before that, where a configuration is given, the\n" +
			"receivers that it names and their channels, after reading the files with their secrets. Nobody is asked and nothing is sent.",
		Example: "  seawall notify status --state /var/lib/seawall\n  seawall notify status -c /etc/seawall/seawall.yaml --state /var/lib/seawall",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var cfg *config.Config
			if f.file != "" {
				var err error
				if cfg, err = config.Read(f.file); err != nil {
					return err
				}
			}
			s, err := app.NewNotifyStatus(cfg)
			if err != nil {
				return err
			}
			if err := readDeliveries(cmd.Context(), &state, &s); err != nil {
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

// readDeliveries has the lookout that runs with this state folder say what became of messages, or reads it from its store. Where there is none, none is made.
func readDeliveries(ctx context.Context, state *stateFlags, s *app.NotifyStatus) error {
	folder, err := state.path()
	if err != nil {
		return err
	}
	if state.store() == "" && !lookout.Kept(folder) && !answers(ctx, lookout.SocketPath(folder)) {
		return nil
	}
	s.Kept = true
	return state.atDesk(ctx, func(way lookout.Way) (err error) {
		s.Deliveries, err = lookout.Deliveries.Ask(ctx, way, struct{}{})
		return err
	})
}

func printNotifyStatus(w io.Writer, s app.NotifyStatus) error {
	var b strings.Builder
	for _, r := range s.Receivers {
		fmt.Fprintf(&b, "%s: %s\n", r.Name, strings.Join(r.Channels, ", "))
	}
	if s.Receivers != nil && len(s.Receivers) == 0 {
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
