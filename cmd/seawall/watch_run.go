package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/forecasts"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/app/readiness"
	"github.com/seawall-project/seawall/internal/app/statuspage"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// watchRunFlags say from where is measured, and for whom.
type watchRunFlags struct {
	stateFlags
	contact   string
	vantage   watch.Vantage
	sentinels []string
	resolvers []string
	private   []string
	file      string
	providers string
	admin     string
	bus       string
	urls      []string // put on the list first
}

func newWatchRun() *cobra.Command {
	var f watchRunFlags
	cmd := &cobra.Command{
		Use:   "run [URL ...]",
		Short: "Measure the watched sites until interrupted",
		Long: "Measures the watched sites, once a minute each, judges what comes of it, and keeps it. \"seawall watch\" and \"seawall incident\" show how they\n" +
			"stand, from another terminal. The sites named here are put on the list first, as by \"seawall watch add\", with readers in --country.\n\n" +
			"Sentinels are sites by which this place tests its own line, so that it knows when it is blind: at least three, in different networks, whose\n" +
			"people have agreed. Without them nothing it sees goes beyond \"suspected\".",
		Example: "  seawall watch run https://www.example.org --contact it@example.org --country DK\n" +
			"  seawall watch run --contact it@example.org --vantage office --network AS64496 --country DK \\\n" +
			"    --sentinel AS64500=https://one.example/ --sentinel AS64501=https://two.example/ --sentinel AS64502=https://three.example/",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.urls = args
			return f.run(cmd.Context(), cmd.ErrOrStderr())
		},
	}
	f.register(cmd)
	f.registerStore(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&f.file, "config", "c", "", "configuration file that says under watch what is measured, and under notify who is told")
	fl.StringVar(&f.bus, "bus", "", "address and port where agents of vantages elsewhere come, over TLS, such as :4222 (default none)")
	fl.StringVar(&f.admin, "admin", "", "address for /metrics and /healthz, such as 127.0.0.1:9181 (default none)")
	fl.StringVar(&f.contact, "contact", os.Getenv("SEAWALL_CONTACT"), "mail address or URL that owners of sites are shown (SEAWALL_CONTACT)")
	fl.StringVar(&f.vantage.Name, "vantage", "", "what this place is called (default \"here\")")
	fl.StringVar(&f.vantage.Network, "network", "", "the network it is in, as AS64496")
	fl.StringVar(&f.vantage.Country, "country", "", "the country it is in, two letters")
	fl.StringArrayVar(&f.sentinels, "sentinel", nil, "NETWORK=URL of a site by which this place tests its line; at least three")
	fl.StringArrayVar(&f.resolvers, "resolver", nil, "address of a resolver, instead of the system's; may be repeated")
	fl.StringVar(&f.providers, "providers", "", "CSV file with columns prefix and asn, that says who runs which network")
	fl.StringArrayVar(&f.private, "allow-private", nil, "host that may have a private address, and then any port; may be repeated")
	return cmd
}

func (f *watchRunFlags) run(ctx context.Context, stderr io.Writer) error {
	setup, err := f.setup(stderr)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(lookout.GCPercent)
	}
	s, err := lookout.NewService(ctx, setup)
	if err != nil {
		return told(err)
	}
	if err := f.add(ctx, s); err != nil {
		s.Close()
		return err
	}
	if err := s.Run(ctx); err != nil {
		return &exitError{exitShort, err}
	}
	return nil
}

// add puts the sites that were named on the list.
func (f *watchRunFlags) add(ctx context.Context, s *lookout.Service) error {
	if len(f.urls) == 0 {
		return nil
	}
	var specs []lookout.Spec
	for _, url := range f.urls {
		specs = append(specs, lookout.Spec{URL: url, Country: f.vantage.Country})
	}
	_, err := addSites(ctx, lookout.Here(s.Desk()), specs...)
	return err
}

func (f *watchRunFlags) setup(stderr io.Writer) (o lookout.Setup, err error) {
	if o.State, err = f.path(); err != nil {
		return o, err
	}
	o.Bus.Listen = f.bus
	o.Store, o.Providers = f.store(), f.providers
	o.Admin, o.Vantage, o.Logger = f.admin, f.vantage, slog.New(slog.NewTextHandler(stderr, nil))
	o.Probe = probe.Options{Contact: f.contact, AllowHosts: f.private}
	for _, text := range f.resolvers {
		at, err := resolverAddr(text)
		if err != nil {
			return o, fmt.Errorf("--resolver: %w", err)
		}
		o.Probe.Resolvers = append(o.Probe.Resolvers, at)
	}
	for _, text := range f.sentinels {
		network, url, ok := strings.Cut(text, "=")
		if !ok || network == "" || url == "" {
			return o, fmt.Errorf("--sentinel: %q is not NETWORK=URL", text)
		}
		o.Sentinels = append(o.Sentinels, lookout.Sentinel{URL: url, Network: network})
	}
	cfg := new(config.Config)
	if f.file != "" {
		if cfg, err = config.Read(f.file); err != nil {
			return o, err
		}
		if err := measureBy(cfg, &o); err != nil {
			return o, err
		}
	}
	if o.Probe.Contact == "" {
		return o, errors.New("--contact: say where owners of sites reach you")
	}
	furnish(cfg, &o, desk.There[app.App](&control.Client{Path: cfg.ControlPath(likeliest(control.Paths(os.Getenv)))}))
	return o, nil
}

// measureBy takes what is measured and who is told out of a configuration. What o says already stands.
func measureBy(cfg *config.Config, o *lookout.Setup) (err error) {
	lookout.FromConfig(o, cfg)
	if o.Receivers, err = app.Receivers(cfg); err != nil {
		return err
	}
	if o.Reminder = cfg.Notify.Reminder; o.Reminder == 0 {
		o.Reminder = -1 // off
	}
	o.Heartbeat, o.Beat, err = app.HeartbeatTo(cfg)
	return err
}

// furnish adds what else works beside a lookout. The edge in front of the configuration's sites is asked to prepare for what attack lists say.
func furnish(cfg *config.Config, o *lookout.Setup, edge desk.Way[app.App]) {
	o.Vantage.Name = cmp.Or(o.Vantage.Name, config.DefaultVantage)
	front := orders.EdgeOf(cfg, edge)
	o.Rooms = append(o.Rooms, orders.NewRoom(cfg.Intel, front, claims.FromFeeds(front.Aliases)),
		claims.NewRoom(claims.RoomOptions{Maker: claims.MakerOf(cfg), Aliases: front.Aliases}), forecasts.NewRoom(cfg.Intel),
		readiness.NewRoom(cfg.Intel.Sectors, front.Aliases))
	if cfg.Status.Kind != "" {
		o.Rooms = append(o.Rooms, statuspage.NewRoom(cfg.Status))
	}
	o.Listed, o.ListedAround = orders.Paths, orders.PathsAround
	o.Probe.Addresses = privateAddresses(hostsFile, o.Probe.AllowHosts)
}

// currentUser is who speaks when nobody says.
func currentUser() string {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = cmp.Or(u.Username, name)
	}
	return name
}
