package claims

import (
	"context"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/claim/ledger"
)

// GivingHead asks for a head that leaves the house. Way says how: "mail", "alert", "report", ….
type GivingHead struct {
	Way string `json:"way"`
}

// Head is the head of the ledger as it leaves.
type Head struct {
	Head   string      `json:"head"` // the line, see [ledger.Head]; empty while the ledger is
	Number uint64      `json:"number"`
	Hash   ledger.Hash `json:"hash"`
}

// giveHead notes that the head leaves the house. Heads that were given away go into every bundle from then on, so that a chain that was written anew
// does not hold.
func (d *Desk) giveHead(ctx context.Context, in GivingHead) (Head, error) {
	if in.Way == "" || len(in.Way) > 40 {
		return Head{}, desk.Refuse("say in a word how it leaves")
	}
	var h ledger.Head
	_, err := d.record(ctx, func(w *writer) error {
		h = w.giveHead(in.Way)
		return nil
	})
	if err != nil || h.IsZero() {
		return Head{}, err
	}
	return Head{Head: h.String(), Number: h.Number, Hash: h.Hash}, nil
}

// NextHead returns the line that goes into a message, and notes that it went that way; "" while nothing is in the ledger. It is for whatever sends
// messages beside this desk: the daily message, reports.
func (d *Desk) NextHead(ctx context.Context, way string) (string, error) {
	last, err := d.Store.LastEntry(ctx)
	if err != nil || last.Number == 0 {
		return "", err
	}
	h, err := d.giveHead(ctx, GivingHead{Way: way})
	return h.Head, err
}

// heads gives out the head with whatever is told. The same head goes out as often as it is asked for, and is noted once: what it vouches for is the
// same.
type heads struct {
	desk  *Desk
	turn  chan struct{} // holds one; whoever has it may look at given
	given Head          // the last
}

func newHeads(d *Desk) *heads { return &heads{desk: d, turn: make(chan struct{}, 1)} }

// next returns the line of the head as it stands; "" while nothing is in the ledger.
func (h *heads) next(ctx context.Context, way string) (string, error) {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	last, err := h.desk.Store.LastEntry(ctx)
	switch {
	case err != nil || last.Number == 0:
		return "", err
	case last.Number == h.given.Number:
		return h.given.Head, nil
	}
	given, err := h.desk.giveHead(ctx, GivingHead{Way: way})
	if err != nil {
		return "", err
	}
	h.given = given
	return given.Head, nil
}
