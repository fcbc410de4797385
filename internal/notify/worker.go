package notify

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"
)

// problemAcknowledged is why a reminder was not sent.
const problemAcknowledged = "not sent: acknowledged before it was due"

var errSlow = errors.New("no answer within 30 s")

// work sends what is due on one route, one message after the other.
func (d *Dispatcher) work(ctx context.Context, r *route) {
	for ctx.Err() == nil {
		h, content, next := d.claim(ctx, r)
		if h == nil {
			d.await(ctx, r, next)
			continue
		}
		d.deliver(ctx, r, h, content)
	}
}

// await waits for a time, for something new, or for the end. A zero time is never.
func (d *Dispatcher) await(ctx context.Context, r *route, until time.Time) {
	var due <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(max(until.Sub(d.o.Now()), time.Millisecond))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-r.wake:
	case <-due:
	}
}

// claim takes the next row that is due on a route for its worker. Without one it returns nil and when to look again.
func (d *Dispatcher) claim(ctx context.Context, r *route) (*held, doc, time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.o.Now()
	if now.Before(r.pause) {
		return nil, doc{}, r.pause
	}
	for {
		row, next, ok := d.due(ctx, r, now)
		if !ok {
			return nil, doc{}, next
		}
		var content doc
		if err := json.Unmarshal(row.Doc, &content); err != nil {
			d.settle(ctx, r, &held{row: row, spare: d.isSpare(row.ID)}, doc{Problem: "the stored message cannot be read"}, Failed)
			continue
		}
		h := d.waiting[row.ID]
		if h == nil { // another program's, or one that was to be gone
			h = newHeld(row, &content)
			d.waiting[row.ID] = h
		}
		if l := d.ledgerOf(r); !d.wanted(l, h) {
			content.Problem = problemAcknowledged
			d.counts.silenced++
			d.settle(ctx, r, h, content, Failed)
			continue
		}
		h.row = row
		h.inFlight = true
		return h, content, time.Time{}
	}
}

func (d *Dispatcher) isSpare(id string) bool {
	h := d.waiting[id]
	return h != nil && h.spare
}

func (d *Dispatcher) ledgerOf(r *route) *ledger {
	for _, l := range d.ledgers {
		if l.receiver == r.receiver {
			return l
		}
	}
	return nil
}

// due returns the next row of a route out of both outboxes. A row that went out, but could not be noted as such, stands in the way of those
// behind it in its outbox until it can be: better late than twice.
func (d *Dispatcher) due(ctx context.Context, r *route, now time.Time) (row Row, next time.Time, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	spare, inSpare, _ := d.spare.Due(ctx, r.receiver.Name, r.channel.Name, now)
	row, ok, err := d.o.Outbox.Due(ctx, r.receiver.Name, r.channel.Name, now)
	if err != nil {
		d.o.Logger.Error("outbox cannot be read", slog.Any("error", err))
		row.Due, ok = now.Add(storePause), false
	}
	if h := d.waiting[row.ID]; ok && h != nil && h.over {
		if err := d.o.Outbox.Update(ctx, h.row); err != nil {
			row, ok = Row{Due: now.Add(storePause)}, false
		} else {
			delete(d.waiting, row.ID)
			return d.due(ctx, r, now)
		}
	}
	switch {
	case inSpare && (!ok || spare.ID < row.ID):
		return spare, time.Time{}, true
	case ok:
		return row, time.Time{}, true
	case row.Due.IsZero() || !spare.Due.IsZero() && spare.Due.Before(row.Due):
		return Row{}, spare.Due, false
	}
	return Row{}, row.Due, false
}

// deliver tries a row once. When ctx ends, what is under way has a little time left: broken off now, it would come twice.
func (d *Dispatcher) deliver(ctx context.Context, r *route, h *held, content doc) {
	trying, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), SendTimeout, errSlow)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d.o.grace, cancel) })
	n := notice(r.receiver, &content)
	d.crown(trying, &n)
	retry, err := r.channel.Notifier.Notify(trying, n)
	stop()
	cancel()
	d.mu.Lock()
	defer d.mu.Unlock()
	h.inFlight = false
	if err != nil && ctx.Err() != nil {
		return // we are ending; it has not been tried
	}
	now := d.o.Now()
	switch {
	case err == nil:
		content.Sent, content.Problem = now, ""
		d.arrived(r)
		d.count(r, outcomeDelivered)
		d.settle(ctx, r, h, content, Delivered)
	case retry && now.Sub(h.row.At) < GiveUpAfter:
		d.count(r, outcomeRetry)
		d.postpone(ctx, r, h, content, now, err)
	case retry:
		d.count(r, outcomeExpired)
		content.Problem = "given up: " + oneLine(err.Error())
		d.refused(r, err)
		d.settle(ctx, r, h, content, Failed)
	default:
		d.count(r, outcomeRefused)
		content.Problem = oneLine(err.Error())
		d.refused(r, err)
		d.settle(ctx, r, h, content, Failed)
	}
}

// crown gives a notice that has none the head of the ledger.
func (d *Dispatcher) crown(ctx context.Context, n *Notice) {
	if d.o.Head == nil || n.Head != "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, headTimeout)
	defer cancel()
	head, err := d.o.Head(ctx)
	if err != nil {
		d.o.Logger.Warn("a message goes without the ledger's head", slog.Any("error", err))
		d.mu.Lock()
		d.counts.headless++
		d.mu.Unlock()
		return
	}
	n.Head = cut(oneLine(head), MaxText, "")
}

// arrived notes that a channel works.
func (d *Dispatcher) arrived(r *route) {
	if r.failures > 0 {
		d.o.Logger.Info("channel works again", slog.String("receiver", r.receiver.Name), slog.String("channel", r.channel.Name))
	}
	r.failures, r.pause = 0, time.Time{}
}

// postpone puts a row off. The route pauses as a whole, so that nothing overtakes it and a broken service is not asked once for each message.
func (d *Dispatcher) postpone(ctx context.Context, r *route, h *held, content doc, now time.Time, err error) {
	if r.failures == 0 {
		d.o.Logger.Warn("channel fails", slog.String("receiver", r.receiver.Name), slog.String("channel", r.channel.Name), slog.Any("error", err))
	}
	pause := longestPause
	if r.failures < 10 {
		pause = min(pause, d.o.pause<<r.failures)
	}
	r.failures++
	pause += pause * time.Duration(d.o.Rand.IntN(2*jitterPercent+1)-jitterPercent) / 100
	pause = max(pause, min(askedFor(err), longestPause))
	r.pause = now.Add(pause)
	if content.Since.IsZero() {
		content.Since = now
	}
	content.Problem = oneLine(err.Error())
	h.row.Due, h.row.Attempts = r.pause, h.row.Attempts+1
	d.save(ctx, h, content)
}

// askedFor returns how long a service wants to be left alone; 0 when it does not say.
func askedFor(err error) time.Duration {
	if says, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		return says.RetryAfter()
	}
	return 0
}

func (d *Dispatcher) refused(r *route, err error) {
	d.o.Logger.Error("message not delivered", slog.String("receiver", r.receiver.Name), slog.String("channel", r.channel.Name), slog.Any("error", err))
}

// settle ends a row.
func (d *Dispatcher) settle(ctx context.Context, r *route, h *held, content doc, state State) {
	if m := d.ledgerOf(r).mass; m != nil && h.kind == Digest && h.row.Key == m.key && content.Problem != problemAcknowledged {
		m.tried(r.channel.Name, h, d.o.Now())
	}
	h.row.State = state
	h.row.Attempts++
	if d.save(ctx, h, content) {
		delete(d.waiting, h.row.ID)
		return
	}
	h.over = true
	d.waiting[h.row.ID] = h
}

// save writes a row back, and reports whether that worked.
func (d *Dispatcher) save(ctx context.Context, h *held, content doc) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	h.row.Doc, _ = json.Marshal(content)
	box := d.o.Outbox
	if h.spare {
		box = &d.spare
	}
	err := box.Update(ctx, h.row)
	if err != nil {
		d.o.Logger.Error("outbox cannot be written", slog.Any("error", err))
		return false
	}
	h.row.Doc = nil
	return true
}

// notice returns what a channel is given.
func notice(r *Receiver, content *doc) Notice {
	return Notice{
		Message: content.Message, ID: content.Notice, Receiver: r.Name, Language: r.Language, Zone: r.Zone,
		Repeat: content.Repeat, Update: content.Update, Steps: content.Steps, Failing: content.Failing, Back: content.Back, Gave: len(content.Gave) > 0,
	}
}
