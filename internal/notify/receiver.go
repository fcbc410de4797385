package notify

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
)

// Receiver is a person or a group of persons, and how they are reached.
type Receiver struct {
	Name     string
	Language seawall.Language
	Zone     *time.Location // nil for UTC
	// Staff says that the receiver answers for sites, and so hears of them from the first disturbance on. Others hear what is for all.
	Staff bool
	// Route says who the receiver is, as [Message.Routes] has it. One without hears nothing that is kept to routes.
	Route string
	// Outages is how the receiver hears of what the lookout itself saw of sites; the zero value is of everything at once, without a label.
	Outages  Passing
	Sites    []string  // host names of the sites that the receiver hears of; with Groups empty too, all
	Groups   []string  // groups of sites that the receiver hears of
	Hours    Hours     // when the receiver may be told what can wait; the zero value for always
	Channels []Channel // each message goes by every one of them
}

// Passing is how something goes to a receiver outside the house.
type Passing struct {
	Label string // stands on it, such as "TLP:GREEN"; "" for none
	Kept  bool   // nothing goes, for the label forbids it
	// Delay above 0 keeps everything back until it has been over for so long. Then there is one message, that it is over; of what proved to be no
	// failure at all there is none, nor of what began in announced maintenance, nor of what was ending already when the dispatcher began.
	Delay time.Duration
}

// Channel is one of the ways to a receiver.
type Channel struct {
	Name     string // tells it from the receiver's others, and is shown: it holds no secret
	Kind     string // out of a closed set, for metrics: "mail", "webhook", "ntfy" …
	Notifier Notifier
	// Keyed says that whoever is behind the channel holds an alarm open until its key is told to be over, as machines do.
	Keyed bool
}

// Limits of a configuration.
const (
	MaxReceivers = 64
	MaxChannels  = 16 // of a receiver
)

// Hours are a part of the day, by the clock on the wall in the receiver's zone. They may run over midnight.
type Hours struct {
	From, To time.Duration // since midnight, less than 24 h; equal for the whole day
}

// next returns the first moment from t on that lies within the hours.
func (h Hours) next(t time.Time, zone *time.Location) time.Time {
	if h.From == h.To {
		return t
	}
	if zone == nil {
		zone = time.UTC
	}
	local := t.In(zone)
	clock := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
	inside := clock >= h.From && clock < h.To
	if h.From > h.To {
		inside = clock >= h.From || clock < h.To
	}
	if inside {
		return t
	}
	day := local.Day()
	if clock >= h.From {
		day++
	}
	return time.Date(local.Year(), local.Month(), day, int(h.From/time.Hour), int(h.From/time.Minute)%60, 0, 0, zone)
}

// mayHear reports whether a message's label lets it go to the receiver.
func (r *Receiver) mayHear(m *Message) bool {
	if m.Kind.Outage() && r.Outages.Kept {
		return false
	}
	return m.Routes == nil || slices.Contains(m.Routes, r.Route)
}

func checkReceivers(all []Receiver) error {
	if len(all) > MaxReceivers {
		return fmt.Errorf("%d receivers are more than %d", len(all), MaxReceivers)
	}
	names := map[string]bool{}
	for _, r := range all {
		if r.Name == "" || names[r.Name] {
			return fmt.Errorf("receiver %q has no name of its own", r.Name)
		}
		names[r.Name] = true
		if len(r.Channels) > MaxChannels {
			return fmt.Errorf("receiver %s has more than %d channels", r.Name, MaxChannels)
		}
		channels := map[string]bool{}
		for _, c := range r.Channels {
			if c.Name == "" || channels[c.Name] || c.Notifier == nil {
				return errors.New("receiver " + r.Name + " has a channel without a name of its own, or without a notifier")
			}
			channels[c.Name] = true
		}
	}
	return nil
}
