package claims

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/report"
)

// RoomOptions say how the room of claims works. The zero value is fine.
type RoomOptions struct {
	Maker   report.Party        // see [Desk]
	Aliases map[string][]string // other hosts of sites, by host, beside those of the table in the state folder
}

// How often the room does what is to be done.
const (
	daily = 24 * time.Hour // texts are forgotten, the head leaves
	again = time.Hour      // after something failed
)

// WayDaily is how the head that leaves once a day is noted.
const WayDaily = "daily"

// room is the desk beside a running lookout.
type room struct {
	desk   *Desk
	heads  *heads
	due    *dueJudge
	post   func(ctx context.Context, m notify.Message) error // nil for nobody
	logger *slog.Logger
}

// NewRoom returns what builds the room of claims: its desk answers on the lookout's socket, what is claimed of watched sites is judged when its window
// has closed, texts are forgotten when their time has come, and the ledger's head leaves with whatever is told and, by itself, once a day.
func NewRoom(o RoomOptions) lookout.RoomFunc {
	return func(h lookout.House) (lookout.Room, error) {
		d := deskOf(h, o.Aliases)
		d.Maker = o.Maker
		return &room{desk: d, heads: newHeads(d), due: newDueJudge(d, h.Logger), post: h.Post, logger: h.Logger}, nil
	}
}

// Head returns the head of the ledger that goes with what is told now; "" while nothing is in the ledger. That it left is noted.
func (r *room) Head(ctx context.Context) (string, error) { return r.heads.next(ctx, "alert") }

// Serve adds the desk's operations.
func (r *room) Serve(ops control.Ops) { r.desk.Serve(ops) }

// Run does what is to be done daily until ctx ends, and judges what is claimed when windows have closed. The head that left last is known from before; what
// fails is tried again within the hour and ends nothing.
func (r *room) Run(ctx context.Context) error {
	var judging sync.WaitGroup
	judging.Go(func() { r.due.run(ctx) })
	defer judging.Wait()
	var forgotten time.Time
	left, known := time.Time{}, false
	t := time.NewTicker(again)
	defer t.Stop()
	for {
		now := r.desk.Now()
		if now.Sub(forgotten) >= daily && r.forget(ctx) {
			forgotten = now
		}
		if !known {
			left, known = r.leftAt(ctx)
		}
		if known && now.Sub(left) >= daily && r.sendHead(ctx, now) {
			left = now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// forget forgets old texts, and reports whether that worked.
func (r *room) forget(ctx context.Context) bool {
	n, err := r.desk.Forget(ctx)
	if err != nil && ctx.Err() == nil {
		r.logger.Error("old texts of claims could not be forgotten", slog.Any("error", err))
	}
	if n > 0 {
		r.logger.Info("texts of claims were forgotten", slog.Int("claims", n))
	}
	return err == nil
}

// leftAt returns when the head last left by itself; the zero time for never.
func (r *room) leftAt(ctx context.Context) (last time.Time, ok bool) {
	given, err := r.desk.Store.GivenHeads(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.logger.Error("which heads left the house cannot be read", slog.Any("error", err))
		}
		return last, false
	}
	for _, h := range given {
		if h.Way == WayDaily && h.At.After(last) {
			last = h.At
		}
	}
	return last, true
}

// sendHead gives the head to those who keep it, and reports whether it is on its way: what a channel does not take is tried again by whoever sends.
// An empty ledger has no head.
func (r *room) sendHead(ctx context.Context, now time.Time) bool {
	if r.post == nil {
		return true
	}
	line, err := r.desk.NextHead(ctx, WayDaily)
	if err == nil && line == "" {
		return false
	}
	if err == nil {
		err = r.post(ctx, notify.Message{
			Kind: notify.LedgerHead, Key: "ledger-head-" + now.UTC().Format("20060102T150405Z"), At: now, Staff: true, Wait: true, Head: line,
		})
	}
	if err != nil && ctx.Err() == nil {
		r.logger.Error("the ledger's head could not leave the house", slog.Any("error", err))
	}
	return err == nil
}
