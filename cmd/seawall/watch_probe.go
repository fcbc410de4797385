package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// defaultContact is where owners of sites find out what asked them when nobody said otherwise.
const defaultContact = "https://github.com/seawall-project/seawall"

// probeFlags are what a person may say about one probe.
type probeFlags struct {
	stateFlags
	json      bool
	contact   string
	resolvers []string
	family    int
	private   privateHosts
}

func newWatchProbe() *cobra.Command {
	var f probeFlags
	cmd := &cobra.Command{
		Use:   "probe URL",
		Short: "Ask one site for its home page, once, and say how that ended",
		Long: "Asks one site for its home page, once: DNS, TCP, TLS, first byte and body are timed, redirects are followed within the site, the certificate\n" +
			"is verified, and one word out of a closed list says how it ended. URL begins with http:// or https://, or with dns://, tcp:// or tls:// to\n" +
			"stop after that phase.\n\n" +
			"Exits 0 whatever the word, 2 for a command line that makes no sense, and 3 when the URL itself is refused for safety: a private address\n" +
			"without --allow-private, a query, credentials, another port than 80 and 443, another page than the home page, too many requests.",
		Example: "  seawall watch probe https://www.example.org/\n" +
			"  seawall watch probe --json --allow-private intranet.example http://intranet.example:8080/",
		RunE: func(cmd *cobra.Command, args []string) error {
			url, allowed, err := f.private.split(args)
			if err != nil {
				return err
			}
			return f.run(cmd, url, allowed)
		},
	}
	f.register(cmd)
	f.registerStore(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&f.json, "json", false, "print the result as JSON")
	fl.StringVar(&f.contact, "contact", cmp.Or(os.Getenv("SEAWALL_CONTACT"), defaultContact),
		"mail address or URL that the site's owner is shown (SEAWALL_CONTACT)")
	fl.StringArrayVar(&f.resolvers, "resolver", nil, "address of a resolver, instead of the system's; may be repeated")
	fl.IntVar(&f.family, "family", 0, "the only family of addresses that is tried, 4 or 6; 0: both")
	fl.Var(&f.private, "allow-private", "host that may have a private address, and then any port and path; may be repeated")
	fl.Lookup("allow-private").NoOptDefVal = ownHost
	return cmd
}

func (f *probeFlags) run(cmd *cobra.Command, url string, allowed []string) error {
	o := probe.Options{Contact: f.contact, Vantage: "local", AllowHosts: allowed, Addresses: privateAddresses(hostsFile, allowed)}
	for _, text := range f.resolvers {
		at, err := resolverAddr(text)
		if err != nil {
			return fmt.Errorf("--resolver: %w", err)
		}
		o.Resolvers = append(o.Resolvers, at)
	}
	var err error
	if o.Budget, err = probe.NewBudget(1); err != nil {
		return err
	}
	p, err := probe.New(o)
	if err != nil {
		return err
	}
	t := probe.Target{URL: url, Family: probe.Family(min(max(f.family, 0), math.MaxUint8))} //nolint:gosec // G115: within
	wrong := p.Check(t)
	if _, refused := errors.AsType[*probe.RefusedURL](wrong); wrong != nil && !refused {
		return wrong
	}
	if wrong == nil { // else nothing is sent
		p.Suspect(t) // a person who asks has a doubt
		if err := f.spend(cmd.Context(), p, t); err != nil {
			return err
		}
	}
	r := p.Probe(cmd.Context(), t)
	if err := f.print(cmd.OutOrStdout(), r); err != nil {
		return &exitError{exitShort, err}
	}
	if r.Class == probe.RefusedTarget && len(r.Evidence.Redirects) == 0 {
		return &exitError{exitUnfit, errors.New(r.Evidence.Error)}
	}
	return nil
}

// probeGETs is how many requests one probe may need: the home page, and where it redirects to.
const probeGETs = 3

// spend leaves in the prober's budget what the lookout of the state folder grants, and in its rules what must not be asked. Where there is no lookout
// that is what the store says, which is made if need be: what was sent is counted over all commands, or nothing is sent.
func (f *probeFlags) spend(ctx context.Context, p *probe.Prober, t probe.Target) error {
	var granted lookout.Granted
	err := f.atDesk(ctx, func(way lookout.Way) (err error) {
		granted, err = lookout.Spend.Ask(ctx, way, lookout.Spending{Site: t.Site(), Host: t.Host(), GETs: probeGETs})
		return err
	})
	if err != nil {
		return err
	}
	now := time.Now()
	spent := make([]time.Time, probe.DoubtGETs-granted.GETs)
	for i := range spent {
		spent[i] = now
	}
	p.Budget().Import(probe.BudgetState{t.Site(): {Sent: spent}}, now)
	return p.SetRules(granted.Rules())
}

func resolverAddr(text string) (netip.AddrPort, error) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at, nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is no address, with or without a port", text)
	}
	return netip.AddrPortFrom(addr, 53), nil
}

func (f *probeFlags) print(w io.Writer, r probe.Result) error {
	if !f.json {
		_, err := io.WriteString(w, probeText(r))
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// probeText says a result in a few lines: the word first, then what a person would check it by.
func probeText(r probe.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", r.Class, r.URL)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s%s\n", name, fmt.Sprintf(format, args...))
	}
	for _, a := range r.Assessment {
		line("assessment", "%s", a)
	}
	for _, u := range r.Evidence.Redirects {
		line("redirect", "%s", u)
	}
	if r.Address.IsValid() {
		line("address", "%s", r.Address)
	}
	if r.Status != 0 {
		line("answer", "%d over %s", r.Status, r.Protocol)
	}
	line("times", "%s", probeTimes(r.Timings))
	if c := r.Evidence.Certificate; c != nil {
		line("certificate", "until %s, by %s, for %s", c.NotAfter.Format(time.RFC3339), c.Issuer, strings.Join(c.Names, ", "))
	}
	if r.Evidence.Title != "" {
		line("title", "%s", r.Evidence.Title)
	}
	if r.Evidence.Bytes > 0 {
		line("body", "%d bytes, SHA-256 %s", r.Evidence.Bytes, r.Evidence.BodySHA256)
	}
	if r.Evidence.Error != "" {
		line("error", "%s", r.Evidence.Error)
	}
	return b.String()
}

// probeTimes lists the phases that were reached.
func probeTimes(t probe.Timings) string {
	var parts []string
	for _, phase := range []struct {
		name string
		took time.Duration
	}{{"dns", t.DNS}, {"tcp", t.TCP}, {"tls", t.TLS}, {"first byte", t.TTFB}, {"body", t.Body}, {"total", t.Total}} {
		if phase.took != probe.NotReached {
			parts = append(parts, fmt.Sprintf("%s %.1f ms", phase.name, float64(phase.took)/float64(time.Millisecond)))
		}
	}
	return strings.Join(parts, ", ")
}
