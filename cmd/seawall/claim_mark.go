package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
)

func newClaimMark() *cobra.Command {
	var in claims.Marking
	var from, until string
	cmd := &cobra.Command{
		Use:   "mark TARGET",
		Short: "Note what is known of a site from inside: an attack, a deploy, maintenance",
		Long: "Notes in the ledger what an edge, a provider, the owner or the operator knows of a host and a time. It speaks for or against a connection with what\n" +
			"is claimed and moves no verdict. Only an edge or a provider says whether there was an attack, and with that a claim is valid in the sense of\n" +
			"MISP. A mark names a role, and there is no place for a person's name. --drop takes one back.",
		Example: "  seawall claim mark www.example.org --seen templates --role edge --from 2026-11-17T19:40:00Z --until 2026-11-17T20:25:00Z\n" +
			"  seawall claim mark --drop 12",
		Args: cobra.MaximumNArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&in.Seen, "seen", "", strings.ReplaceAll(strings.Join(claims.Sights(), ", "), "_", "-"))
	fl.StringVar(&in.Role, "role", claims.RoleOwner, "who knows it: "+strings.Join(claims.Roles(), ", "))
	fl.StringVar(&from, "from", "", "since when, as 2026-11-17T20:00:00Z")
	fl.StringVar(&until, "until", "", "until when")
	fl.Uint64Var(&in.Drop, "drop", 0, "the entry of a mark that was a mistake, in place of all that")
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, args []string) (_ claims.Marked, err error) {
		if len(args) > 0 {
			in.Target = args[0]
		}
		if in.From, err = timeFlag("from", from); err == nil {
			in.Until, err = timeFlag("until", until)
		}
		if err != nil {
			return claims.Marked{}, err
		}
		return claims.Mark.Ask(ctx, way, in)
	}, func(w io.Writer, m claims.Marked) {
		what := fmt.Sprintf("%s: %s, known to the %s, from %s until %s", m.Target, strings.ReplaceAll(m.Seen, "_", " "), m.Role, clock(m.From), clock(m.Until))
		if m.Gone {
			fmt.Fprintf(w, "taken back: %s\n", what)
			return
		}
		fmt.Fprintf(w, "%s; entry %d of the ledger\n", what, m.Entry)
	})
}

// timeFlag reads the time in a flag; the zero time for none.
func timeFlag(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, &exitError{exitUsage, fmt.Errorf("--%s: %q is no time such as 2025-11-17T20:00:00Z", name, text)}
	}
	return t.UTC(), nil
}
