package forecasts

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
)

// Times of the room.
const (
	lookEvery = 10 * time.Minute
	// sealHour is the hour, by the clock of the lists, from which the day's forecasts are sealed: late, so that they know the day's lists, and with
	// time for a restart before midnight, when the window opens.
	sealHour = 22
)

// room is the desk beside a running lookout.
type room struct {
	desk    *Desk
	logger  *slog.Logger
	sealed  string // the day whose forecasts are sealed
	settled time.Time
	dir     string      // where forecasts are published; "" for nowhere
	news    atomic.Bool // what is there is not what is so
}

// NewRoom returns what builds the room of forecasts: its desk answers on the lookout's socket, the day's forecasts of countries are sealed every evening
// from 22:00 on by Luxembourg's clock, and what is due is resolved; after either, and at the start, what everybody may know is published in the folder
// of the configuration, where that names one.
func NewRoom(cfg config.Intel) lookout.RoomFunc {
	return func(h lookout.House) (lookout.Room, error) {
		sectors, err := orders.ReadSectors(h.State, cfg.Sectors)
		if err != nil {
			return nil, err
		}
		r := &room{logger: h.Logger, dir: cfg.Forecasts}
		r.news.Store(true)
		book := &claims.Desk{Store: h.Store, State: h.State, Now: h.Now}
		r.desk = &Desk{Store: h.Store, Ledger: told{book, &r.news}, Now: h.Now, Sectors: sectors}
		return r, nil
	}
}

// told is a ledger that notes that there is news.
type told struct {
	Ledger
	news *atomic.Bool
}

func (t told) SealForecasts(ctx context.Context, all []store.KeptForecast) error {
	defer t.news.Store(true)
	return t.Ledger.SealForecasts(ctx, all)
}

func (t told) ResolveForecasts(ctx context.Context, all []store.Resolution) error {
	defer t.news.Store(true)
	return t.Ledger.ResolveForecasts(ctx, all)
}

// Serve adds the desk's operations.
func (r *room) Serve(ops control.Ops) { r.desk.Serve(ops) }

// Run does what is to be done, at once and then every ten minutes, until ctx ends. Nothing that fails ends it: it is tried again.
func (r *room) Run(ctx context.Context) error {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		r.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (r *room) look(ctx context.Context) {
	now := r.desk.Now()
	if now.Sub(r.settled) >= time.Hour {
		r.settle(ctx, now)
	}
	day := now.In(zone()).Format("2006-01-02")
	if day != r.sealed && now.In(zone()).Hour() >= sealHour {
		r.seal(ctx, day)
	}
	if r.dir != "" && r.news.Swap(false) {
		r.publish(ctx)
	}
}

func (r *room) publish(ctx context.Context) {
	out, err := r.desk.publish(ctx, Publishing{Dir: r.dir})
	if err != nil {
		r.news.Store(true)
		if ctx.Err() == nil {
			r.logger.Error("forecasts could not be published", slog.String("dir", r.dir), slog.Any("error", err))
		}
		return
	}
	for name, label := range out.Kept {
		r.logger.Warn("the label of a feed keeps forecasts from being published", slog.String("feed", name), slog.String("tlp", label))
	}
}

func (r *room) settle(ctx context.Context, now time.Time) {
	done, err := r.desk.resolve(ctx, struct{}{})
	if err != nil {
		if ctx.Err() == nil {
			r.logger.Error("forecasts that are due could not be resolved", slog.Any("error", err))
		}
		return
	}
	r.settled = now
	if n := len(done.Forecasts); n > 0 {
		r.logger.Info("forecasts were resolved", slog.Int("came", done.Came), slog.Int("did_not_come", done.DidNotCome), slog.Int("unresolvable", done.Unresolvable))
	}
}

// seal seals the day's forecasts. Where there is no list to say them from, that is no failure.
func (r *room) seal(ctx context.Context, day string) {
	out, err := r.desk.say(ctx, Asking{})
	if errors.Is(err, control.ErrRefused) {
		r.sealed = day
		return
	}
	if err != nil {
		if ctx.Err() == nil {
			r.logger.Error("the day's forecasts could not be sealed", slog.Any("error", err))
		}
		return
	}
	r.sealed = day
	if out.Sealed > 0 {
		r.logger.Info("the day's forecasts were sealed", slog.Int("forecasts", out.Sealed), slog.String("model", out.Model), slog.Uint64("entry", out.Entry))
	}
}
