package lookout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// rereadEvery is how often the lookout looks whether somebody has changed the lists in the store past it, as a command on another machine does that
// works on the same database. Who opts out there is not asked a minute later: a probe that has begun takes a quarter of one.
const rereadEvery = 20 * time.Second

// lists are what people decide, as the store has it.
type lists struct {
	sites   []store.Site
	outs    []store.OptOut
	windows []store.Maintenance // that have not ended
	places  []store.Vantage
}

// readLists reads them all, which takes a few milliseconds for thousands of sites.
func (l *Lookout) readLists(ctx context.Context) (x lists, err error) {
	if x.sites, err = l.Store.Sites(ctx); err != nil {
		return x, fmt.Errorf("read the watch list: %w", err)
	}
	if x.outs, err = l.Store.OptOuts(ctx); err != nil {
		return x, fmt.Errorf("read who opted out: %w", err)
	}
	if x.windows, err = l.Store.Maintenances(ctx, l.Now()); err != nil {
		return x, fmt.Errorf("read maintenance windows: %w", err)
	}
	if x.places, err = l.Store.Vantages(ctx); err != nil {
		return x, fmt.Errorf("read the vantages: %w", err)
	}
	return x, nil
}

// Reread takes up the watch list as the store has it now, and what attack orders name. What the machine knows of sites that stay is kept. Where only
// the orders cannot be read, what was known of them holds, all else is taken up, and the error says so.
func (l *Lookout) Reread(ctx context.Context) error {
	l.rereading.Lock()
	defer l.rereading.Unlock()
	now, err := l.readLists(ctx)
	if err != nil {
		return err
	}
	return l.takeLists(ctx, now)
}

// watchLists takes up what was changed in the store past this process, until ctx ends.
func (l *Lookout) watchLists(ctx context.Context) error {
	tick := time.NewTicker(rereadEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := l.rereadChanged(ctx); err != nil && ctx.Err() == nil {
			l.Logger.Error("what was changed in the store cannot be taken up", slog.Any("error", err))
		}
	}
}

// rereadChanged does what Reread does, if anything is not as it was taken up last.
func (l *Lookout) rereadChanged(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, rereadEvery, fmt.Errorf("the store took more than %v", rereadEvery))
	defer cancel()
	l.rereading.Lock()
	defer l.rereading.Unlock()
	now, err := l.readLists(ctx)
	switch {
	case err != nil:
		return err
	case !reflect.DeepEqual(now, l.lists):
		return l.takeLists(ctx, now)
	case l.behind:
		return l.again(ctx)
	}
	return nil
}

// takeLists takes up lists. Those that were taken up are remembered where what attack orders name, or vantages elsewhere, could not be reached: only that is
// tried again. The caller holds rereading.
func (l *Lookout) takeLists(ctx context.Context, x lists) error {
	unread, err := l.forbid(ctx, x.outs)
	if err == nil {
		err = l.adoptLists(x)
	}
	if err != nil {
		return err
	}
	l.lists = x
	return l.spread(unread)
}

// adoptLists has this process watch what lists say.
func (l *Lookout) adoptLists(x lists) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sites, l.all = watched(x.sites, x.outs), byHost(x.sites)
	l.ownSentinels()
	l.places = nil
	if l.others != nil {
		l.places = elsewhere(x.places)
	}
	maps.DeleteFunc(l.where, func(name string, _ []netip.Addr) bool {
		return !slices.ContainsFunc(l.places, func(v watch.Vantage) bool { return v.Name == name })
	})
	maps.DeleteFunc(l.found, func(at sight, _ probe.Result) bool { _, ok := l.sites[at.host]; return !ok })
	maps.DeleteFunc(l.proven, func(at sight, _ verdict) bool { _, ok := l.sites[at.host]; return !ok })
	maps.DeleteFunc(l.learned, func(host string, _ learned) bool { _, ok := l.sites[host]; return !ok })
	var snapshot []byte
	if l.machine != nil {
		if snapshot, err = l.machine.Snapshot(); err != nil {
			return err
		}
	}
	l.rebuild(snapshot)
	l.declare(x.windows, x.sites)
	l.schedule.Set(l.Now(), slices.Collect(maps.Keys(l.sites)))
	return nil
}

// again tries once more what could not be done when lists were taken up. The caller holds rereading.
func (l *Lookout) again(ctx context.Context) error {
	unread, err := l.forbid(ctx, l.lists.outs)
	if err != nil {
		return err
	}
	return l.spread(unread)
}

// spread tells vantages elsewhere what was taken up, without mu, since it may take long, and notes whether anything is to be tried again: that, or what was
// unread. The caller holds rereading.
func (l *Lookout) spread(unread error) error {
	l.mu.Lock()
	others, sites, rules := l.others, l.remoteSites(), probe.Rules{OptOut: hostsOf(l.lists.outs), Listed: l.named}
	l.mu.Unlock()
	err := unread
	if others != nil {
		err = errors.Join(unread, others.update(l.lists.places, sites, rules))
	}
	l.behind = err != nil
	return err
}
