package app

import (
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/notify"
)

// NotifyStatus is who is told, and what became of the latest messages.
type NotifyStatus struct {
	Receivers  []NotifyReceiver  `json:"receivers"`  // null where no configuration says
	Deliveries []notify.Delivery `json:"deliveries"` // the newest first; empty where nothing keeps them
	Kept       bool              `json:"kept"`       // whether there is a store
}

// NotifyReceiver is a receiver as it is shown.
type NotifyReceiver struct {
	Name     string   `json:"name"`
	Channels []string `json:"channels"`
}

// NewNotifyStatus returns whom cfg names, after reading the files with their secrets, and no deliveries yet. cfg may be nil; nobody is asked anything.
func NewNotifyStatus(cfg *config.Config) (NotifyStatus, error) {
	s := NotifyStatus{Deliveries: []notify.Delivery{}}
	if cfg == nil {
		return s, nil
	}
	all, err := Receivers(cfg)
	if err != nil {
		return s, err
	}
	s.Receivers = make([]NotifyReceiver, 0, len(all))
	for _, r := range all {
		shown := NotifyReceiver{Name: r.Name}
		for _, c := range r.Channels {
			shown.Channels = append(shown.Channels, c.Name)
		}
		s.Receivers = append(s.Receivers, shown)
	}
	return s, nil
}
