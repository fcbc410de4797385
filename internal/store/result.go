package store

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Key names a result for all time: the vantage, the run of its program, and the number that the run gave it, from 1 on.
type Key struct {
	Vantage  string
	Run      string
	Sequence int64
}

// Result is what the store keeps of every probe: about 85 bytes. What a person can check it by is [Evidence].
type Result struct {
	Key
	Site     SiteID
	At       time.Time // when the probe began
	Class    probe.Class
	Phase    probe.Phase
	Status   int    // HTTP, 0 without an answer
	Protocol string // as in [probe.Result]; one that no probe speaks is kept as ""
	Family   probe.Family
	Timings  probe.Timings // kept to the microsecond
	Bytes    int64
	BodyHash uint64 // the first 8 bytes of the body's SHA-256, 0 without a body
	Simhash  uint64
	Assessed probe.Assessments // what was said beside the class
	Inside   bool              // the vantage stood in the site's own network as it was judged, and had no vote
}

// FromProbe returns what is kept of r in every case.
func FromProbe(site SiteID, k Key, r *probe.Result) Result {
	return Result{
		Key: k, Site: site, At: r.At, Class: r.Class, Phase: r.Phase, Status: r.Status, Protocol: r.Protocol, Family: r.Family,
		Timings: r.Timings, Bytes: r.Evidence.Bytes, BodyHash: firstEight(r.Evidence.BodySHA256), Simhash: r.Evidence.Simhash,
		Assessed: probe.Together(r.Assessment...),
	}
}

// firstEight returns the first 8 bytes of a hash written in hex; 0 when it is none.
func firstEight(text string) (first uint64) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) < 8 {
		return 0
	}
	for _, c := range b[:8] {
		first = first<<8 | uint64(c)
	}
	return first
}

// Fate says what became of a result that was to be appended.
type Fate uint8

// The fates.
const (
	Stored     Fate = iota
	Duplicate       // its key is there already, whatever else it says
	TooOld          // from a time of which results are no longer kept
	FromFuture      // more than [MaxAhead] ahead of this machine's clock
	Unknown         // of no site that is on the list, or without a key
)

// MaxAhead is how far a result's clock may be ahead of the store's.
const MaxAhead = 24 * time.Hour

// MaxName is the longest name of a vantage or run, in bytes.
const MaxName = 64

// Range is a part of a history: of one site, from From on and before To.
type Range struct {
	Site     SiteID
	From, To time.Time
	Limit    int // the most that is returned, the oldest first; 0 for all
}

// Results keeps what probes found.
type Results interface {
	// Append keeps results and returns what became of each, in their order. A key that was kept before is no second result, however often
	// and in whatever order it is delivered. Results may be late and in any order. Give it what came in a second or so at once: a call
	// costs a write to the disk however few it is given.
	Append(ctx context.Context, rs []Result) ([]Fate, error)
	// Results returns what lies in r, in order of time; what began in the same millisecond in an order that stays the same.
	Results(ctx context.Context, r Range) ([]Result, error)
}
