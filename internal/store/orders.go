package store

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"
)

// Feed is a source of attack orders.
type Feed struct {
	Name    string
	Format  string // as package app/orders calls it
	URL     string // where it is fetched from; empty for one that people import
	Licence string // under which it may be used, in words; empty when nobody said
	TLP     string // of what it says, such as "TLP:CLEAR"
	Added   time.Time
	Removed time.Time // zero while it is fetched

	Cursor  string    // what the source is told so that it answers only with news
	Tried   time.Time // when it was last asked
	Got     time.Time // when it last had a list, new or known
	Error   string    // of the last try, without secrets; empty when it succeeded
	Alarmed time.Time // when it was told that the feed is silent; zero while it is not

	ClaimsDay time.Time // the day, in UTC, on which it last brought claims; zero for never
	ClaimsNew int       // how many claims that were not known it brought on that day
}

// OrderList is one list of a feed.
type OrderList struct {
	Feed      string
	At        time.Time
	Hash      string // SHA-256 of its bytes, in hex
	Place     string // where it lay
	Hosts     int    // that it names
	Sightings []OrderSighting
}

// OrderSighting is a host in a list.
type OrderSighting struct {
	Feed string
	Host string
	At   time.Time
	List string // the first half of the list's hash
	Aim  string // identifier of what is aimed at it
}

// Document is JSON under an identifier that is made of what it says: it never changes.
type Document struct {
	ID  string
	Doc json.RawMessage
}

// Network is one that attacked somebody, as a feed says. That is so of one moment, and ordinary people share what it names.
type Network struct {
	Feed    string
	Prefix  netip.Prefix // masked; an address is one of all bits
	AS      uint32       // 0 for an unknown one
	ASName  string
	Country string    // ISO 3166-1 alpha-2
	Seen    time.Time // when it last attacked, or was listed
	Until   time.Time // when this means nothing any more
}

// OrderRows are how many rows are kept of lists. Networks go when they mean nothing any more, see [Cutoffs]. Of the others none is ever removed:
// forecasts and the grades of warnings rest on the history, and an aim or a template comes in one write with the list that needs it.
type OrderRows struct {
	Lists, Sightings, Aims, Templates, Networks int64
}

// SightingFilter says which sightings are asked for. The zero value means all.
type SightingFilter struct {
	Feed  string
	Host  string
	Since time.Time // at this time or later
	Until time.Time // before this time
}

// Orders keeps what lists of attack orders say: which hosts they name and what they aim at, never the lists themselves.
type Orders interface {
	// PutFeed adds a feed, or replaces what is known of the one with that name.
	PutFeed(ctx context.Context, f Feed) error
	// Feeds returns every feed, those that were removed too, in order of name.
	Feeds(ctx context.Context) ([]Feed, error)

	// PutLists keeps lists with their sightings, all or none, and what these aim at: aims, and the templates that those name. What is there
	// already is not there twice; of two places of one list, time and bytes the same, the first in alphabetical order is kept. So lists may
	// come twice and in any order.
	PutLists(ctx context.Context, lists []OrderList, aims, templates []Document) error
	// OrderLists returns the lists of a feed, of all feeds when it is empty, without their sightings, in order of time and hash.
	OrderLists(ctx context.Context, feed string) ([]OrderList, error)
	// LastLists returns when the latest list of each known feed is from; nothing of one that has none.
	LastLists(ctx context.Context) (map[string]time.Time, error)
	// Sightings hands those that f lets through to yield, in order of feed, host, time and list, and returns its error, if any. Other writers
	// may be waiting meanwhile: it is not to be long.
	Sightings(ctx context.Context, f SightingFilter, yield func(OrderSighting) error) error
	// ListedHosts returns every host that any list names, each once, in order. It reads one row for each.
	ListedHosts(ctx context.Context) ([]string, error)
	// OrderRows counts what is kept of lists.
	OrderRows(ctx context.Context) (OrderRows, error)
	// PutNetworks keeps networks, all or none. What a feed said of the same network before makes way, unless it holds for longer.
	PutNetworks(ctx context.Context, all []Network) error
	// NetworksOf returns the networks that hold an address and mean something at now, narrowest first, then in order of feed.
	NetworksOf(ctx context.Context, a netip.Addr, now time.Time) ([]Network, error)
	// NetworksBy returns how many networks of each feed mean something at now.
	NetworksBy(ctx context.Context, now time.Time) (map[string]int, error)
	// Aim and OrderTemplate return one document; [ErrNotFound] when there is none.
	Aim(ctx context.Context, id string) (Document, error)
	OrderTemplate(ctx context.Context, id string) (Document, error)
}
