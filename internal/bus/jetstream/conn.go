package jetstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"github.com/seawall-project/seawall/internal/bus"
)

// ConnectOptions say where a bus is, and who asks.
type ConnectOptions struct {
	// URL is tls://HOST:PORT, several separated by commas. Required.
	URL string
	// Name tells this connection from others in the server's list.
	Name string
	// Vantage is whose connection it is, which says where it hears answers; "" is the lookout's.
	Vantage string
	// Seed is the nkey by which it is known, "SU…"; Credentials is the path of a file with one, or with a JWT and one. One of them.
	Seed        []byte
	Credentials string
	// TLS verifies the server; nil: by the system's authorities.
	TLS    *tls.Config
	Limits bus.Limits // of the stream, where this connection makes it
	// Log is told of trouble; nil: nobody is.
	Log *slog.Logger
	// State is called when the connection came or went, in order; err says why it went, or did not come. Nil: nobody is told.
	State func(up bool, err error)
}

// confirmation is how long Publish waits for a word from the server.
const confirmation = 10 * time.Second

// Conn is a connection to the bus. It comes back by itself, first after about a second, then more and more slowly, every half minute in the end.
type Conn struct {
	options ConnectOptions
	own     bool // the stream is this program's alone, to be made as it wants it
	nc      *nats.Conn
	js      js.JetStream
	ended   chan struct{} // closed when nc is

	mu     sync.Mutex      // guards what follows
	line   context.Context // ends when the line breaks over which something was sent
	broken context.CancelFunc
	closed bool
	queues map[bus.Queue]bool
}

var _ bus.Bus = (*Conn)(nil)

// Connect returns a connection to a server elsewhere. It does not wait for it: the connection comes when it can. Plain connections are refused.
func Connect(o ConnectOptions) (*Conn, error) {
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return connect(o, false, nats.Secure(o.TLS))
}

func connect(o ConnectOptions, own bool, extra ...nats.Option) (*Conn, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := o.Limits.Settle(); err != nil {
		return nil, err
	}
	key, err := o.key()
	if err != nil {
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	c := &Conn{options: o, own: own, ended: make(chan struct{}), queues: make(map[bus.Queue]bool)}
	c.line, c.broken = context.WithCancel(context.Background())
	options := append([]nats.Option{
		nats.Name(o.Name), key, nats.CustomInboxPrefix(inbox(o.Vantage)),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.CustomReconnectDelay(backoff), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1), // what cannot be sent now stays with whoever publishes
		nats.Timeout(10 * time.Second), nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(pingsOut),
		nats.ConnectHandler(func(*nats.Conn) { c.state(true, nil) }),
		nats.ReconnectHandler(func(*nats.Conn) { c.state(true, nil) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { c.state(false, err) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { c.state(false, err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { o.Log.Debug("bus connection", "error", err) }),
		nats.ClosedHandler(func(*nats.Conn) { close(c.ended) }),
	}, extra...)
	if c.nc, err = nats.Connect(o.URL, options...); err != nil {
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	if c.js, err = js.New(c.nc); err != nil {
		c.nc.Close()
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	return c, nil
}

// key returns how the connection says who it is.
func (o *ConnectOptions) key() (nats.Option, error) {
	if o.Credentials != "" {
		return credentials(o.Credentials)
	}
	pair, err := nkeys.FromSeed(o.Seed)
	if err != nil {
		return nil, errors.New("the key is no seed of an nkey, which begins with SU")
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, err
	}
	return nats.Nkey(public, pair.Sign), nil
}

// state notes that the line came or broke. Who waits for an answer over one that broke is told so.
func (c *Conn) state(up bool, err error) {
	if !up {
		c.mu.Lock()
		c.broken()
		c.line, c.broken = context.WithCancel(context.Background())
		c.mu.Unlock()
	}
	if c.options.State != nil {
		c.options.State(up, err)
	}
}

// backoff returns how long to wait before the n-th attempt: from a second on twice as long each time, half a minute at most, give or take a
// quarter, so that many agents do not come back in the same moment.
func backoff(n int) time.Duration {
	wait := min(time.Second<<min(max(n-1, 0), 5), 30*time.Second)
	return wait + time.Duration((rand.Float64()-0.5)/2*float64(wait))
}

// Connected reports whether the connection is there now.
func (c *Conn) Connected() bool { return c.nc.IsConnected() }

// Publish implements [bus.Publisher].
func (c *Conn) Publish(ctx context.Context, m bus.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case c.nc.IsClosed():
		return bus.ErrClosed
	case !c.nc.IsConnected():
		return bus.ErrLost
	}
	timed, cancel := context.WithTimeoutCause(ctx, confirmation, bus.ErrLost)
	defer cancel()
	c.mu.Lock()
	line := c.line
	c.mu.Unlock()
	defer context.AfterFunc(line, cancel)()
	err := c.publish(timed, m)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("publish on %s: %w", m.Subject, publishError(err))
	}
	return nil
}

func (c *Conn) publish(ctx context.Context, m bus.Message) error {
	if m.Subject.Kind.Kept() {
		_, err := c.js.Publish(ctx, m.Subject.String(), m.Data, js.WithRetryAttempts(0))
		return err
	}
	if err := c.nc.Publish(m.Subject.String(), m.Data); err != nil {
		return err
	}
	return c.nc.FlushWithContext(ctx)
}

// What the server says when it has no room, or a message is too long for the stream.
const (
	errInsufficientResources js.ErrorCode = 10023
	errStorageExceeded       js.ErrorCode = 10047
	errMessageTooLong        js.ErrorCode = 10054
	errStoreFailed           js.ErrorCode = 10077 // the stream's own limits
)

// publishError returns what an error of NATS means to callers.
func publishError(err error) error {
	if said, ok := errors.AsType[*js.APIError](err); ok {
		switch said.ErrorCode {
		case errStoreFailed, errStorageExceeded, errInsufficientResources:
			return fmt.Errorf("%w: %s", bus.ErrFull, said.Description)
		case errMessageTooLong:
			return fmt.Errorf("%w: %s", bus.ErrTooLarge, said.Description)
		}
	}
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: %w", bus.ErrTooLarge, err)
	case errors.Is(err, nats.ErrConnectionClosed):
		return bus.ErrClosed
	}
	return fmt.Errorf("%w: %w", bus.ErrLost, err)
}

// add notes a queue that ends with the connection. It returns false when that is closed already.
func (c *Conn) add(q bus.Queue) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.queues[q] = true
	return true
}

func (c *Conn) forget(q bus.Queue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.queues, q)
}

// Close implements [bus.Bus]. It waits for what callers of [ConnectOptions].State do.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	queues := make([]bus.Queue, 0, len(c.queues))
	for q := range c.queues {
		queues = append(queues, q)
	}
	c.mu.Unlock()
	var errs []error
	for _, q := range queues {
		errs = append(errs, q.Close())
	}
	c.nc.Close()
	<-c.ended
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken()
	return errors.Join(errs...)
}
