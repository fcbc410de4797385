// Package desk is how people have something done: in this process, on a store that a command opened, or in another one that runs and holds the
// store, through its control socket. The same function does it either way.
//
// A room has a desk, a type of its own with what it needs to do its work, and a table of operations on it. What one person is told wrong is an
// error made by [Refuse]; it crosses the socket as one.
package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/seawall-project/seawall/internal/control"
)

// Op is something that people can have done at a desk D, by the same name here and on the socket of a running process. Names are unique among
// all desks of a process.
type Op[D, In, Out any] struct {
	Name string
	Do   func(d *D, ctx context.Context, in In) (Out, error)
}

// Way leads to a desk: one in this process, or that of a running one.
type Way[D any] struct {
	here  *D
	there *control.Client
}

// Here is the way to a desk in this process.
func Here[D any](d *D) Way[D] { return Way[D]{here: d} }

// There is the way to the desk of a process that runs.
func There[D any](c *control.Client) Way[D] { return Way[D]{there: c} }

// Ask has the operation done. What the person who asked can put right comes back as an error that wraps [control.ErrRefused], or as a
// [control.RefusedError].
func (o Op[D, In, Out]) Ask(ctx context.Context, w Way[D], in In) (out Out, err error) {
	if w.there != nil {
		err = w.there.Ask(ctx, o.Name, in, &out)
		return out, err
	}
	return o.Do(w.here, ctx, in)
}

// Serve adds the operation to those of a socket.
func (o Op[D, In, Out]) Serve(d *D, ops control.Ops) {
	if _, taken := ops[o.Name]; taken {
		panic("desk: two operations are called " + o.Name)
	}
	ops[o.Name] = func(ctx context.Context, question json.RawMessage) (any, error) {
		var in In
		if err := json.Unmarshal(question, &in); err != nil {
			return nil, Refuse("%s: %v", o.Name, err)
		}
		return o.Do(d, ctx, in)
	}
}

// Served is an [Op] of desk D, whatever it takes and gives.
type Served[D any] interface{ Serve(d *D, ops control.Ops) }

// Serve adds operations on a desk to those of a socket. It panics when a name is taken.
func Serve[D any](d *D, ops control.Ops, all ...Served[D]) {
	for _, o := range all {
		o.Serve(d, ops)
	}
}

// Refuse returns an error for the person who asked; nothing was done.
func Refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{control.ErrRefused}, args...)...)
}
