package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// stateFlags name the folder for what has to outlive a process.
type stateFlags struct {
	folder   string
	database string // URL; "" for what SEAWALL_STORE says
}

func (f *stateFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.folder, "state", "", "folder for what is kept (default $SEAWALL_STATE, else that of a service, else one in the user's state folder)")
}

// registerStore is for commands that work on the lookout's store wherever it is.
func (f *stateFlags) registerStore(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.database, "store", "",
		"postgres://USER@HOST/DATABASE?passfile=FILE that keeps the history instead of a file in that folder (default $SEAWALL_STORE)")
}

// store returns the URL of the database; "" when the history is kept in the folder.
func (f *stateFlags) store() string { return cmp.Or(f.database, os.Getenv("SEAWALL_STORE")) }

// path returns the folder; see [config.StateDir].
func (f *stateFlags) path() (string, error) { return config.StateDir(f.folder, os.Getenv) }

// opener makes a desk of a room on the store in a state folder.
type opener[D any] func(db lookout.Keeper, state string) (*D, error)

// lookoutDesk is the opener of the lookout's desk.
func lookoutDesk(db lookout.Keeper, _ string) (*lookout.Desk, error) {
	return &lookout.Desk{Store: db, Notices: db.Notices(), Now: time.Now, Listed: orders.PathsAround}, nil
}

// atDesk does something at a desk of the process that runs with this state folder, or without one on its store.
func atDesk[D any](ctx context.Context, f *stateFlags, open opener[D], do func(way desk.Way[D]) error) error {
	folder, err := f.path()
	if err != nil {
		return err
	}
	if socket := lookout.SocketPath(folder); answers(ctx, socket) {
		return told(do(desk.There[D](&control.Client{Path: socket})))
	}
	db, err := lookout.OpenStore(ctx, folder, f.store())
	if err != nil {
		return told(err)
	}
	d, err := open(db, folder)
	if err == nil {
		err = do(desk.Here(d))
	}
	return told(errors.Join(err, db.Close()))
}

// atDesk does something at the lookout's desk.
func (f *stateFlags) atDesk(ctx context.Context, do func(way lookout.Way) error) error {
	return atDesk(ctx, f, lookoutDesk, do)
}

// answers reports whether something listens on a socket.
func answers(ctx context.Context, path string) bool {
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// told gives an error of the desk its exit code.
func told(err error) error {
	var refused *control.RefusedError
	switch {
	case err == nil:
		return nil
	case isRefusedURL(err):
		return &exitError{exitUnfit, err}
	case errors.Is(err, control.ErrRefused), errors.As(err, &refused):
		return &exitError{exitUsage, err}
	}
	if _, ok := errors.AsType[*exitError](err); ok {
		return err
	}
	return &exitError{exitShort, err}
}

// isRefusedURL reports whether a URL was refused for safety.
func isRefusedURL(err error) bool {
	_, ok := errors.AsType[*probe.RefusedURL](err)
	return ok
}
