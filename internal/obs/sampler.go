package obs

import (
	"context"
	"log/slog"
	"time"

	"github.com/seawall-project/seawall"
)

// Attribute names, shared by everything that logs.
const (
	AttrSite    = "site"
	AttrRequest = "request"
	AttrClient  = "client_prefix"
	AttrAction  = "action"
	AttrAnswer  = "answer"
	AttrReason  = "reason"
	AttrCache   = "cache"
	AttrLane    = "lane"
	AttrEffect  = "effect"
	AttrStatus  = "status"
	AttrBytes   = "bytes"
	AttrWait    = "wait"
	AttrTook    = "took"
	AttrOmitted = "omitted"
	AttrAddr    = "address"
)

// Sampler writes outcomes to a log, a limited number a second, and says with each line how many it left out before. It keeps no
// address and no path. It is used by one goroutine.
type Sampler struct {
	log     *slog.Logger
	every   time.Duration
	next    time.Time
	omitted int64
}

// NewSampler returns a sampler that writes at most rateHz lines a second; rateHz must be positive.
func NewSampler(log *slog.Logger, rateHz int) *Sampler {
	return &Sampler{log: log, every: time.Second / time.Duration(rateHz)}
}

// Observe takes one outcome. Its line carries the time when it was over, which is also what the rate is measured by: a replayed night
// logs as it did then, and what took long is not left out for having begun before everything else.
func (s *Sampler) Observe(o *seawall.Outcome) {
	over := o.Time.Add(o.Took)
	if over.Before(s.next) {
		s.omitted++
		return
	}
	s.next = over.Add(s.every)
	s.write(over, o)
	s.omitted = 0
}

func (s *Sampler) write(at time.Time, o *seawall.Outcome) {
	ctx := context.Background()
	if !s.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	r := slog.NewRecord(at, slog.LevelInfo, "outcome", 0)
	r.AddAttrs(slog.String(AttrRequest, o.ID.String()), slog.String(AttrSite, o.Site), slog.String(AttrClient, o.Client.String()),
		slog.String(AttrAction, o.Action.String()), slog.String(AttrAnswer, o.Answer.String()),
		slog.String(AttrReason, o.Reason.String()), slog.String(AttrCache, o.Cache.String()),
		slog.String(AttrLane, o.Lane.String()), slog.Int(AttrStatus, o.Status), slog.Int64(AttrBytes, o.Bytes),
		slog.Duration(AttrWait, o.Wait), slog.Duration(AttrTook, o.Took), slog.Int64(AttrOmitted, s.omitted))
	_ = s.log.Handler().Handle(ctx, r) // as in slog itself: a log that cannot be written must not stop anything
}
