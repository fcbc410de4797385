package store

import (
	"context"
	"net/netip"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Limits of what is kept as evidence.
const (
	MaxBody     = 64 << 10 // bytes of a body
	MaxDoc      = 4 << 20  // bytes of a document
	MaxSnapshot = 64 << 20 // bytes of what the state machine remembers
	MaxEvidence = 200      // pieces of evidence of a site: watched sites decide how often their class changes
)

// Evidence is what a person can check a result by. It is kept where a site's class changes, and longer than results are.
type Evidence struct {
	Key
	Site     SiteID
	At       time.Time
	Class    probe.Class
	URL      string
	FinalURL string
	Address  netip.Addr
	probe.Evidence
}

// EvidenceOf returns the evidence of r.
func EvidenceOf(site SiteID, k Key, r *probe.Result) Evidence {
	return Evidence{
		Key: k, Site: site, At: r.At, Class: r.Class, URL: r.URL, FinalURL: r.FinalURL, Address: r.Address, Evidence: r.Evidence,
	}
}

// Evidences keeps evidence.
type Evidences interface {
	// PutEvidence keeps all of es or none; of a key that has evidence already, the first stands. A body longer than [MaxBody], or the rest
	// longer than [MaxDoc], is [ErrTooLarge]. Of a site that has more than [MaxEvidence] the oldest go.
	PutEvidence(ctx context.Context, es ...Evidence) error
	// Evidence returns what lies in r, in order of time.
	Evidence(ctx context.Context, r Range) ([]Evidence, error)
}
