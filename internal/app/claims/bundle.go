package claims

import (
	"context"
	"errors"
	"slices"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/store"
)

// bundle makes a bundle of the evidence behind statements: their verdicts in every version, and what these rest on.
func (d *Desk) bundle(ctx context.Context, of string, statements []report.Statement, head *ledger.Head) ([]byte, error) {
	b := &ledger.Bundle{Made: head.At, Subject: "verdicts", Head: *head}
	if of != "" {
		b.Subject = "verdicts on " + of
	}
	needed := map[uint64]bool{}
	for i := range statements { // a claim may stand in another entry than the one that its verdicts rest on
		switch c, err := d.Store.Claim(ctx, statements[i].Claim.ID); {
		case err == nil && c.Erased.IsZero():
			needed[c.Entry] = true
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	for i := range statements {
		versions, err := d.Store.Verdicts(ctx, statements[i].ID, "", "")
		if err != nil {
			return nil, err
		}
		for j := range versions {
			needed[versions[j].Entry] = true
			s, err := sealedOf(&versions[j])
			if err != nil {
				return nil, err
			}
			for _, n := range s.RestsOn {
				needed[n] = true
			}
		}
	}
	var err error
	if b.Entries, err = d.Store.LedgerEntries(ctx, 1, int(min(head.Number, ledger.MaxEntries+1))); err != nil { //nolint:gosec // at most 100,001
		return nil, err
	}
	for n := range needed {
		b.RestsOn = append(b.RestsOn, n)
	}
	slices.Sort(b.RestsOn)
	for i := range b.Entries {
		e := &b.Entries[i]
		if !needed[e.Number] && e.Kind != ledger.KindTombstone && e.Kind != ledger.KindKey {
			continue
		}
		c, err := d.Store.LedgerContent(ctx, e.Number)
		if errors.Is(err, store.ErrNotFound) {
			continue // its tombstone is there, or the bundle does not hold
		}
		if err != nil {
			return nil, err
		}
		b.Content = append(b.Content, c)
	}
	given, err := d.Store.GivenHeads(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range given {
		if h.Number <= head.Number && h.Head != *head && len(b.Heads) < ledger.MaxEntries {
			b.Heads = append(b.Heads, h.Head)
		}
	}
	raw, err := b.Marshal()
	if errors.Is(err, ledger.ErrTooLarge) {
		return nil, desk.Refuse("%v", err)
	}
	return raw, err
}
