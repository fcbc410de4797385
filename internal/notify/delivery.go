package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Delivery is what became of one message on one channel, for people.
type Delivery struct {
	ID       string    `json:"id"` // of the message
	Receiver string    `json:"receiver"`
	Channel  string    `json:"channel"`
	Key      string    `json:"key"`
	Kind     Kind      `json:"kind"`
	Subject  string    `json:"subject"` // in English
	State    State     `json:"state"`
	At       time.Time `json:"at"`       // when it was made
	Due      time.Time `json:"due"`      // while it waits: when it is tried next
	Attempts int       `json:"attempts"` // so far
	Sent     time.Time `json:"sent,omitzero"`
	Since    time.Time `json:"failing_since,omitzero"`
	Problem  string    `json:"problem,omitempty"` // holds no secret
}

// Deliveries returns what became of the latest messages, the newest first, at most limit of them.
func Deliveries(ctx context.Context, o Outbox, limit int) ([]Delivery, error) {
	rows, err := o.List(ctx, "", "", limit)
	if err != nil {
		return nil, fmt.Errorf("list outbox: %w", err)
	}
	all := make([]Delivery, 0, len(rows))
	for _, row := range rows {
		var content doc
		if err := json.Unmarshal(row.Doc, &content); err != nil {
			content.Problem = "the stored message cannot be read"
		}
		n := notice(&Receiver{Name: row.Receiver}, &content)
		all = append(all, Delivery{
			ID: content.Notice, Receiver: row.Receiver, Channel: row.Channel, Key: row.Key, Kind: content.Message.Kind, Subject: n.Subject(),
			State: row.State, At: row.At, Due: row.Due, Attempts: row.Attempts, Sent: content.Sent, Since: content.Since, Problem: content.Problem,
		})
	}
	return all, nil
}

// String returns the delivery in a line, such as "delivered 12:03 to ops by mail ops@example.org", in UTC.
func (d Delivery) String() string {
	const clock = "15:04"
	to := " to " + d.Receiver + " by " + d.Channel
	switch {
	case d.State == Delivered:
		return "delivered " + d.Sent.UTC().Format(clock) + to
	case d.State == Failed:
		return "not delivered" + to + ": " + d.Problem
	case d.Attempts > 0:
		return fmt.Sprintf("failing since %s%s: %s (tries: %d, next %s)",
			d.Since.UTC().Format(clock), to, d.Problem, d.Attempts, d.Due.UTC().Format(clock))
	}
	return "waiting until " + d.Due.UTC().Format(clock) + to
}
