package lookout

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/bus/jetstream"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// The operations on vantages.
var (
	VantageAdd    = Op[NewVantage, ListedVantage]{Name: "vantage-add", Do: (*Desk).addVantage}
	VantageList   = Op[struct{}, []ListedVantage]{Name: "vantage-list", Do: (*Desk).listVantages}
	VantageRemove = Op[NamedVantage, ListedVantage]{Name: "vantage-remove", Do: (*Desk).removeVantage}
)

// NewVantage is a place that is to measure. The secret half of its key goes to whoever runs the agent there, and nowhere else.
type NewVantage struct {
	Name      string `json:"name"`
	Network   string `json:"network"` // its autonomous system, as AS64496
	Country   string `json:"country"` // two letters
	PublicKey string `json:"public_key"`
}

// NamedVantage is a vantage by name.
type NamedVantage struct {
	Name string `json:"name"`
}

// ListedVantage is a vantage as people see it.
type ListedVantage struct {
	Name      string    `json:"name"`
	Network   string    `json:"network"`
	Country   string    `json:"country"`
	PublicKey string    `json:"public_key"` // "" for the lookout's own
	Added     time.Time `json:"added"`
	Removed   time.Time `json:"removed"` // zero while it may take part
}

// NewVantageKey makes the key of a vantage: its seed, to be shown once and kept nowhere, and its public half.
func NewVantageKey() (seed, public string, err error) { return jetstream.NewKey() }

// BusDir returns where the bus is kept in a state folder.
func BusDir(state string) string { return filepath.Join(state, "bus") }

// BusPin returns what agents know the lookout's own bus by, and makes its key the first time.
func BusPin(state string, now time.Time) (string, error) {
	cert, err := jetstream.Identity(BusDir(state), now)
	if err != nil {
		return "", err
	}
	return jetstream.Pin(cert)
}

var (
	networks  = regexp.MustCompile(`^AS[1-9][0-9]{0,9}$`)
	countries = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (v *NewVantage) check() error {
	v.Network, v.Country = strings.ToUpper(v.Network), strings.ToUpper(v.Country)
	if err := bus.CheckName(v.Name); err != nil {
		return desk.Refuse("%v", err)
	}
	switch {
	case !networks.MatchString(v.Network):
		return desk.Refuse("network %q: write its autonomous system, as AS64496", v.Network)
	case !countries.MatchString(v.Country):
		return desk.Refuse("country %q: write two letters, as DK", v.Country)
	case !nkeys.IsValidPublicUserKey(v.PublicKey):
		return desk.Refuse("the public key is no nkey of a user")
	}
	return nil
}

// addVantage adds a vantage. One that is there already, with or without a key, is refused; one that was removed comes back with its new key.
func (d *Desk) addVantage(ctx context.Context, in NewVantage) (ListedVantage, error) {
	if err := in.check(); err != nil {
		return ListedVantage{}, err
	}
	all, err := d.Store.Vantages(ctx)
	if err != nil {
		return ListedVantage{}, err
	}
	for _, v := range all {
		switch {
		case v.Name == in.Name && v.Removed.IsZero():
			return ListedVantage{}, desk.Refuse("there is a vantage called %s already; remove it first to give it another key", in.Name)
		case v.PublicKey == in.PublicKey:
			return ListedVantage{}, desk.Refuse("%s has had this key", v.Name)
		}
	}
	v := store.Vantage{Name: in.Name, Network: in.Network, Country: in.Country, PublicKey: in.PublicKey, Added: d.Now().UTC()}
	if err := d.Store.PutVantage(ctx, v); err != nil {
		return ListedVantage{}, err
	}
	return listedVantage(v), d.changed(ctx)
}

func listedVantage(v store.Vantage) ListedVantage { return ListedVantage(v) }

func (d *Desk) listVantages(ctx context.Context, _ struct{}) ([]ListedVantage, error) {
	all, err := d.Store.Vantages(ctx)
	listed := []ListedVantage{}
	for _, v := range all {
		if v.Removed.IsZero() {
			listed = append(listed, listedVantage(v))
		}
	}
	return listed, err
}

// removeVantage lets a vantage take part no longer. What it found stays.
func (d *Desk) removeVantage(ctx context.Context, in NamedVantage) (ListedVantage, error) {
	all, err := d.Store.Vantages(ctx)
	if err != nil {
		return ListedVantage{}, err
	}
	for _, v := range all {
		if v.Name != in.Name || !v.Removed.IsZero() {
			continue
		}
		if v.PublicKey == "" {
			return ListedVantage{}, desk.Refuse("%s is the lookout's own vantage", v.Name)
		}
		v.Removed = d.Now().UTC()
		if err := d.Store.PutVantage(ctx, v); err != nil {
			return ListedVantage{}, fmt.Errorf("remove vantage %s: %w", v.Name, err)
		}
		return listedVantage(v), d.changed(ctx)
	}
	return ListedVantage{}, desk.Refuse("no vantage is called %q; \"seawall watch vantage list\" shows all", in.Name)
}

// BusVantages returns who may connect to the bus: every vantage with a key that takes part.
func BusVantages(ctx context.Context, s store.Vantages) ([]jetstream.Vantage, error) {
	all, err := s.Vantages(ctx)
	return connecting(all), err
}

func connecting(all []store.Vantage) (may []jetstream.Vantage) {
	for _, v := range all {
		if v.PublicKey != "" && v.Removed.IsZero() {
			may = append(may, jetstream.Vantage{Name: v.Name, PublicKey: v.PublicKey})
		}
	}
	return may
}

// enrol makes a place the lookout's own, in place of the one that it measured from before under another name. Since when it is, is remembered.
func enrol(ctx context.Context, db store.Vantages, own watch.Vantage, now time.Time) error {
	all, err := db.Vantages(ctx)
	if err != nil {
		return fmt.Errorf("read the vantages: %w", err)
	}
	mine := store.Vantage{Name: own.Name, Network: own.Network, Country: own.Country, Added: now}
	for _, v := range all {
		switch {
		case v.PublicKey != "" || !v.Removed.IsZero():
			continue
		case v.Name == own.Name:
			mine.Added = v.Added
			continue
		}
		v.Removed = now
		if err := db.PutVantage(ctx, v); err != nil {
			return err
		}
	}
	return db.PutVantage(ctx, mine)
}
