package claims

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// The kinds of entries beside those of the format, see docs/formats/ledger.md.
const (
	kindClaim    ledger.Kind = "claim"
	kindText     ledger.Kind = "text"
	kindEvidence ledger.Kind = "evidence"
	kindBody     ledger.Kind = "body"
	kindVerdict  ledger.Kind = "verdict"
	kindExport   ledger.Kind = "export"
	kindMark     ledger.Kind = "mark"
)

// writer adds entries to the ledger, in one step of the store.
type writer struct {
	key  ed25519.PrivateKey
	now  time.Time
	last ledger.Entry
	step store.ClaimStep
	err  error // the first
}

// add seals content and returns the number of its entry. Once something failed it does nothing.
func (w *writer) add(kind ledger.Kind, content []byte) uint64 {
	var salt [ledger.SaltSize]byte
	if w.err != nil {
		return 0
	}
	_, _ = rand.Read(salt[:]) // never fails (crypto/rand)
	e, c, err := ledger.Next(w.key, &w.last, w.now, kind, salt, content)
	if err != nil {
		w.err = err
		return 0
	}
	w.last = e
	w.step.Entries, w.step.Contents = append(w.step.Entries, e), append(w.step.Contents, c)
	return e.Number
}

// addJSON is add of a value.
func (w *writer) addJSON(kind ledger.Kind, v any) uint64 {
	b, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	return w.add(kind, b)
}

// bury erases the content behind an entry, and says so.
func (w *writer) bury(number uint64, reason string) {
	w.addJSON(ledger.KindTombstone, ledger.Tombstone{Number: number, Reason: reason})
	w.step.EraseBehind = append(w.step.EraseBehind, number)
}

// giveHead returns the head after what was added, and notes that it leaves the house.
func (w *writer) giveHead(way string) ledger.Head {
	h := ledger.HeadOf(w.key, &w.last, w.now)
	if !h.IsZero() {
		w.step.Heads = append(w.step.Heads, store.GivenHead{Head: h, Way: way})
	}
	return h
}

// record writes what do puts together, all or nothing, and returns the number of the ledger's last entry. do is not to use the store.
func (d *Desk) record(ctx context.Context, do func(w *writer) error) (last uint64, err error) {
	key, err := d.key(ctx)
	if err != nil {
		return 0, err
	}
	err = d.Store.RecordClaims(ctx, func(e ledger.Entry) (store.ClaimStep, error) {
		// After a change of the key, which the old one signed, ours has to be another; else the same.
		if e.Number > 0 && (e.Kind == ledger.KindKey) == (e.Key == ledger.PublicOf(key)) {
			return store.ClaimStep{}, fmt.Errorf("the ledger goes on with another key than %s holds: restore that from a backup", KeyName)
		}
		now := d.Now().UTC()
		w := &writer{key: key, now: now, last: e, step: store.ClaimStep{At: now}}
		if err := do(w); err != nil {
			return store.ClaimStep{}, err
		}
		last = w.last.Number
		return w.step, w.err
	})
	return last, err
}
