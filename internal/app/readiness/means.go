package readiness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/ready"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// quorum is how many vantages it takes for anything to be confirmed.
const quorum = 2

// vantages looks at whether the places from which is measured can be trusted.
func (d *Desk) vantages(ctx context.Context, r *Report, _ []store.Site, _ *Asking) error {
	all, err := d.Store.Vantages(ctx)
	if err != nil {
		return err
	}
	now := d.Now()
	history, err := d.Store.HealthHistory(ctx, "", now.Add(-time.Minute), now.Add(time.Minute))
	if err != nil {
		return err
	}
	health := make(map[string]string)
	for i := range history {
		health[history[i].Vantage] = history[i].Health
	}
	n, healthy := 0, 0
	for i := range all {
		if !all[i].Removed.IsZero() {
			continue
		}
		n++
		switch name := all[i].Name; health[name] {
		case watch.Healthy.String():
			healthy++
		case "":
			r.find(ready.Unknown, "vantage "+name, "it has not said yet how it fares", "see that it runs")
		case watch.Unchecked.String():
			r.find(ready.Act, "vantage "+name, "it cannot check its own line, so nothing it sees goes beyond suspected", "name three sentinels in different networks whose people agree")
		default:
			r.find(ready.Act, "vantage "+name, fmt.Sprintf("it is %s: its votes do not count", health[name]), "see to its line, its resolver and its clock")
		}
	}
	if healthy >= quorum {
		r.find(ready.Good, "vantages", fmt.Sprintf("%d of %d can be trusted", healthy, n), "")
		return nil
	}
	r.find(ready.Act, "vantages", fmt.Sprintf("%d of %d can be trusted; it takes %d to confirm anything", healthy, n, quorum), "seawall watch vantage add, in other networks")
	return nil
}

// maxDeliveries is how many of the latest messages are looked at.
const maxDeliveries = 1000

// tested is how long ago a message may have arrived for its channel to count as tested.
const tested = 30 * 24 * time.Hour

// messages looks at whether people can be told.
func (d *Desk) messages(ctx context.Context, r *Report, _ []store.Site, in *Asking) error {
	box, ok := d.Store.(interface{ Notices() notify.Outbox })
	if !ok {
		r.find(ready.Unknown, "messages", "what became of messages is not known here", "")
		return nil
	}
	all, err := notify.Deliveries(ctx, box.Notices(), maxDeliveries)
	if err != nil {
		return err
	}
	channels := slices.Clone(in.Channels)
	for i := range all {
		if c := (Channel{all[i].Receiver, all[i].Channel}); len(in.Channels) == 0 && !slices.Contains(channels, c) {
			channels = append(channels, c)
		}
	}
	if len(channels) == 0 {
		r.find(ready.Act, "messages", "nobody is told: no receiver is known here, and no message was ever sent", "name receivers under notify in the configuration, and give it here with -c")
		return nil
	}
	for _, c := range channels {
		r.Findings = append(r.Findings, d.channel(c, all))
	}
	return nil
}

// channel says how a channel fared lately; deliveries come the latest first.
func (d *Desk) channel(c Channel, all []notify.Delivery) Finding {
	about := c.Receiver + " by " + c.Channel
	const remedy = "seawall notify test, and see who got it"
	var sent, failing time.Time
	problem := ""
	for i := range all {
		x := &all[i]
		switch {
		case x.Receiver != c.Receiver || x.Channel != c.Channel:
		case x.State == notify.Delivered && x.Sent.After(sent):
			sent = x.Sent
		case x.State != notify.Delivered && x.Problem != "" && x.At.After(failing):
			failing, problem = x.At, x.Problem
		}
	}
	switch {
	case problem != "" && failing.After(sent):
		return Finding{Level: ready.Act, About: about, Text: "messages do not arrive: " + problem, Remedy: remedy}
	case sent.IsZero():
		return Finding{Level: ready.Act, About: about, Text: "no message that it took is known: it is untested", Remedy: remedy}
	case d.Now().Sub(sent) > tested:
		return Finding{Level: ready.Act, About: about, Text: "it last took a message on " + sent.UTC().Format(time.DateOnly), Remedy: remedy}
	}
	return Finding{Level: ready.Good, About: about, Text: "it took a message on " + sent.UTC().Format(time.DateOnly)}
}

// fresh is how old a backup may be.
const fresh = 7 * 24 * time.Hour

// backup looks at when the store was last copied.
func (d *Desk) backup(_ context.Context, r *Report, _ []store.Site, in *Asking) error {
	const remedy = "seawall backup DEST, and keep the copy elsewhere"
	if in.Database {
		r.find(ready.Unknown, "backup", "the store is in PostgreSQL, and when that was backed up is not known here", "pg_dump")
		return nil
	}
	at, err := ready.LastBackup(d.State)
	if errors.Is(err, fs.ErrNotExist) {
		r.find(ready.Act, "backup", "no backup by \"seawall backup\" is known", remedy)
		return nil
	}
	switch age := d.Now().Sub(at); {
	case err != nil:
		r.find(ready.Unknown, "backup", "when the store was backed up cannot be read: "+err.Error(), remedy)
	case age > fresh:
		r.find(ready.Act, "backup", fmt.Sprintf("the store was last backed up on %s, %d days ago", at.UTC().Format(time.DateOnly), int(age.Hours()/24)), remedy)
	default:
		r.find(ready.Good, "backup", "the store was backed up on "+at.UTC().Format(time.DateOnly), "")
	}
	return nil
}
