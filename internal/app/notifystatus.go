package app

import (
	"context"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/notify"
)

// maxDeliveries is how many of the latest deliveries are shown.
const maxDeliveries = 50

// NotifyStatus is who is told, and what became of the latest messages.
type NotifyStatus struct {
	Receivers  []NotifyReceiver  `json:"receivers"`
	Deliveries []notify.Delivery `json:"deliveries"` // the newest first; empty where nothing keeps them
	Kept       bool              `json:"kept"`       // whether there is a store
}

// NotifyReceiver is a receiver as it is shown.
type NotifyReceiver struct {
	Name     string   `json:"name"`
	Channels []string `json:"channels"`
}

// ReadNotifyStatus returns whom cfg names, and what became of the latest messages according to an outbox; nil for none. A lookout that uses it is
// not disturbed.
func ReadNotifyStatus(ctx context.Context, cfg *config.Config, outbox notify.Outbox) (NotifyStatus, error) {
	all, err := Receivers(cfg)
	if err != nil {
		return NotifyStatus{}, err
	}
	s := NotifyStatus{Receivers: make([]NotifyReceiver, 0, len(all)), Deliveries: []notify.Delivery{}}
	for _, r := range all {
		shown := NotifyReceiver{Name: r.Name}
		for _, c := range r.Channels {
			shown.Channels = append(shown.Channels, c.Name)
		}
		s.Receivers = append(s.Receivers, shown)
	}
	if outbox == nil {
		return s, nil
	}
	s.Kept = true
	s.Deliveries, err = notify.Deliveries(ctx, outbox, maxDeliveries)
	return s, err
}
