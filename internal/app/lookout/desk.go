package lookout

import (
	"context"
	"errors"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Desk is what people do with a lookout. It works on the store alone; where a lookout runs, Changed makes that take up what was changed.
type Desk struct {
	Store   store.Store
	Notices notify.Outbox // what was told to people; nil where nobody asks for that
	Now     func() time.Time
	Budget  *probe.Budget                                              // of the lookout that runs; nil where nothing does
	Changed func(ctx context.Context) error                            // nil where nothing runs
	Measure func(ctx context.Context, host string) ([]Sighting, error) // has a site asked at once
	Adopt   func(host string) bool                                     // takes what a site shows now for its own
	// Allowed reports whether a host may have a private address, and then any port; nil where no lookout runs that allows one.
	Allowed func(host string) bool
	// Listed returns what attack orders name of each host in the registrable domain of one; nil where nobody keeps any.
	Listed func(ctx context.Context, db Store, host string) (map[string]probe.Listed, error)
}

// Op is something that people can have done at this desk.
type Op[In, Out any] = desk.Op[Desk, In, Out]

// Way leads to a desk of a lookout.
type Way = desk.Way[Desk]

// Here is the way to a desk in this process.
func Here(d *Desk) Way { return desk.Here(d) }

// There is the way to the desk of a running lookout.
func There(c *control.Client) Way { return desk.There[Desk](c) }

// Ops returns everything that a desk does, for a socket.
func (d *Desk) Ops() control.Ops {
	ops := make(control.Ops)
	desk.Serve(d, ops, Add, List, Pause, Remove, OptOut, Maintain, Status, History, Proof, Body, Measure, Adopt, Incidents, Show, Acknowledge, Note, Spend, Deliveries,
		VantageAdd, VantageList, VantageRemove)
	return ops
}

// changed makes a running lookout take up what was changed.
func (d *Desk) changed(ctx context.Context) error {
	if d.Changed == nil {
		return nil
	}
	return d.Changed(ctx)
}

// find returns the site that is called name, or whose host that is, among those that are watched or paused.
func (d *Desk) find(ctx context.Context, name string) (store.Site, error) {
	all, err := d.Store.Sites(ctx)
	if err != nil {
		return store.Site{}, err
	}
	for _, s := range all {
		if s.Removed.IsZero() && (s.Name == name || s.Host == name) {
			return s, nil
		}
	}
	return store.Site{}, desk.Refuse("no site is called %q; \"seawall watch list\" shows all", name)
}

// editable returns the site if the command line may change it.
func (d *Desk) editable(ctx context.Context, name string) (store.Site, error) {
	s, err := d.find(ctx, name)
	if err == nil && s.Source == store.SourceYAML {
		return s, desk.Refuse("%s is in the configuration file: change it there", s.Name)
	}
	return s, err
}

// notFound turns what the store does not have into a refusal.
func notFound(err error, format string, args ...any) error {
	if errors.Is(err, store.ErrNotFound) {
		return desk.Refuse(format, args...)
	}
	return err
}
