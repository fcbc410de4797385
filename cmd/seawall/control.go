package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
)

// controlFlags say which running Seawall is asked.
type controlFlags struct{ path, file string }

func (f *controlFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.path, "control", "", "path of the control socket (default where a Seawall opens one by itself)")
	fl.StringVarP(&f.file, "config", "c", "", "configuration file that names the control socket")
	cmd.MarkFlagsMutuallyExclusive("control", "config")
}

// client returns who asks there.
func (f *controlFlags) client() (*control.Client, error) {
	path := f.path
	if f.file != "" {
		cfg, err := config.Read(f.file)
		if err != nil {
			return nil, err
		}
		if cfg.Control == config.ControlOff {
			return nil, fmt.Errorf("%s opens no control socket (control: off)", f.file)
		}
		path = cfg.Control
	}
	if path == "" {
		path = likeliest(control.Paths(os.Getenv))
	}
	return &control.Client{Path: path}, nil
}

// likeliest returns the first path where something is; the last when nothing is anywhere.
func likeliest(paths []string) string {
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			return path
		}
	}
	return paths[len(paths)-1]
}

// newAsk returns a command that asks a running Seawall and prints what that answers: as JSON, or by say.
func newAsk[Out any](
	use, short string, ask func(ctx context.Context, c *control.Client) (Out, error), say func(w io.Writer, out Out) error,
) *cobra.Command {
	var f controlFlags
	var asJSON bool
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		c, err := f.client()
		if err != nil {
			return err
		}
		out, err := ask(cmd.Context(), c)
		if refused, ok := errors.AsType[*control.RefusedError](err); ok {
			return &exitError{exitUsage, said{refused}}
		}
		if err != nil {
			return &exitError{exitShort, err}
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), out)
		}
		return say(cmd.OutOrStdout(), out)
	}}
	f.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// said is an error whose text is printed as it is: each of its lines begins with a place in a file, or a sentence of the Seawall asked.
type said struct{ error }

func newStatus() *cobra.Command {
	cmd := newAsk("status", "Ask a running Seawall how it stands", func(ctx context.Context, c *control.Client) (json.RawMessage, error) {
		return c.Status(ctx)
	}, func(w io.Writer, text json.RawMessage) error {
		_, err := w.Write(text) // people read it as it comes
		return err
	})
	cmd.Long = "Asks a running Seawall how it stands. The commands below it are about the page that tells the public how websites stand."
	cmd.AddCommand(newStatusRender(), newStatusServe(), newStatusFreeze(), newStatusThaw())
	return cmd
}

func newReload() *cobra.Command {
	cmd := newAsk("reload", "Make a running Seawall read its configuration again", func(ctx context.Context, c *control.Client) (control.Reloaded, error) {
		return c.Reload(ctx)
	}, func(w io.Writer, r control.Reloaded) error {
		_, err := fmt.Fprintf(w, "The configuration was taken up: %d site(s).\n", r.Sites)
		return err
	})
	cmd.Long = "Makes a running Seawall read its configuration again, as SIGHUP does. Readers notice nothing: requests under way are\n" +
		"finished, and stored pages, connections and what was learned stay. When something in the file is wrong, nothing\n" +
		"changes, and all of it is listed here (exit 2)."
	return cmd
}

func newPurge() *cobra.Command {
	var p control.Purge
	cmd := newAsk("purge", "Make a running Seawall forget stored pages", func(ctx context.Context, c *control.Client) (control.Purged, error) {
		return c.Purge(ctx, p)
	}, func(w io.Writer, r control.Purged) error {
		_, err := fmt.Fprintf(w, "Forgotten: %d.\n", r.Forgotten)
		return err
	})
	cmd.Long = "Makes a running Seawall forget stored pages, so that the next reader gets them from the origin. What was forgotten\n" +
		"cannot be served when the origin fails: under attack, prefer one page to many."
	cmd.Example = "  seawall purge --url https://www.example.org/news/today\n  seawall purge --prefix /news/ --site www.example.org\n  seawall purge --tag front-page"
	fl := cmd.Flags()
	fl.StringVar(&p.URL, "url", "", "one page, with its query: a URL, or a path on every site meant")
	fl.StringVar(&p.Prefix, "prefix", "", "every page whose URL, or path, begins so")
	fl.StringVar(&p.Tag, "tag", "", "every page that its origin gave this tag (Cache-Groups, Cache-Tag)")
	fl.StringVar(&p.Site, "site", "", "host name of the only site that is meant")
	cmd.MarkFlagsOneRequired("url", "prefix", "tag")
	cmd.MarkFlagsMutuallyExclusive("url", "prefix", "tag")
	return cmd
}
