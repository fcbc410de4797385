package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/claims"
)

// inlineClaim is the longest text that travels to a running process as it is, in bytes; a longer one goes by way of a file.
const inlineClaim = 16 << 10

// maxPasted bounds what is read from standard input, in bytes.
const maxPasted = 64 << 20

func newClaimAdd() *cobra.Command {
	var in claims.Adding
	var text, kind string
	cmd := &cobra.Command{
		Use:   "add [FILE]",
		Short: "Take in what somebody claims",
		Long: "Takes in a post as it was pasted, results of check-host.net, a list of attack orders, a MISP event or a STIX bundle: from FILE, from standard\n" +
			"input, or from --text. Its kind is told by what is in it, or by --kind. E-mail addresses, telephone numbers and handles are masked before\n" +
			"anything is kept, and the claimant is a group: there is no place for a person's name. No link is opened.",
		Example: "  seawall claim add post.txt --claimant \"The Example Group\" --source \"a public channel\" --posted 2025-11-17T20:00Z",
		Args:    cobra.MaximumNArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&text, "text", "", "the post itself")
	fl.StringVar(&kind, "kind", "", "post, list, check_host, misp or stix (default told by what is in it)")
	fl.StringVar(&in.Claimant, "claimant", "", "the group that says so; never a person")
	fl.StringVar(&in.Source, "source", "", "where it was found")
	fl.StringVar(&in.Posted, "posted", "", "when it was posted, as exactly as it is known: 2025-11-17T20:00Z, 2025-11-17T20Z or 2025-11-17")
	fl.StringVar(&in.Precision, "precision", "", "how exactly that is known: minute, hour, day or unknown (default as it is written)")
	fl.StringSliceVar(&in.Targets, "target", nil, "a host that it names, in place of looking for hosts in it")
	fl.StringSliceVar(&in.Proof, "proof", nil, "a link that is offered as proof")
	fl.StringVar(&in.Reliability, "reliability", "", "of the source, a to f (Admiralty scale; default f, cannot be judged)")
	fl.StringVar(&in.Credibility, "credibility", "", "of what it says, 1 to 6 (default 6, cannot be judged)")
	fl.StringVar(&in.TLP, "tlp", "", "label under which it was given to us (default none; of MISP and STIX their own)")
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, args []string) (claims.Added, error) {
		in.Kind, in.Text = seawall.ClaimKind(strings.ReplaceAll(kind, "-", "_")), text
		clean, err := handedIn(&in, cmd.InOrStdin(), args)
		if err != nil {
			return claims.Added{}, err
		}
		sum, err := claims.Add.Ask(ctx, way, in)
		return sum, errors.Join(err, clean())
	}, sayAddedClaims)
}

// handedIn puts what is handed in where the desk finds it. clean removes what was made for that.
func handedIn(in *claims.Adding, stdin io.Reader, args []string) (clean func() error, err error) {
	clean = func() error { return nil }
	switch {
	case in.Text != "" && len(args) > 0:
		return clean, &exitError{exitUsage, errors.New("give a file or --text, not both")}
	case len(args) > 0 && args[0] != "-":
		in.Path, err = filepath.Abs(args[0])
		return clean, err
	case in.Text == "":
		raw, err := io.ReadAll(io.LimitReader(stdin, maxPasted+1))
		if err != nil {
			return clean, err
		}
		if len(raw) > maxPasted {
			return clean, &exitError{exitUsage, fmt.Errorf("more than %d MiB on standard input", maxPasted>>20)}
		}
		in.Text = string(raw)
	}
	if strings.TrimSpace(in.Text) == "" {
		return clean, &exitError{exitUsage, errors.New("there is nothing in it")}
	}
	if len(in.Text) <= inlineClaim {
		return clean, nil
	}
	f, err := os.CreateTemp("", "seawall-claim-*") // mode 0600
	if err != nil {
		return clean, err
	}
	_, err = f.WriteString(in.Text)
	in.Path, in.Text = f.Name(), ""
	return func() error { return os.Remove(f.Name()) }, errors.Join(err, f.Close())
}

func sayAddedClaims(w io.Writer, sum claims.Added) {
	for _, c := range sum.Claims {
		known := ""
		if !c.New {
			known = ", known already"
		}
		fmt.Fprintf(w, "%s  %s, %d targets, of which %d are watched; entry %d of the ledger%s\n", c.ID, c.Kind, c.Targets, c.Watched, c.Entry, known)
		for _, odd := range slices.Sorted(maps.Keys(c.Odd)) {
			fmt.Fprintf(w, "  %d × %s\n", c.Odd[odd], strings.ReplaceAll(string(odd), "_", " "))
		}
	}
	for _, why := range slices.Sorted(maps.Keys(sum.Skipped)) {
		fmt.Fprintf(w, "left out: %d × %s\n", sum.Skipped[why], strings.ReplaceAll(why, "_", " "))
	}
}
