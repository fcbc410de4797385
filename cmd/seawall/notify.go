package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/config"
)

func newNotify() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "Try the alarm, and see whom it reaches",
		Long: "The configuration says under notify who is told what the lookout sees, by mail, by a service such as ntfy, or by a webhook.\n" +
			"Try it before it is needed, and again after every change.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(newNotifyTest(), newNotifyStatus())
	return cmd
}

// notifyFlags are those of both commands.
type notifyFlags struct {
	file string
	json bool
}

func (f *notifyFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.file, "config", "c", "", "configuration file")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
}

func newNotifyTest() *cobra.Command {
	var f notifyFlags
	cmd := &cobra.Command{
		Use:   "test [RECEIVER]",
		Short: "Send a test message by every channel of a receiver, or of all",
		Long: "Sends a message that says it is a test, by every channel of the receiver of that name, or of all receivers, and says what came of\n" +
			"each. The configuration is needed: URLs with tokens have no place on a command line, where everybody on the machine can read them.\n" +
			"Exits 0 when every channel took it, 1 when one did not, 2 when the configuration is wrong. Nothing is sent twice.",
		Example: "  seawall notify test -c /etc/seawall/seawall.yaml\n  seawall notify test ops -c /etc/seawall/seawall.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := config.Read(f.file)
			if err != nil {
				return err
			}
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			tried, err := app.TryNotify(cmd.Context(), cfg, name, time.Now())
			if err != nil {
				return err
			}
			return printTried(cmd.OutOrStdout(), tried, f.json)
		},
	}
	f.register(cmd)
	_ = cmd.MarkFlagRequired("config") // it is a flag of ours
	return cmd
}

// triedJSON is a result as JSON.
type triedJSON struct {
	Receiver string `json:"receiver"`
	Channel  string `json:"channel"`
	Kind     string `json:"kind"`
	OK       bool   `json:"ok"`
	TookMS   int64  `json:"took_ms"`
	Retry    bool   `json:"retry"` // whether the same might succeed later
	Error    string `json:"error,omitempty"`
}

func printTried(w io.Writer, all []app.Tried, asJSON bool) error {
	var failed int
	results := make([]triedJSON, 0, len(all))
	for _, t := range all {
		r := triedJSON{Receiver: t.Receiver, Channel: t.Channel, Kind: t.Kind, OK: t.Err == nil, TookMS: t.Took.Milliseconds(), Retry: t.Retry}
		if t.Err != nil {
			failed++
			r.Error = t.Err.Error()
		}
		results = append(results, r)
	}
	if err := printResults(w, results, asJSON); err != nil {
		return err
	}
	if failed > 0 {
		return &exitError{exitShort, fmt.Errorf("%d of %d channels did not take the message", failed, len(all))}
	}
	return nil
}

func printResults(w io.Writer, results []triedJSON, asJSON bool) error {
	if asJSON {
		return printJSON(w, results)
	}
	for _, r := range results {
		word, text := "sent", fmt.Sprintf("%d ms", r.TookMS)
		if !r.OK {
			word, text = "failed", r.Error
		}
		if _, err := fmt.Fprintf(w, "%-6s  %s by %s: %s\n", word, r.Receiver, r.Channel, text); err != nil {
			return err
		}
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
