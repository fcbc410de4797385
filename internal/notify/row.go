package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"
)

// doc is what a row holds.
type doc struct {
	Message Message   `json:"message"`
	Notice  string    `json:"notice"` // its id
	Repeat  int       `json:"repeat,omitempty"`
	Update  bool      `json:"update,omitempty"`
	Steps   []Step    `json:"steps,omitempty"`
	Failing int       `json:"failing,omitempty"`
	Back    int       `json:"back,omitempty"`
	Members []member  `json:"members,omitempty"` // of a digest
	Gave    []string  `json:"gave,omitempty"`    // of a digest: sites that gave way to what is told by itself
	Sent    time.Time `json:"sent,omitzero"`     // when it was delivered
	Since   time.Time `json:"since,omitzero"`    // since when it could not be
	Problem string    `json:"problem,omitempty"` // why not
}

// held is a row that waits, as far as decisions need it.
type held struct {
	row      Row // without Doc
	kind     Kind
	repeat   int
	at       time.Time // of the message
	steps    []Step
	update   bool
	size     int  // of a digest: the sites that it speaks of
	inFlight bool // a worker has it
	over     bool // it went out or was given up, but the store could not be told
	spare    bool // it is in the spare outbox
}

// newHeld returns what a stored row is in memory.
func newHeld(row Row, content *doc) *held {
	row.Doc = nil
	return &held{
		row: row, kind: content.Message.Kind, repeat: content.Repeat, update: content.Update, at: content.Message.At, steps: content.Steps,
		size: content.Failing + content.Back,
	}
}

// untried reports whether a row can still be changed.
func (h *held) untried() bool { return h != nil && h.row.Attempts == 0 && !h.inFlight && !h.over }

// first reports whether a row that waits is the first that a channel is given of a failure of that kind: no reminder, no update.
func (h *held) first() bool { return h.repeat == 0 && !h.update }

// never is the rank of what is never thrown away.
const never = math.MaxInt

// rank orders rows by how much they matter; the least go first when there are too many.
func (h *held) rank() int {
	if h.repeat > 0 {
		return 0
	}
	switch h.kind {
	case Slow, LedgerHead, FeedSilent:
		return 1
	case Closed:
		return 2
	case Recovering:
		return 3
	case Suspected:
		return 4
	case Listing:
		return 5
	case Disrupted:
		return 6
	case KindNone, Down, Digest, Test, Heartbeat:
	}
	return never
}

// change is what one decision does to the outbox.
type change struct {
	put  []Row
	held []*held // of put
	gone []string
}

// add puts a row for one channel and returns its id. The attempts are those of the row that it takes the place of, when there is one. Content
// has its id from identify, once for all channels.
func (d *Dispatcher) add(c *change, r *route, content doc, now, due time.Time, instead *held) string {
	id := content.Notice + "/" + r.channel.Name
	h := &held{
		row:  Row{ID: id, Receiver: r.receiver.Name, Channel: r.channel.Name, Key: content.Message.Key, At: now, Due: due, State: Waiting},
		kind: content.Message.Kind, repeat: content.Repeat, update: content.Update, at: content.Message.At, steps: content.Steps,
		size: content.Failing + content.Back,
	}
	if instead != nil {
		h.row.Attempts = instead.row.Attempts
		d.remove(c, instead)
	}
	row := h.row
	row.Doc, _ = json.Marshal(content) // plain data, which check has found to be UTF-8
	c.put, c.held = append(c.put, row), append(c.held, h)
	return id
}

// remove takes a waiting row away.
func (d *Dispatcher) remove(c *change, h *held) {
	c.gone = append(c.gone, h.row.ID)
	delete(d.waiting, h.row.ID)
}

// identify gives a message to one receiver its id, which sorts by time and which no other has, and its label.
func (d *Dispatcher) identify(l *ledger, content doc, now time.Time) doc {
	d.made++
	m := &content.Message
	if m.Label == "" && m.Kind.Outage() {
		m.Label = l.receiver.Outages.Label
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d\x00%d", l.receiver.Name, m.Key, m.Kind, m.At.UnixNano(), d.made))
	content.Notice = fmt.Sprintf("%s-%06x-%s", now.UTC().Format("20060102T150405.000Z"), d.made&0xffffff, hex.EncodeToString(sum[:4]))
	return content
}

// commit carries a change out.
func (d *Dispatcher) commit(ctx context.Context, c *change) {
	if len(c.put) == 0 && len(c.gone) == 0 {
		return
	}
	for _, h := range c.held {
		d.waiting[h.row.ID] = h
	}
	d.trim(c)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := d.o.Outbox.Put(ctx, c.put, c.gone); err != nil {
		d.o.Logger.Error("outbox takes nothing, messages are held in memory", slog.Any("error", err), slog.Int("rows", len(c.put)))
		d.counts.unsaved += len(c.put)
		for _, r := range c.put {
			if h := d.waiting[r.ID]; h != nil {
				h.spare = true
			}
		}
		_ = d.spare.Put(ctx, c.put, nil)
	}
	_ = d.spare.Put(ctx, nil, c.gone)
	for _, r := range d.routes {
		if slices.ContainsFunc(c.put, func(row Row) bool { return row.Receiver == r.receiver.Name && row.Channel == r.channel.Name }) {
			r.nudge()
		}
	}
}

func (r *route) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// trim throws away what matters least while too much waits, what is just being put included.
func (d *Dispatcher) trim(c *change) {
	over := len(d.waiting) - d.o.MaxWaiting
	if over <= 0 {
		return
	}
	var least []*held
	for _, h := range d.waiting {
		if h.rank() != never && !h.inFlight {
			least = append(least, h)
		}
	}
	slices.SortFunc(least, func(a, b *held) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.row.ID, b.row.ID)) })
	for _, h := range least[:min(over, len(least))] {
		d.counts.dropped++
		d.remove(c, h)
		c.put = slices.DeleteFunc(c.put, func(r Row) bool { return r.ID == h.row.ID })
	}
}
