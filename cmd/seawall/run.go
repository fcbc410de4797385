package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/config"
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
	fl.StringVar(&f.TLS, "tls", "", "\"internal\" for a certificate of our own, \"off\" for plain HTTP (default \"internal\")")
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
	cmd := &cobra.Command{
		Use:     "run",
		Short:   "Stand in front of the configured sites",
		Example: "  seawall run --origin http://127.0.0.1:8080 --site www.example.org\n  seawall run -c seawall.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.load()
			if err != nil {
				return err
			}
			return run(cmd.Context(), cfg, cmd.ErrOrStderr())
		},
	}
	f.register(cmd)
	return cmd
}

func run(ctx context.Context, cfg *config.Config, stderr io.Writer) error {
	a, err := app.New(ctx, app.Options{Config: cfg, Logger: slog.New(slog.NewTextHandler(stderr, nil))})
	if err != nil {
		return err
	}
	if err := a.Run(ctx); err != nil {
		return &exitError{exitShort, err}
	}
	return nil
}

func newCheck() *cobra.Command {
	var f configFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say everything that is wrong with a configuration",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.load()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The configuration is good: %d site(s).\n", len(cfg.Sites))
			return err
		},
	}
	f.register(cmd)
	return cmd
}
