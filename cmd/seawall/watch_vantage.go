package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/lookout"
)

func newWatchVantage() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vantage",
		Short: "Say from where else is measured",
		Long: "Vantages are places away from this machine that measure the watched sites too. Each runs \"seawall watch agent\". Three or more in different\n" +
			"networks see what one alone cannot tell: whether a site is away, or the line.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newWatchVantageAdd(), newWatchVantageList(), newWatchVantageRemove())
	return cmd
}

// addedVantage is a vantage with what its agent is started by. The seed is shown here and kept nowhere.
type addedVantage struct {
	lookout.ListedVantage
	Seed    string `json:"seed"`
	Pin     string `json:"pin"` // "" where the bus has a certificate that everybody can verify
	Command string `json:"command"`
}

func newWatchVantageAdd() *cobra.Command {
	var in lookout.NewVantage
	var connect string
	var verified bool
	var state stateFlags
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Let a place measure, and print its key",
		Long: "Lets a place measure, and prints the secret half of its key and the command by which the agent is started there. The key is shown this once and\n" +
			"kept nowhere; who has it may say what this place has found, and nothing else.",
		Example: "  seawall watch vantage add cph-1 --network AS64496 --country DK --connect lookout.example.org:4222",
		Args:    cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&in.Network, "network", "", "the network it is in, as AS64496 (required)")
	fl.StringVar(&in.Country, "country", "", "the country it is in, two letters (required)")
	fl.StringVar(&connect, "connect", "HOST:PORT", "where agents reach this lookout, for the command that is printed")
	fl.BoolVar(&verified, "verified", false, "agents verify the bus's certificate by their system's authorities instead of a pin")
	command := newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (out addedVantage, err error) {
		in.Name = args[0]
		if !verified {
			if state.folder, err = cmd.Flags().GetString("state"); err != nil {
				return out, err
			}
			if out.Pin, err = pinOf(state); err != nil {
				return out, &exitError{exitShort, err}
			}
		}
		if out.Seed, in.PublicKey, err = lookout.NewVantageKey(); err != nil {
			return out, &exitError{exitShort, err}
		}
		if out.ListedVantage, err = lookout.VantageAdd.Ask(ctx, way, in); err != nil {
			return addedVantage{}, err
		}
		out.Command = fmt.Sprintf("seawall watch agent --vantage %s --connect tls://%s --key %s.nk --allow allow.txt --contact MAIL", in.Name, connect, in.Name)
		if out.Pin != "" {
			out.Command += " --pin " + out.Pin
		}
		return out, nil
	}, sayAddedVantage)
	return command
}

func pinOf(state stateFlags) (string, error) {
	folder, err := state.path()
	if err != nil {
		return "", err
	}
	return lookout.BusPin(folder, time.Now())
}

func sayAddedVantage(w io.Writer, v addedVantage) {
	fmt.Fprintf(w, "%s in %s, %s, may measure.\n\n", v.Name, v.Network, v.Country)
	fmt.Fprintf(w, "Its key, shown this once. Put it into %s.nk there, readable by the agent alone:\n\n  %s\n\n", v.Name, v.Seed)
	fmt.Fprintf(w, "Name the domains that it may ask in allow.txt there, one a line, and start it:\n\n  %s\n", v.Command)
}

func newWatchVantageList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "Show from where is measured", Args: cobra.NoArgs}
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, _ []string) ([]lookout.ListedVantage, error) {
		return lookout.VantageList.Ask(ctx, way, struct{}{})
	}, func(w io.Writer, all []lookout.ListedVantage) {
		for _, v := range all {
			key := v.PublicKey
			if key == "" {
				key = "(this machine)"
			}
			fmt.Fprintf(w, "%-24s %-12s %-3s %s  %s\n", v.Name, dash(v.Network), dash(v.Country), clock(v.Added), key)
		}
	})
}

func newWatchVantageRemove() *cobra.Command {
	cmd := &cobra.Command{Use: "remove NAME", Short: "Let a place measure no longer; what it found stays", Args: cobra.ExactArgs(1)}
	return newDeskCommand(cmd, func(ctx context.Context, way lookout.Way, args []string) (lookout.ListedVantage, error) {
		return lookout.VantageRemove.Ask(ctx, way, lookout.NamedVantage{Name: args[0]})
	}, func(w io.Writer, v lookout.ListedVantage) { fmt.Fprintf(w, "%s may measure no longer\n", v.Name) })
}
