package notify

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// Result is what came of trying a channel.
type Result struct {
	Channel string
	Kind    string
	Took    time.Duration
	Retry   bool  // whether the same might succeed later
	Err     error // nil when the other side took the message; holds no secret
}

// Try sends a message of kind [Test] by every channel of a receiver, all at once, and returns what came of each, in the order of the channels.
// It writes to no outbox and tries nothing twice.
func Try(ctx context.Context, r Receiver, now time.Time) []Result {
	results := make([]Result, len(r.Channels))
	n := Notice{
		Message:  Message{Kind: Test, Key: "test-" + now.UTC().Format("20060102T150405.000Z"), At: now},
		Receiver: r.Name, Language: r.Language, Zone: r.Zone,
	}
	n.ID = n.Key + "-" + strconv.Itoa(len(r.Channels))
	ctx, cancel := context.WithTimeoutCause(ctx, SendTimeout, errSlow)
	defer cancel()
	var all sync.WaitGroup
	for i, c := range r.Channels {
		all.Go(func() {
			begin := time.Now()
			retry, err := c.Notifier.Notify(ctx, n)
			results[i] = Result{Channel: c.Name, Kind: c.Kind, Took: time.Since(begin), Retry: retry, Err: err}
		})
	}
	all.Wait()
	return results
}
