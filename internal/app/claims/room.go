package claims

import (
	"context"
	"log/slog"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/watch"
)

// RoomOptions say how the room of claims works. The zero value is fine.
type RoomOptions struct {
	Own watch.Vantage // the lookout's own place, see [Judge]
	// HeadMail takes the ledger's head out of the house, once a day: a line for people who keep it. Nil keeps it in; a head that could not
	// be sent counts as given away all the same.
	HeadMail func(ctx context.Context, head string) error
}

// daily is how often texts are forgotten and the head leaves.
const daily = 24 * time.Hour

// room is the desk beside a running lookout.
type room struct {
	desk   *Desk
	mail   func(ctx context.Context, head string) error
	logger *slog.Logger
}

// NewRoom returns what builds the room of claims: its desk answers on the lookout's socket, texts are forgotten when their time has come, and the
// ledger's head leaves once a day.
func NewRoom(o RoomOptions) lookout.RoomFunc {
	return func(h lookout.House) (lookout.Room, error) {
		return &room{desk: &Desk{Store: h.Store, State: h.State, Now: h.Now, Own: o.Own}, mail: o.HeadMail, logger: h.Logger}, nil
	}
}

// Serve adds the desk's operations.
func (r *room) Serve(ops control.Ops) { r.desk.Serve(ops) }

// Run does what is to be done daily, at once and then every 24 hours, until ctx ends. Nothing that fails ends it.
func (r *room) Run(ctx context.Context) error {
	t := time.NewTicker(daily)
	defer t.Stop()
	for {
		r.day(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (r *room) day(ctx context.Context) {
	n, err := r.desk.Forget(ctx)
	if err != nil && ctx.Err() == nil {
		r.logger.Error("old texts of claims could not be forgotten", slog.Any("error", err))
	}
	if n > 0 {
		r.logger.Info("texts of claims were forgotten", slog.Int("claims", n))
	}
	if r.mail == nil {
		return
	}
	last, err := r.desk.last(ctx)
	if err == nil && last.Number > 0 {
		var head string
		if head, err = r.desk.NextHead(ctx, "mail"); err == nil {
			err = r.mail(ctx, head)
		}
	}
	if err != nil && ctx.Err() == nil {
		r.logger.Error("the ledger's head could not leave the house", slog.Any("error", err))
	}
}
