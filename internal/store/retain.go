package store

import (
	"context"
	"time"
)

// Cutoffs say what is no longer kept: everything before these times. The zero time keeps everything of that kind.
type Cutoffs struct {
	Results     time.Time // only what was rolled up goes; see [Retainer]
	Evidence    time.Time
	Rollups     time.Time
	Transitions time.Time
	Health      time.Time // the last entry of each vantage stays
	Budgets     time.Time
	Networks    time.Time // those that meant something until then or not as long
}

// The usual times for which things are kept.
const (
	KeepResults  = 14 * 24 * time.Hour
	KeepEvidence = 90 * 24 * time.Hour
)

// Usual returns the cutoffs at now: results and evidence for as long as above, budgets for a day, networks until they mean nothing,
// and the rest for ever.
func Usual(now time.Time) Cutoffs {
	return Cutoffs{
		Results: now.Add(-KeepResults), Evidence: now.Add(-KeepEvidence), Budgets: now.Add(-24 * time.Hour), Networks: now,
	}
}

// Removed counts what retention removed.
type Removed struct {
	Results, Evidence, Rollups, Transitions, Health, Budgets, Networks int64
}

// Retainer forgets what is old.
type Retainer interface {
	// Retain removes what lies before the cutoffs, in many short writes between which other writers get their turn, and so that a call that
	// is broken off has done a part of it. Results go only where [Rollups.Roll] has been, in whole buckets; from then on late results of
	// that time are [TooOld]. A store that keeps each day by itself may keep the rest of the day in which a cutoff lies.
	Retain(ctx context.Context, c Cutoffs) (Removed, error)
}
