package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/seawall-project/seawall"
)

// errSwitch is an answer of 101 that does not fit what was asked.
var errSwitch = errors.New("origin switched protocols unasked")

// Tunnel sends r, a GET without a body, to the origin with the wish to switch to protocol (RFC 9110, section 7.8), over a connection of
// its own that speaks HTTP/1.1. When the origin agrees, the answer has the status 101 and its Body is the connection, to be used and
// closed; the origin's Upgrade field is among its fields. Any other answer is one like those of [Origin.Fetch], which also says how
// long Tunnel blocks and what its errors are. An origin that switches to what was not asked for is an error.
func (o *Origin) Tunnel(ctx context.Context, r *seawall.Request, protocol string) (*Response, error) {
	return o.ask(call{ctx: ctx, request: r, protocol: protocol, patience: o.timeouts.FirstByte})
}

// switched checks an answer of 101.
func switched(resp *http.Response, protocol string) error {
	got := resp.Header.Get("Upgrade")
	if protocol == "" || !strings.EqualFold(got, protocol) {
		return fmt.Errorf("%w: to %q", errSwitch, got)
	}
	if _, ok := resp.Body.(io.ReadWriteCloser); !ok {
		return fmt.Errorf("%w: over a connection that cannot", errSwitch)
	}
	return nil
}

// tunnel is a connection that speaks another protocol now.
type tunnel struct {
	io.ReadWriteCloser
	fetch *fetch
	stop  func() bool // of what waits for the end of the context
}

func newTunnel(conn io.ReadWriteCloser, f *fetch) *tunnel {
	return &tunnel{conn, f, context.AfterFunc(f.ctx, func() { _ = conn.Close() })}
}

// Close closes the connection, also under a Read or a Write, which then fail.
func (t *tunnel) Close() error {
	t.stop()
	err := t.ReadWriteCloser.Close()
	t.fetch.end()
	return err
}
