package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seawall-project/seawall/internal/drill"
)

// demoFlags are the command line of the rehearsal.
type demoFlags struct {
	drill.Options
	seconds int
	json    bool
}

func newDemo() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch a flood take a small news site down, and fail against Seawall",
		Long: "Plays a sealed rehearsal on this machine's loopback: an invented newspaper, its readers, and a flood of\n" +
			"bots, in three acts of equal length. In the first, readers come to the bare site. In the second, the\n" +
			"flood comes too. In the third, the same readers and the same flood meet a Seawall that starts cold; the\n" +
			"orders have reached it as a listing a moment before, and the report says what it had prepared.\n\n" +
			"Exits 0 when the bare site went down and Seawall held, 1 when Seawall fell short, 3 when the rehearsal\n" +
			"was unfit to tell.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), f, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	fl := cmd.Flags()
	fl.IntVar(&f.seconds, "seconds", int(drill.DefaultLength/time.Second), "length of one act in seconds")
	fl.IntVar(&f.Bots, "bots", drill.DefaultBots, "bots in the flood")
	fl.Float64Var(&f.Intensity, "intensity", drill.DefaultIntensity,
		"strength of the flood; 1 is what real bots were measured to send, above 3 a two-core machine measures itself")
	fl.Uint64Var(&f.Seed, "seed", drill.DefaultSeed, "seed of the random numbers; the same seed brings the same readers and bots")
	fl.StringVar(&f.Orders, "orders", "", "attack orders in the DDoSia list format: FILE.json or ARCHIVE.tar.xz:MEMBER; only shapes are used, hosts never")
	fl.StringVar(&f.Target, "target", "", "play only the orders for this host")
	fl.StringVar(&f.Readers, "readers", "", "access log in combined format to take readers' habits from")
	fl.BoolVar(&f.json, "json", false, "print the report as one JSON object")
	fl.BoolVar(&f.Keep, "keep", false, "leave the last act's servers running until interrupted")
	return cmd
}

// demo plays the rehearsal and prints its report.
func demo(ctx context.Context, f demoFlags, stdout, stderr io.Writer) error {
	if err := f.check(); err != nil {
		return &exitError{exitUsage, err}
	}
	f.Length = time.Duration(f.seconds) * time.Second
	f.Progress = drill.Panel(stderr, isTerminal(stderr))
	r, err := drill.Prepare(f.Options)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	fmt.Fprintf(stderr, "Flood: %s.\n", r.Plan())
	if f.Readers != "" {
		fmt.Fprintf(stderr, "Readers: %s.\n", r.Model())
	}
	return rehearse(ctx, r, f.json, stdout, stderr)
}

// rehearse plays r, prints its report, and closes it.
func rehearse(ctx context.Context, r *drill.Rehearsal, asJSON bool, stdout, stderr io.Writer) (result error) {
	defer func() {
		if err := r.Close(); err != nil {
			result = &exitError{exitUnfit, errors.Join(errors.Unwrap(result), err)}
		}
	}()
	report, err := r.Run(ctx)
	if err != nil {
		return &exitError{exitUnfit, err}
	}
	if ctx.Err() != nil {
		return &exitError{exitUnfit, errors.New("interrupted")}
	}
	if err := printReport(stdout, report, asJSON); err != nil {
		return &exitError{exitUnfit, err}
	}
	result = demoResult(stderr, report, asJSON)
	r.Linger(ctx, func(k drill.Kept) { tellKept(stderr, k) })
	return result
}

func (f *demoFlags) check() error {
	switch {
	case f.seconds < 1 || f.seconds > 3600:
		return errors.New("--seconds: give 1 to 3600")
	case f.Bots < 1 || f.Bots > 10_000:
		return errors.New("--bots: give 1 to 10000")
	case !(f.Intensity > 0 && f.Intensity <= 100):
		return errors.New("--intensity: give more than 0, at most 100")
	case f.Seed == 0:
		return errors.New("--seed: give 1 or more")
	default:
		return nil
	}
}

func printReport(w io.Writer, report *drill.Report, asJSON bool) error {
	if !asJSON {
		return report.WriteTable(w)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(report)
}

// demoResult turns the verdict into the exit code. With --json the sentence goes to stderr, so that stdout is one object.
func demoResult(stderr io.Writer, report *drill.Report, asJSON bool) error {
	verdict, sentence := report.Verdict()
	if asJSON {
		fmt.Fprintln(stderr, sentence)
	}
	switch verdict {
	case drill.Held:
		return nil
	case drill.Short:
		return &exitError{code: exitShort}
	default:
		return &exitError{code: exitUnfit}
	}
}

func tellKept(w io.Writer, k drill.Kept) {
	fmt.Fprintf(w, "Still running until you press Ctrl-C:\n"+
		"  Seawall  https://%s   (curl --insecure --connect-to %s:443:%s https://%s/)\n"+
		"  origin   http://%s\n  metrics  http://%s/metrics\n",
		k.Seawall, k.ServerName, k.Seawall, k.ServerName, k.Origin, k.Admin)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
