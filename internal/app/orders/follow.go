package orders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/intel/pile"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store"
)

// Bounds of a look at a feed.
const (
	maxFetched = 64 << 20 // bytes of an answer
	fetchTime  = 2 * time.Minute
	coarse     = 2 * time.Second // of times of change, on the coarsest file systems
	maxDay     = 200_000         // sightings that a feed may bring in a day; a public one brings some hundreds
)

// maxDayClaims is how many claims that were not known a feed may bring on a day, in UTC, be it followed or read in: each stands in the ledger for ever,
// of which no bundle can be made once it is too long.
const maxDayClaims = 1000

var (
	errFull       = fmt.Errorf("it has brought more than %d sightings within a day: it is read again when that is past", maxDay)
	errManyClaims = fmt.Errorf("it has brought %d claims today: the others are taken in when that is past", maxDayClaims)
)

// follower looks at one feed again and again.
type follower struct {
	feed   config.Feed
	desk   *Desk
	client *http.Client
	logger *slog.Logger
	state  string
	post   func(ctx context.Context, m notify.Message) error // nil for nobody to tell
	looked time.Time                                         // the last time it was looked at and all was well; zero for never in this process
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
	paths, clean, err := f.news(ctx, &next)
	if err == nil && len(paths) > 0 {
		err = f.read(ctx, paths, now, &next)
		clean()
	}
	if err != nil {
		next.Error, next.Cursor = err.Error(), known.Cursor // what was not kept is asked for again
	} else {
		f.looked = now
	}
	return errors.Join(err, f.alarm(ctx, &next, now), f.desk.Store.PutFeed(ctx, next))
}

// known returns what the store has of the feed, as the configuration describes it now.
func (f *follower) known(ctx context.Context) (store.Feed, error) {
	at, err := f.desk.feed(ctx, f.feed.Name)
	if err != nil {
		return at, err
	}
	if at.URL != f.feed.From {
		at.URL, at.Cursor = f.feed.From, ""
	}
	at.Licence, at.TLP, at.Removed = f.feed.Licence, f.label(), time.Time{}
	return at, nil
}

// label returns the feed's label as the store has it.
func (f *follower) label() string { return "TLP:" + strings.ToUpper(string(f.feed.TLP)) }

// read imports what is new. What a URL gave has to be a list, of the time at which it gave it; of a folder, a file that is none is counted and
// passed over. It notes what the import found of the feed: in which format it gives orders, or else speaks, and how much it claimed today.
func (f *follower) read(ctx context.Context, paths []string, now time.Time, feed *store.Feed) error {
	if err := f.bounded(ctx, now); err != nil {
		return err
	}
	kept := *feed
	in := Importing{Paths: paths, Feed: f.feed.Name, TLP: f.label(), Licence: f.feed.Licence, kept: &kept, uncounted: true}
	if f.remote() {
		in.at = now
	}
	sum, err := f.desk.importLists(ctx, in)
	if err == nil && f.remote() && len(sum.Damaged) > 0 {
		err = errors.New("what it gave is no list")
	}
	feed.Format, feed.ClaimsDay, feed.ClaimsNew = kept.Format, kept.ClaimsDay, kept.ClaimsNew
	if len(sum.Skipped) > 0 {
		f.logger.Info("some of what a feed gave was left out", slog.String("feed", f.feed.Name), slog.Any("left_out", sum.Skipped))
	}
	if n := sum.Skipped[ClaimsBeyond]; err == nil && n > 0 {
		err = fmt.Errorf("%w (%d)", errManyClaims, n)
	}
	return err
}

// bounded returns an error when the feed has brought as much as it may in a day: whoever writes it could fill the disk.
func (f *follower) bounded(ctx context.Context, now time.Time) error {
	lists, err := f.desk.Store.OrderLists(ctx, f.feed.Name)
	if err != nil {
		return err
	}
	brought := 0
	for _, l := range slices.Backward(lists) {
		if now.Sub(l.At) > 24*time.Hour {
			break
		}
		brought += l.Hosts
	}
	if brought > maxDay {
		return errFull
	}
	return nil
}

// remote reports whether the feed is at a URL.
func (f *follower) remote() bool { return strings.Contains(f.feed.From, "://") }

// news returns the paths of what is to be read, none when nothing is new, and what cleans up after that.
func (f *follower) news(ctx context.Context, feed *store.Feed) (paths []string, clean func(), err error) {
	if f.remote() {
		return f.fetch(ctx, feed)
	}
	paths, err = f.changed(ctx, feed)
	return paths, func() {}, err
}

// changed returns the files of a folder, or the one file, that may hold something new: none while the folder is as it was at the last look; else
// those that are not known by name, or were changed since. Archives have no name of their own in the store and are read again.
func (f *follower) changed(ctx context.Context, feed *store.Feed) ([]string, error) {
	files, err := pile.Files(f.feed.From)
	if err != nil {
		return nil, err
	}
	mark := sha256.New()
	for _, x := range files {
		fmt.Fprintf(mark, "%s\x00%d\x00%d\n", x.Path, x.Bytes, x.Changed.UnixNano())
	}
	cursor := "files " + hex.EncodeToString(mark.Sum(nil))
	if cursor == feed.Cursor {
		return nil, nil
	}
	lists, err := f.desk.Store.OrderLists(ctx, feed.Name)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(lists))
	for _, l := range lists {
		known[l.Place] = true
	}
	var news []string
	for _, x := range files {
		if !known[filepath.Base(x.Path)] || !x.Changed.Before(f.looked.Add(-coarse)) {
			news = append(news, x.Path)
		}
	}
	feed.Cursor = cursor
	return news, nil
}

// hashed begins the cursor of a server that says nothing of what it gave; what that was follows, as its hash.
const hashed = "hash "

// fetch asks a URL. What it gives is kept in a file for as long as it takes to read. The list that the feed had last is no news, whatever the
// server says: a publisher that has stopped goes on showing it.
func (f *follower) fetch(ctx context.Context, feed *store.Feed) (paths []string, clean func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	before := feed.Cursor
	body, err := f.ask(ctx, feed)
	if err != nil || body == nil {
		return nil, nil, err
	}
	defer func() { _ = body.Close() }()
	folder, err := os.MkdirTemp(f.state, "feed-")
	if err != nil {
		return nil, nil, err
	}
	clean = func() { _ = os.RemoveAll(folder) }
	path := filepath.Join(folder, "list")
	hash, err := write(path, body)
	if feed.Cursor == "" {
		feed.Cursor = hashed + hash
	}
	if known := feed.Cursor == before && strings.HasPrefix(before, hashed); err == nil && !known {
		var last store.OrderList
		if last, err = f.last(ctx); err == nil && last.Hash != hash {
			return []string{path}, clean, nil
		}
	}
	clean()
	return nil, nil, err
}

// last returns the latest list of the feed; the zero value when there is none.
func (f *follower) last(ctx context.Context) (store.OrderList, error) {
	lists, err := f.desk.Store.OrderLists(ctx, f.feed.Name)
	if err != nil || len(lists) == 0 {
		return store.OrderList{}, err
	}
	return lists[len(lists)-1], nil
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
	} else {
		feed.Cursor = ""
	}
	return resp.Body, nil
}

// write keeps what comes, up to the limit, and returns its SHA-256 in hex.
func write(path string, from io.Reader) (string, error) {
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, hash), io.LimitReader(from, maxFetched+1))
	if n > maxFetched {
		err = fmt.Errorf("it is longer than %d bytes: %w", maxFetched, pile.ErrTooLarge)
	}
	return hex.EncodeToString(hash.Sum(nil)), errors.Join(err, to.Close())
}

// alarm notes when the feed last had a list, and tells the staff once that it has fallen silent, whether it cannot be reached or gives nothing: no list
// is not the same as no targets. What could not be told is told at the next look.
func (f *follower) alarm(ctx context.Context, feed *store.Feed, now time.Time) error {
	if !givesOrders(feed.Format) {
		if feed.Alarmed = (time.Time{}); feed.Error == "" {
			feed.Got = now // it gives no orders, so that their absence says nothing
		}
		return nil
	}
	last, err := f.last(ctx)
	if err != nil {
		return err
	}
	since := feed.Added
	if !last.At.IsZero() {
		since, feed.Got = last.At, last.At
	}
	switch silent := now.Sub(since) > Silence; {
	case silent && feed.Alarmed.IsZero():
		if err := tellSilent(ctx, f.post, feed.Name, since, now); err != nil {
			return err
		}
		feed.Alarmed = now
		logSilent(f.logger, feed.Name, since)
	case !silent:
		feed.Alarmed = time.Time{}
	}
	return nil
}
