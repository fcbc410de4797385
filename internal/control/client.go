package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// How long the client waits: for the socket to take the connection and begin to answer, a reload included.
const clientTime = 30 * time.Second

// longTime is the same for operations of [Ops], some of which read whole archives.
const longTime = 10 * time.Minute

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 16 << 20

// Client asks a running Seawall.
type Client struct{ Path string } // of the socket

// RefusedError is what a Seawall answers when it could not do what it was asked; nothing has changed there.
type RefusedError struct{ Text string }

func (e *RefusedError) Error() string { return e.Text }

// Status returns how it stands, as JSON.
func (c *Client) Status(ctx context.Context) ([]byte, error) {
	return c.ask(ctx, clientTime, http.MethodGet, "/status", nil)
}

// Reload makes it read its configuration again. The error is a [RefusedError] when that is wrong.
func (c *Client) Reload(ctx context.Context) (r Reloaded, err error) {
	return r, c.do(ctx, clientTime, "/reload", struct{}{}, &r)
}

// Purge makes it forget stored answers.
func (c *Client) Purge(ctx context.Context, p Purge) (r Purged, err error) {
	if err := p.Check(); err != nil {
		return r, &RefusedError{err.Error()}
	}
	return r, c.do(ctx, clientTime, "/purge", p, &r)
}

func (c *Client) do(ctx context.Context, patience time.Duration, path string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	text, err := c.ask(ctx, patience, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("ask %s: %w", c.Path, err)
	}
	return nil
}

func (c *Client) ask(ctx context.Context, patience time.Duration, method, path string, body []byte) ([]byte, error) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", c.Path)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://seawall"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL that nobody asked for
		}
		return nil, fmt.Errorf("ask %s: %w", c.Path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask %s: %w", c.Path, err)
	case resp.StatusCode == http.StatusOK:
		return text, nil
	}
	var refused refusal
	if json.Unmarshal(text, &refused) == nil && refused.Error != "" {
		return nil, &RefusedError{refused.Error}
	}
	return nil, fmt.Errorf("ask %s: no Seawall answers there: %s", c.Path, resp.Status)
}
