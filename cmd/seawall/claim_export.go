package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
)

func newClaimExport() *cobra.Command {
	var in claims.Exporting
	var out, language string
	var now bool
	cmd := &cobra.Command{
		Use:   "export [CLAIM|HOST]",
		Short: "Write verdicts for others, or a bundle of the evidence",
		Long: "Writes the newest version of verdicts, of all or of a claim or host, for others: as MISP event, STIX bundle, CSV or a page; or as a bundle of the\n" +
			"ledger, that \"seawall claim verify\" checks. What may leave follows from its label (TLP), the route, and a delay of 60 minutes after the window\n" +
			"closed; --now with a --reason is for named recipients alone, and the reason stays in the ledger. In public only counts leave. The head of the\n" +
			"ledger goes along. Exits 2 when nothing may leave.",
		Example: "  seawall claim export www.example.org --format misp --to authority --out event.json",
		Args:    cobra.MaximumNArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&in.Format, "format", "misp", "misp, stix, csv, html or bundle")
	fl.StringVar(&in.To, "to", "authority", "who gets it: house, owner, authority, community or public")
	fl.StringVar(&in.Owner, "owner", "", "for --to owner: whose sites these are")
	fl.StringVar(&in.TLP, "tlp", "", "label (default TLP:AMBER+STRICT)")
	fl.StringVar(&in.Maker, "maker", os.Getenv("SEAWALL_MAKER"), "organisation in whose name it goes out (default $SEAWALL_MAKER, else what the configuration of a lookout that runs says)")
	fl.BoolVar(&now, "now", false, "before the delay is over; needs --reason")
	fl.StringVar(&in.Early, "reason", "", "why it cannot wait")
	fl.StringVar(&language, "language", "en", "of a page: en or da")
	fl.StringVar(&out, "out", "", "file to write (default standard output)")
	cmd = newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, args []string) (claims.Exported, error) {
		if err := checkExport(now, in.Early, language); err != nil {
			return claims.Exported{}, err
		}
		if asJSON, err := cmd.Flags().GetBool("json"); err != nil || asJSON && out == "" {
			return claims.Exported{}, &exitError{exitUsage, errors.Join(errors.New("--json tells of the export: say with --out where that goes"), err)}
		}
		in.Danish = language == "da"
		if len(args) > 0 {
			in.Of = args[0]
		}
		sum, err := exportTo(ctx, way, claims.Export, in, out, cmd.OutOrStdout())
		if out == "" && sum.HeadPath != "" { // the format has no place for it
			fmt.Fprintln(cmd.ErrOrStderr(), sum.Head)
		}
		return sum, err
	}, sayExported)
	return cmd
}

// exportTo has the desk write a file, and where none was named passes on what is in it.
func exportTo(
	ctx context.Context, way claims.Way, op claims.Op[claims.Exporting, claims.Exported], in claims.Exporting, out string, stdout io.Writer,
) (_ claims.Exported, err error) {
	if out != "" {
		if in.Path, err = filepath.Abs(out); err != nil {
			return claims.Exported{}, err
		}
		return op.Ask(ctx, way, in)
	}
	folder, err := os.MkdirTemp("", "seawall-export-") // mode 0700
	if err != nil {
		return claims.Exported{}, err
	}
	defer os.RemoveAll(folder)
	in.Path = filepath.Join(folder, "export")
	sum, err := op.Ask(ctx, way, in)
	if err != nil {
		return sum, err
	}
	f, err := os.Open(in.Path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	_, err = io.Copy(stdout, f)
	sum.Path = ""
	return sum, err
}

func sayExported(w io.Writer, sum claims.Exported) {
	if sum.Path == "" {
		return // it was written there
	}
	fmt.Fprintf(w, "%s: %d statements as %s, to the %s; entry %d of the ledger\n", sum.Path, sum.Statements, sum.Format, sum.To, sum.Entry)
	if sum.HeadPath != "" {
		fmt.Fprintf(w, "  the head of the ledger lies beside it, in %s\n", sum.HeadPath)
	}
	sayLeft(w, &sum)
}

// sayLeft says what was withheld, and the head of the ledger that went along.
func sayLeft(w io.Writer, sum *claims.Exported) {
	for _, x := range sum.Withheld {
		fmt.Fprintf(w, "  withheld: %s: %s\n", x.ID, x.Why)
	}
	fmt.Fprintf(w, "  %s\n", sum.Head)
}

func newClaimErase() *cobra.Command {
	var in claims.Erasing
	cmd := &cobra.Command{
		Use:   "erase CLAIM",
		Short: "Erase what a claim says, or what is kept of some of its targets",
		Long: "Removes the words, claimant, source and proof of a claim, and with --target the named hosts with the verdicts on them and the evidence behind\n" +
			"these. Contents go from the store and from the ledger for good; tombstones say that they are gone, and checking says \"erased\". What was\n" +
			"exported before is with others.",
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringSliceVar(&in.Targets, "target", nil, "a host that goes, with the other names of its site")
	cmd.Flags().StringVar(&in.Reason, "reason", claims.ReasonAsked, claims.ReasonAsked+" or "+claims.ReasonMistake)
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, args []string) (claims.Erased, error) {
		in.Claim = args[0]
		return claims.Erase.Ask(ctx, way, in)
	}, func(w io.Writer, sum claims.Erased) {
		fmt.Fprintf(w, "%s: %d contents of the ledger are gone, with as many tombstones\n", sum.Claim, len(sum.Contents))
	})
}

func newClaimKey() *cobra.Command {
	var in claims.Rotating
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Print the public key that the ledger is checked with",
		Long:  "Prints the public key of the ledger. The private one lies in the state folder, for its owner alone; it is made on first use.",
		Args:  cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&in.Rotate, "rotate", false, "sign with a new key from now on; the ledger says so, signed by both")
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, _ []string) (claims.Key, error) {
		return claims.KeyShown.Ask(ctx, way, in)
	}, func(w io.Writer, k claims.Key) { fmt.Fprintln(w, k.Key) })
}

func newClaimHead() *cobra.Command {
	var in claims.GivingHead
	cmd := &cobra.Command{
		Use:   "head",
		Short: "Print the signed head of the ledger, to be kept by somebody else",
		Long: "Prints one line that says where the ledger stands, signed, and notes that it was given away. Whoever keeps it can tell later whether the ledger\n" +
			"was written anew.",
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&in.Way, "way", "by hand", "how it leaves, in a word")
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, _ []string) (claims.Head, error) {
		return claims.HeadOut.Ask(ctx, way, in)
	}, func(w io.Writer, h claims.Head) {
		if h.Head == "" {
			fmt.Fprintln(w, "nothing is in the ledger yet")
			return
		}
		fmt.Fprintln(w, h.Head)
	})
}
