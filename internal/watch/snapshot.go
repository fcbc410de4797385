package watch

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// SnapshotVersion is the version of snapshots that this machine makes and takes.
const SnapshotVersion = 1

// ErrSnapshot says that a snapshot cannot be taken up: it is damaged, or of another version.
var ErrSnapshot = errors.New("not a snapshot of this machine")

// snapshot is everything that a machine knows and its configuration does not say.
type snapshot struct {
	Version   int                      `json:"version"`
	Now       time.Time                `json:"now"`
	LastID    int64                    `json:"last_id"`
	Counts    Counts                   `json:"counts"`
	Pending   []Fact                   `json:"pending"`
	Incidents map[int64]*Incident      `json:"incidents"`
	Sites     map[string]*siteState    `json:"sites"`
	Vantages  map[string]*vantageState `json:"vantages"`
}

// Snapshot returns the whole state as JSON of [SnapshotVersion]. A machine of the same configuration that takes it up goes on as this one would.
func (m *Machine) Snapshot() ([]byte, error) {
	out, err := json.Marshal(snapshot{SnapshotVersion, m.now, m.LastID, m.counts, m.pending, m.incidents, m.sites, m.vantages})
	if err != nil {
		return nil, fmt.Errorf("write the state of the lookout: %w", err)
	}
	return out, nil
}

// Restore takes up a snapshot, in place of whatever the machine knew. Sites and vantages that are no longer configured are forgotten. An
// incident in which no configured site goes on is forgotten, too; in others the parts of sites that are not configured are closed, see
// [Incident.Without]. New ones have seen nothing. On an error, which wraps [ErrSnapshot], the machine is unchanged.
func (m *Machine) Restore(data []byte) error {
	var from snapshot
	if err := json.Unmarshal(data, &from); err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	if from.Version != SnapshotVersion {
		return fmt.Errorf("%w: version %d, want %d", ErrSnapshot, from.Version, SnapshotVersion)
	}
	m.now, m.LastID, m.counts, m.pending = from.Now, from.LastID, from.Counts, from.Pending
	m.incidents = make(map[int64]*Incident)
	for name, s := range m.sites {
		kept := from.Sites[name]
		if kept == nil {
			kept = &siteState{}
		}
		kept.Site, kept.inside = s.Site, s.inside
		kept.mend(m)
		m.sites[name] = kept
	}
	for name, v := range m.vantages {
		kept := from.Vantages[name]
		if kept == nil {
			kept = &vantageState{Health: v.Vantage.Health}
		}
		kept.Vantage, kept.network = v.Vantage, v.network
		kept.Begins, kept.Against = m.watched(kept.Begins), m.watched(kept.Against)
		if len(kept.Against) > 0 {
			kept.Hold = nil
		}
		if kept.Hold != nil {
			kept.Hold.Sites = m.watched(kept.Hold.Sites)
		}
		m.vantages[name] = kept
	}
	m.rejoin(from.Incidents)
	m.nextDue = time.Time{}
	clear(m.dirty)
	for _, s := range m.sites {
		s.due = m.when(s)
	}
	return nil
}

// mend forgets what was measured from vantages that are no longer configured, and whatever this machine could not have written.
func (s *siteState) mend(m *Machine) {
	if s.Ballots == nil {
		s.Ballots = make(map[string]*ballot)
	}
	maps.DeleteFunc(s.Ballots, func(vantage string, b *ballot) bool { return b == nil || m.vantages[vantage] == nil })
	if len(s.Base.Steps) != histogramSteps {
		s.Base = histogram{}
	}
	s.Rounds, s.Windows = last(s.Rounds, maxRounds), last(s.Windows, maxWindows)
}

// watched returns those of begins whose sites are still watched.
func (m *Machine) watched(begins []begin) []begin {
	return slices.DeleteFunc(begins, func(b begin) bool { return m.sites[b.Site] == nil })
}

// rejoin keeps the incidents that a watched site still has a part in; the parts of sites that are no longer watched are closed. A part without its incident
// is forgotten.
func (m *Machine) rejoin(incidents map[int64]*Incident) {
	gone := func(site string) bool { return m.sites[site] == nil }
	for _, name := range m.order {
		s := m.sites[name]
		for _, e := range []*episode{s.Outage, s.Soft} {
			if e == nil {
				continue
			}
			i := incidents[e.Incident]
			switch {
			case i != nil && i.has(name):
				i.ID = e.Incident
				*i, _ = i.Without(gone, m.now)
				i.sum()
				m.incidents[i.ID] = i
			case e == s.Outage:
				s.Outage = nil
			default:
				s.Soft = nil
			}
		}
	}
}
