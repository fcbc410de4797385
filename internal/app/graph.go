package app

import (
	"sync/atomic"

	"github.com/seawall-project/seawall/internal/config"
)

// graph is the edge with all its parts as one configuration wants it. An exchange keeps the graph it began with; a graph that was
// replaced is released, and closes what no later one took over once its last exchange is over.
type graph struct {
	*edgeParts
	config *config.Config
	users  atomic.Int64 // exchanges under way, and one for being the current graph
	closed func()       // is told of the end; nil before the graph was the current one
}

func newGraph(cfg *config.Config, parts *edgeParts) *graph {
	g := &graph{edgeParts: parts, config: cfg}
	g.users.Store(1)
	return g
}

// enter keeps the graph open until leave; false when it is closed already.
func (g *graph) enter() bool {
	for {
		n := g.users.Load()
		if n == 0 {
			return false
		}
		if g.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (g *graph) leave() {
	if g.users.Add(-1) == 0 {
		g.close()
		if g.closed != nil {
			g.closed()
		}
	}
}

// held is something that several graphs use one after another; the last one closes it.
type held[T interface{ Close() }] struct {
	it    T
	users atomic.Int64
}

func hold[T interface{ Close() }](it T) *held[T] {
	h := &held[T]{it: it}
	h.users.Store(1)
	return h
}

// again is called by a graph that takes it over, while another still holds it.
func (h *held[T]) again() *held[T] {
	h.users.Add(1)
	return h
}

func (h *held[T]) release() {
	if h.users.Add(-1) == 0 {
		h.it.Close()
	}
}
