package notify

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Memory is an [Outbox] that lasts as long as the process. The zero value is empty.
type Memory struct {
	mu   sync.Mutex
	rows map[string]Row // guarded by mu
}

// Put implements [Outbox].
func (m *Memory) Put(ctx context.Context, rows []Row, instead []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows == nil {
		m.rows = map[string]Row{}
	}
	for _, id := range instead {
		if m.rows[id].State == Waiting {
			delete(m.rows, id)
		}
	}
	for _, r := range rows {
		if _, there := m.rows[r.ID]; !there {
			r.Doc = slices.Clone(r.Doc)
			m.rows[r.ID] = r
		}
	}
	return nil
}

// Due implements [Outbox].
func (m *Memory) Due(ctx context.Context, receiver, channel string, now time.Time) (Row, bool, error) {
	if err := ctx.Err(); err != nil {
		return Row{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var first Row
	var next time.Time
	for _, r := range m.rows {
		switch {
		case r.State != Waiting || r.Receiver != receiver || r.Channel != channel:
		case !r.Due.After(now):
			if first.ID == "" || r.ID < first.ID {
				first = r
			}
		case next.IsZero() || r.Due.Before(next):
			next = r.Due
		}
	}
	if first.ID == "" {
		return Row{Due: next}, false, nil
	}
	first.Doc = slices.Clone(first.Doc)
	return first, true, nil
}

// Update implements [Outbox].
func (m *Memory) Update(ctx context.Context, r Row) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, there := m.rows[r.ID]
	if !there {
		return nil
	}
	old.Due, old.Attempts, old.State, old.Doc = r.Due, r.Attempts, r.State, slices.Clone(r.Doc)
	m.rows[r.ID] = old
	return nil
}

// List implements [Outbox].
func (m *Memory) List(ctx context.Context, state State, before string, limit int) ([]Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []Row
	for _, r := range m.rows {
		if (before == "" || r.ID < before) && (state == "" || r.State == state) {
			r.Doc = slices.Clone(r.Doc)
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Row) int { return cmp.Compare(b.ID, a.ID) })
	return all[:min(len(all), max(0, limit))], nil
}

// Prune implements [Outbox].
func (m *Memory) Prune(ctx context.Context, before time.Time, keep int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.rows)
	var young []string
	for id, r := range m.rows {
		switch {
		case r.State == Waiting:
		case r.At.Before(before):
			delete(m.rows, id)
		default:
			young = append(young, id)
		}
	}
	slices.Sort(young)
	for _, id := range young[:max(0, len(young)-keep)] {
		delete(m.rows, id)
	}
	return n - len(m.rows), nil
}
