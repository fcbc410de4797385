package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/seawall-project/seawall/internal/bus"
)

// The stream, and how the lookout reads it.
const (
	streamName   = "SEAWALL_WATCH"
	consumerName = "lookout"

	// ackWait is after how long a message comes again that was handed out to a lookout which has vanished.
	ackWait = 30 * time.Second
	// keepFor is how long what nobody collects is kept: as long as raw results are.
	keepFor = 14 * 24 * time.Hour
)

// stream makes the stream, or changes it to the limits that this program was given. One on a cluster is left as whoever runs that made it.
func (c *Conn) stream(ctx context.Context) (js.Stream, error) {
	if c.own {
		return c.js.CreateOrUpdateStream(ctx, c.streamConfig())
	}
	s, err := c.js.Stream(ctx, streamName)
	if errors.Is(err, js.ErrStreamNotFound) {
		return c.js.CreateStream(ctx, c.streamConfig())
	}
	return s, err
}

func (c *Conn) streamConfig() js.StreamConfig {
	return js.StreamConfig{
		Name:                 streamName,
		Subjects:             []string{bus.Subject{Kind: bus.Result, Vantage: "*"}.String(), bus.Subject{Kind: bus.Health, Vantage: "*"}.String()},
		Retention:            js.WorkQueuePolicy,
		Storage:              js.FileStorage,
		Discard:              js.DiscardNew,
		DiscardNewPerSubject: true,
		MaxBytes:             c.options.Limits.Bytes,
		MaxMsgsPerSubject:    c.options.Limits.PerVantage,
		MaxMsgSize:           bus.MaxKept + 1024, // NATS counts what stands in front of the bytes
		MaxAge:               keepFor,
		Duplicates:           time.Second, // not used
	}
}

// Collect implements [bus.Collector].
func (c *Conn) Collect(ctx context.Context) (bus.Queue, error) {
	if c.nc.IsClosed() {
		return nil, bus.ErrClosed
	}
	s, err := c.stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("collect from the bus: %w", err)
	}
	consumer, err := s.CreateOrUpdateConsumer(ctx, js.ConsumerConfig{
		Durable: consumerName, AckPolicy: js.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: c.options.Limits.InHand,
	})
	if err != nil {
		return nil, fmt.Errorf("collect from the bus: %w", err)
	}
	q := &collection{
		conn: c, arrived: make(chan js.Msg, c.options.Limits.InHand), ended: make(chan struct{}), inHand: make(map[js.Msg]bool),
	}
	q.pull, err = consumer.Consume(q.take, js.PullMaxMessages(min(c.options.Limits.InHand, 512)),
		js.ConsumeErrHandler(func(_ js.ConsumeContext, err error) { c.options.Log.Debug("bus collection", "error", err) }))
	if err != nil {
		return nil, fmt.Errorf("collect from the bus: %w", err)
	}
	if !c.add(q) {
		_ = q.Close()
		return nil, bus.ErrClosed
	}
	return q, nil
}

// collection is a [bus.Queue] of what is kept. The server hands out no more than InHand at once, so arrived always has room.
type collection struct {
	conn    *Conn
	pull    js.ConsumeContext
	arrived chan js.Msg
	ended   chan struct{}

	mu     sync.Mutex // guards what follows
	closed bool
	inHand map[js.Msg]bool // arrived and not done
}

// take is called with each message. Messages that no vantage can have sent as they are, are done with.
func (q *collection) take(m js.Msg) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		_ = m.Nak()
		return
	}
	q.inHand[m] = true
	select {
	case q.arrived <- m:
	default: // the server has handed out again what is still in hand
		delete(q.inHand, m)
		_ = m.Nak()
	}
}

// Next implements [bus.Queue].
func (q *collection) Next(ctx context.Context, n int) ([]bus.Delivery, error) {
	var batch []bus.Delivery
	for len(batch) == 0 {
		select {
		case <-q.ended:
			return nil, bus.ErrClosed
		default:
		}
		select {
		case m := <-q.arrived:
			batch = q.append(batch, m)
		case <-q.ended:
			return nil, bus.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	for len(batch) < n {
		select {
		case m := <-q.arrived:
			batch = q.append(batch, m)
		default:
			return batch, nil
		}
	}
	return batch, nil
}

func (q *collection) append(batch []bus.Delivery, m js.Msg) []bus.Delivery {
	done := func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.inHand[m] {
			delete(q.inHand, m)
			_ = m.Ack() // lost, it comes again
		}
	}
	subject, err := bus.ParseSubject(m.Subject())
	if err != nil { // on a cluster, where others decide who publishes what
		done()
		return batch
	}
	return append(batch, bus.NewDelivery(bus.Message{Subject: subject, Data: m.Data()}, done))
}

// Lost implements [bus.Queue]: nothing is.
func (q *collection) Lost() int64 { return 0 }

// Close implements [bus.Queue].
func (q *collection) Close() error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil
	}
	q.closed = true
	close(q.ended)
	for m := range q.inHand {
		_ = m.Nak()
	}
	clear(q.inHand)
	q.mu.Unlock()
	q.pull.Drain() // what is on its way is given back by take
	<-q.pull.Closed()
	q.conn.forget(q)
	return nil
}

// Listen implements [bus.Listener].
func (c *Conn) Listen(ctx context.Context, vantage string) (bus.Queue, error) {
	s := bus.Subject{Kind: bus.Assign, Vantage: vantage}
	if err := s.Check(); err != nil {
		return nil, err
	}
	q := &ear{conn: c, subject: s, changed: make(chan struct{}, 1), ended: make(chan struct{})}
	var err error
	if q.sub, err = c.nc.Subscribe(s.String(), q.hear); err != nil {
		if errors.Is(err, nats.ErrConnectionClosed) {
			return nil, bus.ErrClosed
		}
		return nil, fmt.Errorf("listen on %s: %w", s, err)
	}
	if !c.add(q) {
		_ = q.Close()
		return nil, bus.ErrClosed
	}
	if c.nc.IsConnected() { // wait until the server knows; without a connection, it is told with the next one
		timed, cancel := context.WithTimeout(ctx, confirmation)
		defer cancel()
		_ = c.nc.FlushWithContext(timed)
	}
	return q, nil
}

// ear is a [bus.Queue] of what is told to a vantage.
type ear struct {
	conn    *Conn
	subject bus.Subject
	sub     *nats.Subscription
	changed chan struct{} // capacity 1
	ended   chan struct{}

	mu     sync.Mutex // guards what follows
	heard  [][]byte   // at most [bus.Backlog]
	lost   int64
	closed bool
}

func (q *ear) hear(m *nats.Msg) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.heard) >= bus.Backlog {
		q.heard = q.heard[1:]
		q.lost++
	}
	q.heard = append(q.heard, m.Data)
	q.wake()
}

func (q *ear) wake() {
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// Next implements [bus.Queue].
func (q *ear) Next(ctx context.Context, n int) ([]bus.Delivery, error) {
	for {
		select {
		case <-q.ended:
			return nil, bus.ErrClosed
		default:
		}
		if batch := q.heardSoFar(max(n, 1)); len(batch) > 0 {
			return batch, nil
		}
		select {
		case <-q.changed:
		case <-q.ended:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (q *ear) heardSoFar(n int) []bus.Delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	var batch []bus.Delivery
	for len(batch) < n && len(q.heard) > 0 {
		batch = append(batch, bus.NewDelivery(bus.Message{Subject: q.subject, Data: q.heard[0]}, nil))
		q.heard = q.heard[1:]
	}
	return batch
}

// Lost implements [bus.Queue].
func (q *ear) Lost() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost
}

// Close implements [bus.Queue].
func (q *ear) Close() error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil
	}
	q.closed = true
	close(q.ended)
	q.mu.Unlock()
	_ = q.sub.Unsubscribe() // an error says that the connection has gone, and the subscription with it
	q.conn.forget(q)
	return nil
}
