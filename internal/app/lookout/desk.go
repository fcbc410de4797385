package lookout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Desk is what people do with a lookout. It works on the store alone; where a lookout runs, Changed makes that take up what was changed.
type Desk struct {
	Store   store.Store
	Now     func() time.Time
	Budget  *probe.Budget                                                     // of the lookout that runs; nil where nothing does
	Changed func(ctx context.Context) error                                   // nil where nothing runs
	Measure func(ctx context.Context, hosts []string) ([]probe.Result, error) // asks sites at once
}

// Op is something that people can have done, by the same name here and on the socket of a running lookout.
type Op[In, Out any] struct {
	Name string
	do   func(d *Desk, ctx context.Context, in In) (Out, error)
}

// Way leads to a desk: one in this process, or that of a running lookout.
type Way interface {
	// ask has an operation done. here does it on a desk in this process.
	ask(ctx context.Context, name string, in, out any, here func(d *Desk) error) error
}

// Here is the way to a desk in this process.
func Here(d *Desk) Way { return local{d} }

type local struct{ desk *Desk }

func (l local) ask(_ context.Context, _ string, _, _ any, here func(d *Desk) error) error {
	return here(l.desk)
}

// There is the way to the desk of a running lookout.
func There(c *control.Client) Way { return remote{c} }

type remote struct{ client *control.Client }

func (r remote) ask(ctx context.Context, name string, in, out any, _ func(d *Desk) error) error {
	return r.client.Ask(ctx, name, in, out)
}

// Ask has the operation done. What the person who asked can put right comes back as an error that wraps [control.ErrRefused], or as a
// [control.RefusedError].
func (o Op[In, Out]) Ask(ctx context.Context, w Way, in In) (out Out, err error) {
	err = w.ask(ctx, o.Name, in, &out, func(d *Desk) error {
		out, err = o.do(d, ctx, in)
		return err
	})
	return out, err
}

// serve adds the operation to those of a socket.
func (o Op[In, Out]) serve(d *Desk, ops control.Ops) {
	ops[o.Name] = func(ctx context.Context, question json.RawMessage) (any, error) {
		var in In
		if err := json.Unmarshal(question, &in); err != nil {
			return nil, refuse("%s: %v", o.Name, err)
		}
		return o.do(d, ctx, in)
	}
}

// Ops returns everything that a desk does, for a socket.
func (d *Desk) Ops() control.Ops {
	ops := make(control.Ops)
	for _, o := range []interface{ serve(*Desk, control.Ops) }{
		Add, List, Pause, Remove, OptOut, Maintain, Status, History, Measure, Incidents, Acknowledge, Note, Spend,
		VantageAdd, VantageList, VantageRemove,
	} {
		o.serve(d, ops)
	}
	return ops
}

// refuse returns an error for the person who asked.
func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{control.ErrRefused}, args...)...)
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
	return store.Site{}, refuse("no site is called %q; \"seawall watch list\" shows all", name)
}

// editable returns the site if the command line may change it.
func (d *Desk) editable(ctx context.Context, name string) (store.Site, error) {
	s, err := d.find(ctx, name)
	if err == nil && s.Source == store.SourceYAML {
		return s, refuse("%s is in the configuration file: change it there", s.Name)
	}
	return s, err
}

// notFound turns what the store does not have into a refusal.
func notFound(err error, format string, args ...any) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(format, args...)
	}
	return err
}
