package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/agent"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// watchAgentFlags say where this place reports to, and what it may ask.
type watchAgentFlags struct {
	stateFlags
	setup     agent.Setup
	contact   string
	resolvers []string
	private   []string
	outboxMiB int64
}

func newWatchAgent() *cobra.Command {
	var f watchAgentFlags
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Measure from this place for a lookout elsewhere",
		Long: "Measures from this place for a lookout elsewhere, which has let it do so by \"seawall watch vantage add\" and printed its key and this command.\n\n" +
			"The lookout says what to ask, and this place decides whether it does: only the domains in the file that --allow names, only a GET of the home\n" +
			"page or of one agreed page, without a body, on ports 80 and 443, once a minute, or twice for ten minutes while there is doubt. What cannot be\n" +
			"sent waits in the state folder.",
		Example: "  seawall watch agent --vantage cph-1 --connect tls://lookout.example.org:4222 --pin sha256:… --key cph-1.nk --allow allow.txt \\\n" +
			"    --sentinels sentinels.txt --contact it@example.org",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), cmd.ErrOrStderr()) },
	}
	f.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.setup.Vantage, "vantage", "", "what this place is called (required)")
	fl.StringVar(&f.setup.Connect, "connect", "", "where the lookout is, as tls://HOST:PORT (required)")
	fl.StringVar(&f.setup.Pin, "pin", "", "what the lookout's key has to be; without it, its certificate is verified by the system's authorities")
	fl.StringVar(&f.setup.Key, "key", "", "file with this place's key (required)")
	fl.StringVar(&f.setup.Allow, "allow", "", "file with the registrable domains that may be asked, one a line (required)")
	fl.StringVar(&f.setup.Sentinels, "sentinels", "", "file with the sites by which this place tests its line, one a line: NETWORK URL; at least three")
	fl.StringVar(&f.contact, "contact", os.Getenv("SEAWALL_CONTACT"), "mail address or URL that owners of sites are shown (SEAWALL_CONTACT)")
	fl.IntVar(&f.setup.Share, "share", probe.PeaceGETs, "how many vantages share each site's budget, 1 to 3")
	fl.Int64Var(&f.outboxMiB, "outbox", 512, "MiB of results that may wait to be sent; beyond that the oldest are dropped")
	fl.StringArrayVar(&f.resolvers, "resolver", nil, "address of a resolver, instead of the system's; may be repeated")
	fl.StringArrayVar(&f.private, "allow-private", nil, "host that may have a private address, and then any port; may be repeated")
	return cmd
}

func (f *watchAgentFlags) run(ctx context.Context, stderr io.Writer) error {
	if err := f.fill(stderr); err != nil {
		return err
	}
	a, err := agent.New(ctx, f.setup)
	if _, wrong := errors.AsType[*agent.SetupError](err); wrong {
		if isRefusedURL(err) {
			return &exitError{exitUnfit, err}
		}
		return &exitError{exitUsage, err}
	}
	if err != nil {
		return &exitError{exitShort, err}
	}
	if err := a.Run(ctx); err != nil {
		return &exitError{exitShort, err}
	}
	return nil
}

// fill makes the setup of the flags.
func (f *watchAgentFlags) fill(stderr io.Writer) (err error) {
	s := &f.setup
	for _, need := range []struct{ flag, value string }{
		{"vantage", s.Vantage}, {"connect", s.Connect}, {"key", s.Key}, {"allow", s.Allow}, {"contact", f.contact},
	} {
		if need.value == "" {
			return fmt.Errorf("--%s is needed", need.flag)
		}
	}
	if f.outboxMiB < 1 || f.outboxMiB > 1<<20 {
		return errors.New("--outbox: give 1 MiB or more")
	}
	if s.State, err = f.path(); err != nil {
		return err
	}
	s.Outbox, s.Logger = f.outboxMiB<<20, slog.New(slog.NewTextHandler(stderr, nil))
	s.Probe = probe.Options{Contact: f.contact, AllowHosts: f.private, Addresses: privateAddresses(hostsFile, f.private)}
	for _, text := range f.resolvers {
		at, err := resolverAddr(text)
		if err != nil {
			return fmt.Errorf("--resolver: %w", err)
		}
		s.Probe.Resolvers = append(s.Probe.Resolvers, at)
	}
	return nil
}
