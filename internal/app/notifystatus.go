package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// maxDeliveries is how many of the latest deliveries are shown.
const maxDeliveries = 50

// NotifyStatus is who is told, and what became of the latest messages.
type NotifyStatus struct {
	Receivers  []NotifyReceiver  `json:"receivers"`
	Deliveries []notify.Delivery `json:"deliveries"` // the newest first; empty where nothing keeps them
	Kept       bool              `json:"kept"`       // whether there is a store in the state folder
}

// NotifyReceiver is a receiver as it is shown.
type NotifyReceiver struct {
	Name     string   `json:"name"`
	Channels []string `json:"channels"`
}

// ReadNotifyStatus returns whom cfg names, and what became of the latest messages according to the store in a state folder; "" for none. A
// lookout that runs on that store is not disturbed.
func ReadNotifyStatus(ctx context.Context, cfg *config.Config, folder string) (NotifyStatus, error) {
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
	path := filepath.Join(folder, sqlite.FileName)
	if _, err := os.Stat(path); folder == "" || errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		return s, err
	}
	s.Kept = true
	s.Deliveries, err = notify.Deliveries(ctx, db.Notices(), maxDeliveries)
	return s, errors.Join(err, db.Close())
}
