package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/seawall-project/seawall"
)

// checkBytes is how much of an answer to a check is read for the sake of its connection.
const checkBytes = 64 << 10

var errCheck = errors.New("origin did not answer the health check in time")

// Check says how the origins of a group are asked whether they live: by a GET for Path of Host. Any answer but a server error (5xx) says
// that they do. The zero value asks nothing.
type Check struct {
	Host     string // the site's name
	TLS      bool   // whether readers come encrypted, which the origin is told (X-Forwarded-Proto)
	Path     string // "/" when empty
	Interval time.Duration
	Timeout  time.Duration // of each, 2 s
}

// look asks one origin again and again until ctx ends.
func (g *Group) look(ctx context.Context, m *member) {
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		if g.pressed() {
			g.unchecked.Add(1)
		} else if err := g.check.ask(ctx, m.Origin); ctx.Err() == nil {
			g.checked(m, err)
		}
		next.Reset(time.Duration(float64(g.check.Interval) * (0.9 + g.rand()/5)))
	}
}

// ask asks once.
func (c *Check) ask(ctx context.Context, o *Origin) error {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = 2 * time.Second
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errCheck)
	defer cancel()
	r := &seawall.Request{
		Method: "GET", Host: c.Host, Path: c.Path, TLS: c.TLS, Proto: seawall.HTTP11,
		Fields: seawall.Fields{{Name: "User-Agent", Value: "Seawall health check"}, {Name: "Cache-Control", Value: "no-cache"}},
	}
	if r.Path == "" {
		r.Path = "/"
	}
	resp, err := o.Fetch(ctx, r, nil, nil)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	defer resp.Body.Close()
	if resp.Status >= 500 {
		return fmt.Errorf("health check: origin answered %d", resp.Status)
	}
	_, err = io.CopyN(io.Discard, resp.Body, checkBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("health check: %w", err)
	}
	return nil
}

// checked notes what came of a check. A failed one counts like a request without an answer, and keeps readers' requests from trying an
// origin that is left alone; one that went well lets the next of them try it.
func (g *Group) checked(m *member, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, b := g.now(), &m.breaker
	if err == nil {
		if b.open.Load() {
			b.until.Store(min(b.until.Load(), now.UnixNano()))
		}
		return
	}
	m.last.Store(&mishap{now, err})
	if !b.open.Load() {
		b.strike(now, strikeSilent, g.spare(m), g.rand())
	}
	if b.open.Load() {
		b.until.Store(max(b.until.Load(), now.Add(2*g.check.Interval).UnixNano()))
	}
}
