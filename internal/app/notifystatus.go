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
	Kept       bool              `json:"kept"`       // whether an outbox was at hand
}

// NotifyReceiver is a receiver as it is shown.
type NotifyReceiver struct {
	Name     string   `json:"name"`
	Channels []string `json:"channels"`
}

// ReadNotifyStatus returns whom cfg names, and what box says became of the latest messages; box is nil where there is none.
func ReadNotifyStatus(ctx context.Context, cfg *config.Config, box notify.Outbox) (NotifyStatus, error) {
	all, err := Receivers(cfg)
	if err != nil {
		return NotifyStatus{}, err
	}
	s := NotifyStatus{Receivers: make([]NotifyReceiver, 0, len(all)), Deliveries: []notify.Delivery{}, Kept: box != nil}
	for _, r := range all {
		shown := NotifyReceiver{Name: r.Name}
		for _, c := range r.Channels {
			shown.Channels = append(shown.Channels, c.Name)
		}
		s.Receivers = append(s.Receivers, shown)
	}
	if box == nil {
		return s, nil
	}
	s.Deliveries, err = notify.Deliveries(ctx, box, maxDeliveries)
	return s, err
}
