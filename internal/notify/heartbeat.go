package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// DefaultBeat is the time between beats.
const DefaultBeat = time.Minute

// HeartbeatOptions configure a [Pulse]. Send, Alive and Logger are required.
type HeartbeatOptions struct {
	// Send is where beats go: a service of the operator's choice, elsewhere, that raises the alarm when they stop.
	Send Notifier
	// Alive reports whether the lookout makes its rounds. While it does not, no beat is sent.
	Alive  func(now time.Time) bool
	Every  time.Duration // 0 for [DefaultBeat]
	Logger *slog.Logger
	Now    func() time.Time // nil for time.Now
}

// Pulse tells somebody else, regularly, that the lookout is alive: when it stops for whatever reason, that somebody notices. Beats are not
// kept and not tried again; the next one comes soon.
type Pulse struct {
	o HeartbeatOptions

	mu    sync.Mutex
	state PulseState // guarded by mu
}

// PulseState is how a [Pulse] stands.
type PulseState struct {
	Sent    int       // beats that were taken
	Failed  int       // beats that could not be sent
	Skipped int       // beats left out because the lookout made no rounds
	Last    time.Time // when one was taken; zero for never
	Problem string    // of the last beat, when it was not taken; holds no secret
}

// NewPulse returns a pulse that [Pulse.Run] makes beat.
func NewPulse(o HeartbeatOptions) (*Pulse, error) {
	if o.Send == nil || o.Alive == nil || o.Logger == nil {
		return nil, errors.New("heartbeat without a channel, a sign of life or a logger")
	}
	if o.Every <= 0 {
		o.Every = DefaultBeat
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Pulse{o: o}, nil
}

// State returns how the pulse stands.
func (p *Pulse) State() PulseState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Run beats at once and then regularly until ctx ends; it then returns nil.
func (p *Pulse) Run(ctx context.Context) error {
	ticker := time.NewTicker(p.o.Every)
	defer ticker.Stop()
	for {
		p.beat(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (p *Pulse) beat(ctx context.Context) {
	now := p.o.Now()
	if !p.o.Alive(now) {
		p.note(func(s *PulseState) { s.Skipped++; s.Problem = "no beat: the lookout makes no rounds" })
		return
	}
	limit := min(SendTimeout, p.o.Every)
	trying, cancel := context.WithTimeoutCause(ctx, limit, errSlow)
	defer cancel()
	stamp := "heartbeat-" + now.UTC().Format("20060102T150405.000Z")
	_, err := p.o.Send.Notify(trying, Notice{ID: stamp, Message: Message{Kind: Heartbeat, Key: "heartbeat", At: now}})
	switch {
	case err == nil:
		p.note(func(s *PulseState) { s.Sent++; s.Last, s.Problem = now, "" })
	case ctx.Err() == nil:
		if p.State().Problem == "" {
			p.o.Logger.Warn("heartbeat cannot be sent", slog.Any("error", err))
		}
		p.note(func(s *PulseState) { s.Failed++; s.Problem = oneLine(err.Error()) })
	}
}

func (p *Pulse) note(change func(*PulseState)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.state)
}
