package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/statuspage"
	"github.com/seawall-project/seawall/internal/config"
)

// statusRenderFlags say which page is made, and from what.
type statusRenderFlags struct {
	stateFlags
	file, kind, title string
	json              bool
}

func newStatusRender() *cobra.Command {
	var f statusRenderFlags
	cmd := &cobra.Command{
		Use:   "render DIR",
		Short: "Make the public status page and write it into a folder",
		Long: "Makes the public status page from what the lookout has found, and writes it into DIR: HTML in Danish and English, JSON and Atom, that any\n" +
			"web server can hold. The lookout may be running or not. Files in DIR that are no part of such a page are left alone.\n\n" +
			"Which page that is, the section \"status\" of the configuration says. Without a configuration --kind and --title do: \"owner\" is a page\n" +
			"of every watched site that was added with --public, by name; \"authority\" counts all watched sites by sector, an hour late, and names none.",
		Example: "  seawall status render /srv/status -c seawall.yaml\n  seawall status render ./page --kind authority --title \"The Example Agency\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.register(cmd)
	f.registerStore(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&f.file, "config", "c", "", "configuration file with a section \"status\"")
	fl.StringVar(&f.kind, "kind", "", "owner or authority")
	fl.StringVar(&f.title, "title", "", "whose page it is")
	fl.BoolVar(&f.json, "json", false, "print as JSON")
	cmd.MarkFlagsMutuallyExclusive("config", "kind")
	cmd.MarkFlagsMutuallyExclusive("config", "title")
	cmd.MarkFlagsOneRequired("config", "kind")
	cmd.MarkFlagsRequiredTogether("kind", "title")
	return cmd
}

// page returns which page is meant.
func (f *statusRenderFlags) page() (config.Status, error) {
	if f.file == "" {
		s, err := config.NewStatus(f.kind, f.title)
		if err != nil {
			return s, fmt.Errorf("--kind: %w", err)
		}
		return s, nil
	}
	c, err := config.Read(f.file)
	if err != nil {
		return config.Status{}, err
	}
	if c.Status.Kind == "" {
		return config.Status{}, fmt.Errorf("%s has no section \"status\": the public page is switched off", f.file)
	}
	return c.Status, nil
}

func (f *statusRenderFlags) run(ctx context.Context, dir string, stdout, stderr io.Writer) error {
	return f.withStore(ctx, stderr, func(o statuspage.Options) error { return writeStatus(ctx, o, dir, stdout, f.json) })
}

// withStore does something with the page that is meant and what the lookout keeps.
func (f *statusRenderFlags) withStore(ctx context.Context, stderr io.Writer, do func(o statuspage.Options) error) error {
	page, err := f.page()
	if err != nil {
		return err
	}
	folder, err := f.path()
	if err != nil {
		return err
	}
	db, err := statuspage.OpenSource(ctx, folder, f.store())
	if err != nil {
		return &exitError{exitShort, err}
	}
	err = do(statuspage.Options{Page: page, Store: db, State: folder, Logger: slog.New(slog.NewTextHandler(stderr, nil))})
	if err = errors.Join(err, db.Close()); err != nil {
		return &exitError{exitShort, err}
	}
	return nil
}

func writeStatus(ctx context.Context, o statuspage.Options, dir string, stdout io.Writer, asJSON bool) error {
	m, err := statuspage.NewMaker(o)
	if err != nil {
		return err
	}
	p, err := m.Make(ctx)
	if err != nil {
		return err
	}
	if err := p.Files.Write(dir); err != nil {
		return err
	}
	if asJSON {
		return printJSON(stdout, struct {
			Dir   string    `json:"dir"`
			Files int       `json:"files"`
			At    time.Time `json:"at"`
			Due   time.Time `json:"due,omitzero"` // of the next; none while the page is frozen
		}{dir, len(p.Files), p.At.UTC(), p.Due.UTC()})
	}
	next := "when somebody lets it go on (seawall status thaw)"
	if !p.Due.IsZero() {
		next = clock(p.Due)
	}
	_, err = fmt.Fprintf(stdout, "Written: %d files in %s, of %s. The next is due %s.\n", len(p.Files), dir, clock(p.At), next)
	return err
}

func newStatusServe() *cobra.Command {
	var f statusRenderFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Make the public status page again and again, serve it and push it",
		Long: "Makes the public status page that the section \"status\" of the configuration describes, until interrupted: writes it, serves it where that\n" +
			"says \"listen\", puts it where it says \"push\", and runs its \"command\". What fails is told and tried again with the next page. It reads what\n" +
			"the lookout keeps and runs beside it. \"seawall run\" and \"seawall watch run\" with that configuration do the same by themselves.",
		Example: "  seawall status serve -c seawall.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.serve(cmd.Context(), cmd.ErrOrStderr()) },
	}
	f.register(cmd)
	f.registerStore(cmd)
	cmd.Flags().StringVarP(&f.file, "config", "c", "", "configuration file with a section \"status\"")
	_ = cmd.MarkFlagRequired("config") // its error says that there is no such flag
	return cmd
}

func (f *statusRenderFlags) serve(ctx context.Context, stderr io.Writer) error {
	return f.withStore(ctx, stderr, func(o statuspage.Options) error {
		s, err := statuspage.New(o)
		if err != nil {
			return err
		}
		return s.Run(ctx)
	})
}

// frozenJSON is what freeze and thaw say of the page.
type frozenJSON struct {
	Frozen bool  `json:"frozen"`
	Was    *bool `json:"was_frozen,omitempty"` // before, where that was asked
}

func newStatusFreeze() *cobra.Command {
	var f stateFlags
	var da, en string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "freeze",
		Short: "Keep an owner's status page as it is",
		Long: "Keeps an owner's public status page as it is, whatever is measured, until \"seawall status thaw\". The page says so, and since when. Words\n" +
			"given here stand in place of its owner's other words; to change them, freeze it again.",
		Example: "  seawall status freeze --da \"Vi arbejder på sagen. Næste nyt kl. 21.\" --en \"We are on it. More at 9 pm.\"",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := f.path()
			if err != nil {
				return err
			}
			words := map[seawall.Language]string{}
			for l, text := range map[seawall.Language]string{seawall.Danish: da, seawall.English: en} {
				if text != "" {
					words[l] = text
				}
			}
			if err := statuspage.Freeze(folder, currentUser(), words, time.Now()); err != nil {
				return &exitError{exitShort, err}
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), frozenJSON{Frozen: true})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "The status page stays as it is from the next time it is made, until \"seawall status thaw\".")
			return err
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&da, "da", "", "words in Danish")
	cmd.Flags().StringVar(&en, "en", "", "words in English")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newStatusThaw() *cobra.Command {
	var f stateFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "thaw",
		Short: "Let a frozen status page go on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := f.path()
			if err != nil {
				return err
			}
			was, err := statuspage.Thaw(folder)
			if err != nil {
				return &exitError{exitShort, err}
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), frozenJSON{Was: &was})
			}
			text := "The status page was not frozen."
			if was {
				text = "The status page goes on."
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
