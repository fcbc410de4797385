package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/inside"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
)

// configFlags name a configuration: a file, or one site by flags.
type configFlags struct {
	file string
	config.Flags
}

func (f *configFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVarP(&f.file, "config", "c", "", "configuration file, such as seawall.yaml")
	fl.StringVar(&f.Site, "site", "", "host name of the one site to serve, such as www.example.org")
	fl.StringVar(&f.Origin, "origin", "", "where its pages are made, such as http://127.0.0.1:8080")
	fl.StringVar(&f.Listen, "listen", "", "address for readers (default \""+config.DefaultListen+"\")")
	fl.StringVar(&f.Admin, "admin", "", "address for metrics and health, or \"off\" (default \""+config.DefaultAdmin+"\")")
	fl.StringVar(&f.Watch, "watch", "", "\"off\" so that the site is not watched from inside")
	fl.StringVar(&f.TLS, "tls", "", "\"acme\" for a certificate from Let's Encrypt, \"internal\" for one of our own, \"off\" for plain HTTP (default \"internal\")")
}

// load reads what the flags name.
func (f *configFlags) load() (*config.Config, error) {
	switch {
	case f.file != "" && f.Flags != config.Flags{}:
		return nil, errors.New("give either --config or the flags of one site, not both")
	case f.file != "":
		return config.Read(f.file)
	case f.Flags == config.Flags{}:
		return nil, errors.New("nothing to serve: give -c FILE, or --site NAME and --origin URL")
	default:
		return config.FromFlags(f.Flags)
	}
}

func newRun() *cobra.Command {
	var f configFlags
	var state stateFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Stand in front of the configured sites",
		Long: "Stands in front of the configured sites until it is interrupted or terminated; then it finishes what is under way, at\n" +
			"most ten seconds, and a second signal ends it at once. On SIGHUP it reads the file again, as \"seawall reload\" asks.",
		Example: "  seawall run --origin http://127.0.0.1:8080 --site www.example.org\n  seawall run -c seawall.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.load()
			if err != nil {
				return err
			}
			return run(cmd.Context(), cfg, f.again(), &state, cmd.ErrOrStderr())
		},
	}
	f.register(cmd)
	state.register(cmd)
	state.registerStore(cmd)
	return cmd
}

// again returns how to read the file again; nil when there is none.
func (f *configFlags) again() func() (*config.Config, error) {
	if f.file == "" {
		return nil
	}
	return func() (*config.Config, error) { return config.Read(f.file) }
}

// lastLook is how long the end of the edge waits for the lookout to write down where it stands: whoever starts the next edge waits as long.
const lastLook = 3 * time.Second

func run(ctx context.Context, cfg *config.Config, again func() (*config.Config, error), state *stateFlags, stderr io.Writer) error {
	hangups := make(chan os.Signal, 1) // before anything else: until somebody listens, the signal would end the program
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)

	log := slog.New(slog.NewTextHandler(stderr, nil))
	handed := inherit()
	beside := besideEdge(state, log)
	folder, err := state.path()
	if err != nil {
		log.Warn("nothing outlives the process", slog.Any("error", err))
	}
	a, err := app.New(ctx, app.Options{
		Config: cfg, Load: again, Logger: log, Stderr: stderr, Listen: handed.listen, ListenPacket: handed.listenPacket,
		Control: control.Paths(os.Getenv)[0], State: folder,
		Notify: notify(log), Watchdog: watchdog(log), Reloaded: beside.Reloaded,
		Observe: []func(*seawall.Outcome){beside.Observe},
	})
	if err != nil {
		return err
	}
	handed.warn(log)

	g, ctx := errgroup.WithContext(ctx)
	ctx, end := context.WithCancel(ctx)
	g.Go(func() error {
		defer end()
		return a.Run(ctx)
	})
	g.Go(func() error {
		reloadOn(ctx, hangups, a)
		return nil
	})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		beside.Run(ctx, a)
	}()
	err = g.Wait()
	select {
	case <-watched:
	case <-time.After(lastLook):
		log.Warn("the lookout did not end in time; what it saw last may be lost")
	}
	if err != nil {
		return &exitError{exitShort, err}
	}
	return nil
}

// besideEdge returns the lookout that watches the protected sites from inside.
func besideEdge(state *stateFlags, log *slog.Logger) *inside.Lookout {
	return inside.New(inside.Options{Logger: log, Again: time.Minute, Setup: func(edge *app.App, cfg *config.Config) (o lookout.Setup, err error) {
		if o.State, err = state.path(); err != nil {
			return o, err
		}
		o.Store, o.Logger = state.store(), log
		if err := measureBy(cfg, &o); err != nil {
			return o, err
		}
		o.Admin = "" // the edge has one
		furnish(cfg, &o, desk.Here(edge))
		return o, nil
	}})
}

// reloadOn reloads when a signal comes, until ctx ends. What is wrong then is in the log.
func reloadOn(ctx context.Context, hangups <-chan os.Signal, a *app.App) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			_, _ = a.Reload(ctx)
		}
	}
}
