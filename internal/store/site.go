package store

import (
	"context"
	"time"
)

// SiteID is the number under which the store keeps a site. It is given by [Sites.PutSite] and never given twice.
type SiteID int32

// Source says who put a site on the list.
type Source string

// The sources.
const (
	SourceYAML Source = "yaml" // the configuration file; the command line may not change it
	SourceCLI  Source = "cli"
)

// Site is one line of the watch list.
type Site struct {
	ID      SiteID // given by the store
	Name    string // what people and commands call it by; unique, also among sites that were removed
	URL     string
	Host    string // of URL, in lower case
	Page    string // the one page beside URL that its owner agreed to; empty for none
	Owner   string
	Sector  string
	Country string // ISO 3166-1 alpha-2
	Groups  []string
	// Contacts are where its people are told. They are personal: they appear in no log.
	Contacts []string
	Public   bool // its owner wants a public status page
	Paused   bool
	Source   Source
	Added    time.Time
	Removed  time.Time // zero while it is watched
}

// OptOut is a host whose people do not want to be measured. It is remembered for ever: nothing removes it.
type OptOut struct {
	Host   string // in lower case
	At     time.Time
	By     string
	Reason string
}

// Maintenance is a window in which a site may be away without that being an incident.
type Maintenance struct {
	ID     int64  // given by the store
	Site   SiteID // 0 for every site
	From   time.Time
	To     time.Time // after From
	By     string
	Reason string
}

// Sites keeps the watch list.
type Sites interface {
	// PutSite adds a site, or replaces what is known of the one with that name: its number and with it its history stay. ID is not looked
	// at. A site that was removed is watched again when Removed is zero.
	PutSite(ctx context.Context, s Site) (SiteID, error)
	// Sites returns every site, those that were removed too, in order of name.
	Sites(ctx context.Context) ([]Site, error)

	// OptOut remembers that a host is not to be measured; of one that is remembered already, the first word stands.
	OptOut(ctx context.Context, o OptOut) error
	// OptOuts returns all, in order of host.
	OptOuts(ctx context.Context) ([]OptOut, error)

	// AddMaintenance adds a window and returns its number.
	AddMaintenance(ctx context.Context, m Maintenance) (int64, error)
	// RemoveMaintenance removes one; [ErrNotFound] when there is none with that number.
	RemoveMaintenance(ctx context.Context, id int64) error
	// Maintenances returns the windows that end after t, in order of From.
	Maintenances(ctx context.Context, t time.Time) ([]Maintenance, error)
}
