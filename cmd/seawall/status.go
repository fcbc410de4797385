package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

const statusTime = 5 * time.Second

func newStatus() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Ask a running Seawall how it stands, through its control socket",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if path == "" {
				return errors.New("--control: give the path that the configuration names under \"control\"")
			}
			if err := status(cmd.Context(), path, cmd.OutOrStdout()); err != nil {
				return &exitError{exitShort, err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&path, "control", "", "path of the control socket")
	return cmd
}

// status prints the running Seawall's status as JSON.
func status(ctx context.Context, path string, w io.Writer) error {
	client := &http.Client{Timeout: statusTime, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://seawall/status", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL that nobody asked for
		}
		return fmt.Errorf("ask %s: %w", path, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s: no Seawall answers there: %s", path, resp.Status)
	}
	_, err = io.Copy(w, io.LimitReader(resp.Body, 1<<20))
	return err
}
