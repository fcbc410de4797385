package orders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/pile"
	"github.com/seawall-project/seawall/internal/store"
)

// Bounds of a look at a feed.
const (
	maxFetched = 64 << 20 // bytes of an answer
	fetchTime  = 2 * time.Minute
)

// follower looks at one feed again and again.
type follower struct {
	feed   config.Feed
	desk   *Desk
	client *http.Client
	logger *slog.Logger
	state  string
}

// run looks at the feed at once and then at its interval, until ctx ends.
func (f *follower) run(ctx context.Context) error {
	ticker := time.NewTicker(f.feed.Every)
	defer ticker.Stop()
	for {
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			f.logger.Error("a feed of attack orders could not be read", slog.String("feed", f.feed.Name), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// look reads what is new, and notes how that went.
func (f *follower) look(ctx context.Context) error {
	known, err := f.known(ctx)
	if err != nil {
		return err
	}
	now := f.desk.Now()
	next := known
	next.Tried, next.Error = now, ""
	path, clean, err := f.fetch(ctx, &next, now)
	if err == nil && path != "" {
		var sum Imported
		sum, err = f.desk.importLists(ctx, Importing{Paths: []string{path}, Feed: f.feed.Name})
		if err == nil && path != f.feed.From && len(sum.Damaged) > 0 {
			err = errors.New("what it gave is no list")
		}
		clean()
	}
	if err != nil {
		next.Error, next.Cursor = err.Error(), known.Cursor // what was not kept is asked for again
	} else if err := f.alarm(ctx, &next, now); err != nil {
		return err
	}
	return errors.Join(err, f.desk.Store.PutFeed(ctx, next))
}

// known returns what the store has of the feed, as the configuration describes it now.
func (f *follower) known(ctx context.Context) (store.Feed, error) {
	feeds, err := f.desk.Store.Feeds(ctx)
	if err != nil {
		return store.Feed{}, err
	}
	at := store.Feed{Name: f.feed.Name, Format: FormatDDoSia, Added: f.desk.Now()}
	for _, have := range feeds {
		if have.Name == f.feed.Name {
			at = have
		}
	}
	if at.URL != f.feed.From {
		at.URL, at.Cursor = f.feed.From, ""
	}
	at.Licence, at.TLP, at.Removed = f.feed.Licence, "TLP:"+strings.ToUpper(string(f.feed.TLP)), time.Time{}
	return at, nil
}

// fetch returns the path of what is to be read, "" when nothing is new, and what removes it again. What a URL gives is kept in a file for as long
// as it takes to read, named by the time, for that is when it was there.
func (f *follower) fetch(ctx context.Context, feed *store.Feed, now time.Time) (path string, clean func(), err error) {
	if !strings.Contains(f.feed.From, "://") {
		return f.feed.From, func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	body, err := f.ask(ctx, feed)
	if err != nil || body == nil {
		return "", nil, err
	}
	defer func() { _ = body.Close() }()
	folder, err := os.MkdirTemp(f.state, "feed-")
	if err != nil {
		return "", nil, err
	}
	clean = func() { _ = os.RemoveAll(folder) }
	path = filepath.Join(folder, now.In(ddosia.Zone()).Format("2006-01-02_15-04-05")+filepath.Ext(f.feed.From))
	if err := write(path, body); err != nil {
		clean()
		return "", nil, err
	}
	return path, clean, nil
}

// ask asks a URL for news, and returns nil when there are none (RFC 9110, section 13.1).
func (f *follower) ask(ctx context.Context, feed *store.Feed) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.feed.From, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "Seawall")
	switch kind, value, _ := strings.Cut(feed.Cursor, " "); kind {
	case "etag":
		req.Header.Set("If-None-Match", value)
	case "modified":
		req.Header.Set("If-Modified-Since", value)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusNotModified {
			return nil, nil //nolint:nilnil // as its comment says
		}
		return nil, fmt.Errorf("it answered %d", resp.StatusCode)
	}
	if tag := resp.Header.Get("ETag"); tag != "" && len(tag) <= 200 {
		feed.Cursor = "etag " + tag
	} else if at := resp.Header.Get("Last-Modified"); at != "" && len(at) <= 60 {
		feed.Cursor = "modified " + at
	}
	return resp.Body, nil
}

// write keeps what comes, up to the limit.
func write(path string, from io.Reader) error {
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(to, io.LimitReader(from, maxFetched+1))
	if n > maxFetched {
		err = fmt.Errorf("it is longer than %d bytes: %w", maxFetched, pile.ErrTooLarge)
	}
	return errors.Join(err, to.Close())
}

// alarm notes when the feed last had a list, and says once that it has fallen silent: no list is not the same as no targets.
func (f *follower) alarm(ctx context.Context, feed *store.Feed, now time.Time) error {
	times, err := listTimes(ctx, f.desk.Store, feed.Name)
	if err != nil {
		return err
	}
	since := feed.Added
	if all := times[feed.Name]; len(all) > 0 {
		feed.Got = all[len(all)-1]
		since = feed.Got
	}
	switch silent := now.Sub(since) > Silence; {
	case silent && feed.Alarmed.IsZero():
		feed.Alarmed = now
		f.logger.Warn("a feed of attack orders has been silent for long; that it names nobody says nothing", slog.String("feed", feed.Name),
			slog.Time("since", since))
	case !silent:
		feed.Alarmed = time.Time{}
	}
	return nil
}
