package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
)

// reported is what came of a report: the report itself, or where it was written.
type reported struct {
	claims.Exported
	text []byte
}

// MarshalJSON returns the report, which is JSON then, or what is said of its file.
func (r reported) MarshalJSON() ([]byte, error) {
	if r.Path == "" {
		return r.text, nil
	}
	return json.Marshal(r.Exported)
}

func newIncidentReport() *cobra.Command {
	var in claims.Exporting
	var out, language string
	var now bool
	cmd := &cobra.Command{
		Use:   "report ID",
		Short: "Write a report of an incident, to be handed on",
		Long: "Writes what is known of an incident for the owner of the sites or an authority: times as intervals, what each vantage saw, lists and claims with\n" +
			"their verdicts, what the edge saw of an attack, hashes of the evidence, and what is not known. What may leave follows from its label (TLP), the\n" +
			"route, and a delay of 60 minutes after its end; --now with a --reason is for named recipients alone, and the reason stays in the ledger. With\n" +
			"--json alone the report itself is printed as JSON. Exits 2 when nothing may leave.",
		Example: "  seawall incident report 7 --to owner --owner \"The Example Party\" --format html --out report.html",
		Args:    cobra.ExactArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&in.Format, "format", "text", "text, html or json")
	fl.StringVar(&in.To, "to", "authority", "who gets it: house, owner, authority or community")
	fl.StringVar(&in.Owner, "owner", "", "for --to owner: whose sites these are; others' are left out")
	fl.StringVar(&in.TLP, "tlp", "", "label (default TLP:AMBER+STRICT)")
	fl.StringVar(&in.Maker, "maker", os.Getenv("SEAWALL_MAKER"), "organisation in whose name it goes out (default as for \"seawall claim export\")")
	fl.BoolVar(&now, "now", false, "before the delay is over; needs --reason")
	fl.StringVar(&in.Early, "reason", "", "why it cannot wait")
	fl.StringVar(&language, "language", "en", "en or da")
	fl.StringVar(&out, "out", "", "file to write (default standard output)")
	return newCommandAt(cmd, claimsDesk, func(ctx context.Context, way claims.Way, args []string) (reported, error) {
		if err := checkExport(now, in.Early, language); err != nil {
			return reported{}, err
		}
		in.Of, in.Danish = args[0], language == "da"
		if asJSON, err := cmd.Flags().GetBool("json"); err == nil && asJSON && out == "" {
			in.Format = "json"
		}
		var text bytes.Buffer
		sum, err := exportTo(ctx, way, claims.Report, in, out, &text)
		return reported{sum, text.Bytes()}, err
	}, sayReported)
}

func sayReported(w io.Writer, r reported) {
	if r.Path == "" {
		_, _ = w.Write(r.text)
		return
	}
	fmt.Fprintf(w, "%s: %d sites as %s, to the %s; entry %d of the ledger\n", r.Path, r.Statements, r.Format, r.To, r.Entry)
	sayLeft(w, &r.Exported)
}

// checkExport says what is wrong with the flags of something that leaves.
func checkExport(now bool, reason, language string) error {
	switch {
	case now != (reason != ""):
		return &exitError{exitUsage, errors.New("--now and --reason go together")}
	case language != "en" && language != "da":
		return &exitError{exitUsage, fmt.Errorf("--language: %q is neither en nor da", language)}
	}
	return nil
}
