package statuspage

import (
	"context"
	"log/slog"
	"time"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
)

// again is how long after a page could not be served that is tried again.
const again = time.Minute

// room makes the page in the process of a lookout.
type room struct {
	*Service
	logger *slog.Logger
}

// NewRoom returns what builds the room of the public status page that a configuration describes.
func NewRoom(page config.Status) lookout.RoomFunc {
	return func(h lookout.House) (lookout.Room, error) {
		s, err := New(Options{Page: page, Store: h.Store, State: h.State, Logger: h.Logger, Now: h.Now})
		if err != nil {
			return nil, err
		}
		return &room{s, h.Logger}, nil
	}
}

// Serve adds nothing: the page is frozen and let go on by a file in the state folder.
func (r *room) Serve(control.Ops) {}

// Run makes and serves the page until ctx ends. What fails ends nothing: the page that is out stays, and it is tried again.
func (r *room) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := r.Service.Run(ctx); err != nil && ctx.Err() == nil {
			r.logger.Error("the public status page is not served", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
	return nil
}
