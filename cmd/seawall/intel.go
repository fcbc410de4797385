package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
)

func newIntel() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "intel",
		Short: "Know what attackers were ordered to aim at",
		Long: "Reads lists of attack orders, as trackers publish them, and shows which hosts they name and what they aim at. The hosts are victims: nothing\n" +
			"here contacts them. Of the lists themselves only hash and name are kept, of the orders only their structure.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newIntelImport(), newIntelListings(), newIntelCampaigns(), newIntelHost(), newIntelFeeds())
	return cmd
}

// ordersDesk is the opener of the desk for attack orders.
func ordersDesk(db lookout.Keeper, state string) (*orders.Desk, error) {
	sectors, err := orders.ReadSectors(state, "")
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	taking := &claims.Desk{Store: db, State: state, Now: time.Now}
	return &orders.Desk{Store: db, Now: time.Now, Sectors: sectors, Others: orders.OthersOf(db, state, nil), Claim: taking.TakeIn}, nil
}

// importGC is how far the heap may grow before garbage is collected, in percent of what lives: reading lists makes much garbage, and machines on
// which it is done may be small.
const importGC = 20

func newIntelImport() *cobra.Command {
	var in orders.Importing
	var refused []string
	cmd := &cobra.Command{
		Use:   "import PATH...",
		Short: "Read lists of attack orders",
		Long: "Reads lists of the DDoSia tool as JSON or CSV from files, folders and .tar.xz archives, in any order and as often as you like: what is known\n" +
			"already is not there twice. When a list was fetched is taken from its name, by Luxembourg's clock, as trackers name them.\n\n" +
			"MISP events and STIX bundles are read as well: what they order becomes listings at their own times, and what they claim goes to the desk of\n" +
			"claims. Of lists of networks that attacked, what is said of each is kept for 48 hours.",
		Example: "  seawall intel import lists.tar.xz\n  seawall intel import event.json --feed partner --tlp amber --licence \"CC BY 4.0\"",
		Args:    cobra.MinimumNArgs(1),
	}
	cmd.Flags().StringVar(&in.Feed, "feed", orders.DefaultFeed, "what the lists' source is called")
	cmd.Flags().StringVar(&in.TLP, "tlp", "", "how far what the feed gives may be passed on, from now on: clear, green, amber, amber+strict or red (default: as it was, at first amber+strict)")
	cmd.Flags().StringVar(&in.Licence, "licence", "", "on what terms the feed may be used, from now on (default: as it was)")
	cmd = newCommandAt(cmd, ordersDesk, func(ctx context.Context, way orders.Way, args []string) (orders.Imported, error) {
		in.Paths = nil
		for _, path := range args {
			path, err := filepath.Abs(path)
			if err != nil {
				return orders.Imported{}, err
			}
			in.Paths = append(in.Paths, path)
		}
		sum, err := orders.Import.Ask(ctx, way, in)
		refused = sum.Refused
		return sum, err
	}, sayImported)
	read := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		debug.SetGCPercent(importGC)
		err := read(cmd, args)
		if err == nil && len(refused) > 0 {
			err = &exitError{exitUnfit, fmt.Errorf("not read, or not to the end, for it would take too much: %q", refused)}
		}
		return err
	}
	return cmd
}

func sayImported(w io.Writer, m orders.Imported) {
	fmt.Fprintf(w, "%d files, of which %d repeat another and %d are empty; %d hosts, %d that are none; %d listings, %d new\n",
		m.Files, m.Repeats, m.Empty, m.Hosts, m.InvalidHosts, m.Listings, m.New)
	for _, name := range slices.Sorted(maps.Keys(m.Damaged)) {
		fmt.Fprintf(w, "  %q: %s\n", name, m.Damaged[name])
	}
	if m.Unnamed > 0 {
		fmt.Fprintf(w, "  and %d more\n", m.Unnamed)
	}
	for _, why := range slices.Sorted(maps.Keys(m.Skipped)) {
		fmt.Fprintf(w, "  %d left out: %s\n", m.Skipped[why], strings.ReplaceAll(why, "_", " "))
	}
	if m.Claims+m.Prefixes > 0 {
		fmt.Fprintf(w, "  %d claims, %d new; %d networks\n", m.Claims, m.NewClaims, m.Prefixes)
	}
	if m.Cut > 0 {
		fmt.Fprintf(w, "  %d templates left out: too many for one host\n", m.Cut)
	}
}

// askingFlags say which listings are shown.
type askingFlags struct {
	in           orders.Asking
	since, until string
}

func (f *askingFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.in.Feed, "feed", "", "of this feed alone")
	fl.StringVar(&f.in.Country, "country", "", "of this country alone, as hosts end in it: dk")
	fl.StringVar(&f.in.Sector, "sector", "", "of this sector alone")
	fl.StringVar(&f.since, "since", "", "those that ended then or later, as 2025-01-31 or 2025-01-31T08:00:00Z")
	fl.StringVar(&f.until, "until", "", "those that began before then")
	fl.IntVar(&f.in.Limit, "limit", 0, "how many are shown, the latest first (default all)")
}

// asking returns what the flags ask for.
func (f *askingFlags) asking() (orders.Asking, error) {
	f.in.Country = strings.ToLower(f.in.Country)
	for _, x := range []struct {
		name, text string
		at         *time.Time
	}{{"since", f.since, &f.in.Since}, {"until", f.until, &f.in.Until}} {
		if x.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, x.text)
		if err != nil {
			at, err = time.Parse(time.DateOnly, x.text)
		}
		if err != nil {
			return f.in, &exitError{exitUsage, fmt.Errorf("--%s: %q is no time such as 2025-01-31 or 2025-01-31T08:00:00Z", x.name, x.text)}
		}
		*x.at = at.UTC()
	}
	if f.in.Limit < 0 {
		return f.in, &exitError{exitUsage, errors.New("--limit: less than none")}
	}
	return f.in, nil
}

func newIntelListings() *cobra.Command {
	var f askingFlags
	cmd := &cobra.Command{
		Use: "listings", Short: "Show which hosts were listed when", Args: cobra.NoArgs,
		Long: "Shows listings, the latest first. A listing is a host's sightings in one feed, no two in a row more than 36 hours apart; the host was first\nnamed after the list before and not after the first that names it.",
	}
	f.register(cmd)
	return newCommandAt(cmd, ordersDesk, func(ctx context.Context, way orders.Way, _ []string) ([]orders.Listed, error) {
		in, err := f.asking()
		if err != nil {
			return nil, err
		}
		return orders.Listings.Ask(ctx, way, in)
	}, func(w io.Writer, all []orders.Listed) {
		for i := range all {
			sayListed(w, &all[i])
		}
	})
}

func sayListed(w io.Writer, l *orders.Listed) {
	previous := "-"
	if l.Previous != nil {
		previous = clock(*l.Previous)
	}
	fmt.Fprintf(w, "%-40s %-2s %-13s (%s, %s] to %s  %d sightings  %s\n", l.Host, dash(l.Country), dash(l.Sector), previous, clock(l.First), clock(l.Last), l.Sightings, l.Feed)
}

func newIntelCampaigns() *cobra.Command {
	var f askingFlags
	cmd := &cobra.Command{
		Use: "campaigns", Short: "Show listings by country, sector and actor", Args: cobra.NoArgs,
		Long: "Groups listings by country, sector and actor, the latest first; a campaign ends when its group was not listed for 72 hours. Sectors come from\nthe names of hosts: rows of sectors.csv in the state folder (sector,kind,pattern; kind is suffix, word or in) go before those built in, which are public suffixes alone.",
	}
	f.register(cmd)
	return newCommandAt(cmd, ordersDesk, func(ctx context.Context, way orders.Way, _ []string) ([]orders.Campaign, error) {
		in, err := f.asking()
		if err != nil {
			return nil, err
		}
		return orders.Campaigns.Ask(ctx, way, in)
	}, func(w io.Writer, all []orders.Campaign) {
		for _, c := range all {
			fmt.Fprintf(w, "%-2s %-13s %s to %s  %d hosts, %d listings  %s\n", dash(c.Country), dash(c.Sector), clock(c.First), clock(c.Last), c.Hosts, c.Listings, c.Actor)
		}
	})
}

func newIntelHost() *cobra.Command {
	cmd := &cobra.Command{
		Use: "host HOST", Short: "Show what was aimed at a host", Args: cobra.ExactArgs(1),
		Long: "Shows when a host was listed and what was aimed at it: requests with a class in braces in the place of every value, vectors, ports, and how old\nthe orders are; in which grade those who run it would be warned now; and how many others were listed together with it. Others appear as numbers.\n" +
			"Of an address it also shows whether it is in a network that attacked somebody, as lists say that still mean something.",
	}
	return newCommandAt(cmd, ordersDesk, func(ctx context.Context, way orders.Way, args []string) (orders.HostShown, error) {
		return orders.Host.Ask(ctx, way, orders.AskingHost{Host: args[0]})
	}, sayHost)
}

func sayHost(w io.Writer, h orders.HostShown) {
	fmt.Fprintf(w, "%s: %d listings; %d other hosts of its domain were listed\n", h.Host, len(h.Listings), h.Near)
	if h.Grade != "" {
		fmt.Fprintf(w, "  now: %s (%s)\n", h.Grade, strings.ReplaceAll(h.Why, "_", " "))
	}
	if m := &h.Mates; m.Hosts > 0 {
		fmt.Fprintf(w, "  listed together with it: %d hosts, of which %d are listed now; sectors %s; countries %s\n",
			m.Hosts, m.Listed, sayCounts(m.Sectors), sayCounts(m.Countries))
	}
	for _, n := range h.Networks {
		fmt.Fprintf(w, "  %s attacked somebody, last seen %s: AS%d %s %s  %s %s; means nothing after %s\n",
			n.Network, clock(n.Seen), n.AS, dash(n.ASName), dash(n.Country), n.Feed, n.TLP, clock(n.Until))
	}
	for i := range h.Listings {
		l := &h.Listings[i]
		sayListed(w, &l.Listed)
		oldest := "-"
		if l.Oldest != nil {
			oldest = clock(*l.Oldest)
		}
		fmt.Fprintf(w, "  vectors %s; ports %v; oldest order %s\n", strings.Join(l.Vectors, ", "), l.Ports, oldest)
		for j := range l.Templates {
			fmt.Fprintf(w, "    %s\n", sayTemplate(&l.Templates[j]))
		}
	}
}

// sayCounts writes counts by name.
func sayCounts(of map[string]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, fmt.Sprintf("%s %d", dash(name), of[name]))
	}
	return strings.Join(all, ", ")
}

// sayTemplate writes a template in one line.
func sayTemplate(t *orders.Template) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %d %s", t.Vector, dash(t.Method), t.Port, t.Path)
	say := func(before string, all []orders.Param) {
		for i, p := range all {
			if i > 0 {
				before = "&"
			}
			fmt.Fprintf(&b, "%s%s=", before, p.Name)
			if p.Class != "" {
				fmt.Fprintf(&b, "{%s}", p.Class)
			}
		}
	}
	say("?", t.Query)
	if t.Form != "" {
		say(" "+t.Form+" ", t.Body)
	}
	return b.String()
}

func newIntelFeeds() *cobra.Command {
	cmd := &cobra.Command{
		Use: "feeds", Short: "Show where lists come from and whether they still come", Args: cobra.NoArgs,
		Long: "Shows the feeds, with label and licence. One without a list for 26 hours is silent: then nothing is known of targets, which is not to say that there are none.",
	}
	return newCommandAt(cmd, ordersDesk, func(ctx context.Context, way orders.Way, _ []string) ([]orders.FeedShown, error) {
		return orders.Feeds.Ask(ctx, way, struct{}{})
	}, func(w io.Writer, all []orders.FeedShown) {
		for _, f := range all {
			last, networks, silent := "-", "", ""
			if f.Networks > 0 {
				networks = fmt.Sprintf("  %d networks", f.Networks)
			}
			if f.Last != nil {
				last = clock(*f.Last)
			}
			if f.Silent {
				silent = "  silent: nothing is known, which is not \"no targets\""
			}
			fmt.Fprintf(w, "%-20s %-8s %-16s %-12s %6d lists, the last %s%s%s\n", f.Name, f.Format, f.TLP, dash(f.Licence), f.Lists, last, networks, silent)
		}
	})
}
