package orders

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
)

const (
	// alive is for how long after its last list a feed counts as one that somebody relies on. An archive that was read in is none.
	alive        = 14 * 24 * time.Hour
	silenceEvery = 15 * time.Minute
)

// listenIn looks now and then, until ctx ends, whether a feed that nobody follows has fallen silent: one whose lists somebody reads in by hand or by
// the clock. Those that are followed have [follower.alarm].
func (r *room) listenIn(ctx context.Context) error {
	tick := time.NewTicker(silenceEvery)
	defer tick.Stop()
	told := map[string]time.Time{}
	for {
		if err := r.listen(ctx, told); err != nil && ctx.Err() == nil {
			r.warner.Logger.Error("whether feeds of attack orders are silent could not be looked at", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// listen tells of each silence once. Told holds the last lists after which it was told that feeds are silent; after a restart it is empty, and whoever
// takes messages knows by the key that this one is no news. What could not be told is told at the next look.
func (r *room) listen(ctx context.Context, told map[string]time.Time) error {
	feeds, err := r.desk.Store.Feeds(ctx)
	if err != nil {
		return err
	}
	lasts, err := r.desk.Store.LastLists(ctx)
	if err != nil {
		return err
	}
	now := r.desk.Now()
	var failed []error
	for _, f := range feeds {
		last, ok := lasts[f.Name]
		if !ok || !f.Removed.IsZero() || !givesOrders(f.Format) || r.follows(f.Name) {
			continue
		}
		if silent := now.Sub(last); silent <= Silence || silent > alive || told[f.Name].Equal(last) {
			continue
		}
		if err := tellSilent(ctx, r.warner.Post, f.Name, last, now); err != nil {
			failed = append(failed, err)
			continue
		}
		told[f.Name] = last
		logSilent(r.warner.Logger, f.Name, last)
	}
	return errors.Join(failed...)
}

// follows reports whether the configuration names a feed.
func (r *room) follows(feed string) bool {
	return slices.ContainsFunc(r.feeds, func(f *follower) bool { return f.feed.Name == feed })
}

// tellSilent posts that a feed has given no list since then; to nobody where post is nil.
func tellSilent(ctx context.Context, post func(ctx context.Context, m notify.Message) error, name string, since, now time.Time) error {
	if post == nil {
		return nil
	}
	return post(ctx, notify.Message{
		Kind: notify.FeedSilent, Key: "feed-silent-" + name + "-" + since.UTC().Format("20060102T150405Z"), At: now, Staff: true, Wait: true,
		Since: notify.Interval{Earliest: since, Latest: since},
		Words: notify.Text{
			English: "no attack list from " + name + " for over 26 hours: no list is not no targets",
			Danish:  "ingen angrebsliste fra " + name + " i over 26 timer: ingen liste er ikke det samme som ingen mål",
		},
	})
}

func logSilent(l *slog.Logger, feed string, since time.Time) {
	l.Warn("a feed of attack orders has been silent for long; that it names nobody says nothing", slog.String("feed", feed), slog.Time("since", since))
}
