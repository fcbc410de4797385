package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
)

func newClaimVerify() *cobra.Command {
	var key, head string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Check a bundle of the evidence ledger without asking anybody",
		Long: "Checks the chain of a bundle: that no entry was changed, dropped, added or moved, that the given key or one it is linked to signed each,\n" +
			"and that contents are what their entries were made for. Erased contents are said to be erased. Give a head that you kept, its line or its\n" +
			"hash, to find out whether the chain was written anew since. docs/formats/ledger.md describes the file; \"-\" reads it from standard input.\n" +
			"Exits 1 when it does not hold, and names the first bad entry; 2 when it is no bundle.",
		Example: "  seawall claim verify bundle.json --key ed25519:8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := verifyFile(args[0], cmd.InOrStdin(), key, head)
			if err != nil {
				return err
			}
			if err := writeChecked(cmd.OutOrStdout(), c, asJSON); err != nil {
				return err
			}
			if !c.Holds {
				return &exitError{code: exitShort}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "public key of the ledger, as ed25519:HEX")
	cmd.Flags().StringVar(&head, "head", "", "head that you kept: its line or its hash")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	_ = cmd.MarkFlagRequired("key")
	return cmd
}

// verifyFile checks a file, or standard input.
func verifyFile(name string, stdin io.Reader, key, head string) (*claims.Checked, error) {
	in, called := stdin, "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open a bundle: %w", err)
		}
		defer f.Close()
		in, called = f, name
	}
	c, err := claims.VerifyBundle(in, key, head)
	if err != nil {
		return nil, fmt.Errorf("verify %s: %w", called, err)
	}
	return c, nil
}

func writeChecked(w io.Writer, c *claims.Checked, asJSON bool) error {
	if !asJSON {
		return c.WriteText(w)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(c)
}
