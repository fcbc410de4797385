package main

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
)

// stateFlags name the folder for what has to outlive a process.
type stateFlags struct{ folder string }

func (f *stateFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.folder, "state", "", "folder for what is kept (default $SEAWALL_STATE, else that of a service, else one in the user's state folder)")
}

// path returns the folder; see [config.StateDir].
func (f *stateFlags) path() (string, error) { return config.StateDir(f.folder, os.Getenv) }

// atDesk does something at the desk of the lookout that runs with this state folder, or without one on its store.
func (f *stateFlags) atDesk(ctx context.Context, do func(way lookout.Way) error) error {
	folder, err := f.path()
	if err != nil {
		return err
	}
	if socket := lookout.SocketPath(folder); answers(ctx, socket) {
		return told(do(lookout.There(&control.Client{Path: socket})))
	}
	db, err := lookout.OpenStore(ctx, folder)
	if err != nil {
		return &exitError{exitShort, err}
	}
	err = do(lookout.Here(&lookout.Desk{Store: db, Now: time.Now}))
	return told(errors.Join(err, db.Close()))
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
	case errors.Is(err, control.ErrRefused), errors.As(err, &refused):
		return &exitError{exitUsage, err}
	}
	if _, ok := errors.AsType[*exitError](err); ok {
		return err
	}
	return &exitError{exitShort, err}
}
