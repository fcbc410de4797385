package store

import (
	"context"
	"encoding/json"
	"time"
)

// Incident is a failure of one or more sites with one cause. What the state machine says of it and what people say of it are kept apart:
// [Step.Incidents] writes the upper half and leaves the lower alone.
type Incident struct {
	ID     string
	Opened time.Time
	Closed time.Time // zero while it lasts
	Sites  []SiteID  // at least one, in any order; they come back in order
	Doc    json.RawMessage

	Acked   time.Time // when somebody said that they see to it; zero when nobody did
	AckedBy string
	Notes   []Note // in order of time
}

// Note is what a person wrote about an incident.
type Note struct {
	At   time.Time
	By   string
	Text string
}

// IncidentFilter says which incidents are asked for. The zero value means all.
type IncidentFilter struct {
	Open  bool      // only those that last
	Site  SiteID    // only those of a site
	Since time.Time // only those that last or ended at Since or later
	Until time.Time // only those that opened before Until
	Limit int       // the most that is returned; 0 for all
}

// Incidents keeps what became of failures.
type Incidents interface {
	// Incident returns one; [ErrNotFound] when there is none.
	Incident(ctx context.Context, id string) (Incident, error)
	// Incidents returns those that f lets through, the latest opened first.
	Incidents(ctx context.Context, f IncidentFilter) ([]Incident, error)
	// Ack notes who sees to an incident, the first time; later calls change nothing. [ErrNotFound] when there is none.
	Ack(ctx context.Context, id, by string, at time.Time) error
	// AddNote adds a note. [ErrNotFound] when there is no such incident.
	AddNote(ctx context.Context, id string, n Note) error
}
