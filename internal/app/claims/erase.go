package claims

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store"
)

// How long contents of the ledger are kept whose hashes stay.
const (
	KeepText     = 365 * 24 * time.Hour // the text of a claim
	KeepEvidence = KeepText             // probes and lists that a verdict rests on
	KeepBodies   = store.KeepEvidence   // pages, as long as the lookout keeps them itself
)

// The reasons that a tombstone gives. The set is closed, so that none names somebody.
const (
	ReasonAsked     = "asked_for"
	ReasonMistake   = "mistake"
	ReasonRetention = "retention"
)

// Erasing has what is kept of a claim erased, or of some of its targets.
type Erasing struct {
	Claim   string   `json:"claim"`
	Targets []string `json:"targets,omitempty"` // these sites alone, by all names in the claim, with the verdicts on them; none for the claim's own words
	Reason  string   `json:"reason"`
}

// Erased is what came of it.
type Erased struct {
	Claim      string   `json:"claim"`
	Targets    []string `json:"targets"`
	Contents   []uint64 `json:"contents"` // entries of the ledger whose contents are gone
	Tombstones uint64   `json:"tombstones"`
	Again      uint64   `json:"again"` // the entry that holds what is left of the claim; 0 where nothing is, or nothing had to go
	Entry      uint64   `json:"entry"` // the last of the ledger
}

// errMoved says that the ledger went on between a look and what was to follow.
var errMoved = errors.New("the ledger went on meanwhile")

// erase removes contents for good. Their hashes stay, and tombstones say that they are gone.
func (d *Desk) erase(ctx context.Context, in Erasing) (out Erased, err error) {
	if in.Reason != ReasonAsked && in.Reason != ReasonMistake {
		return out, desk.Refuse("a reason is %s or %s: it stays for ever, so it names nobody", ReasonAsked, ReasonMistake)
	}
	const tries = 8 // as often as something is written between the look at what is there and the step that removes it
	for range tries {
		if out, err = d.eraseNow(ctx, in); !errors.Is(err, errMoved) {
			return out, err
		}
	}
	return out, desk.Refuse("%v: ask again", err)
}

// eraseNow removes what there is now; [errMoved] when meanwhile something came that may have to go too.
func (d *Desk) eraseNow(ctx context.Context, in Erasing) (Erased, error) {
	out := Erased{Claim: in.Claim, Targets: []string{}, Contents: []uint64{}}
	looked, err := d.Store.LastEntry(ctx)
	if err != nil {
		return out, err
	}
	c, err := d.claim(ctx, in.Claim)
	if err != nil {
		return out, err
	}
	gone := []uint64{c.Entry, c.Text}
	targets, on, err := d.going(ctx, &c, in.Targets)
	if err != nil {
		return out, err
	}
	for _, t := range targets {
		out.Targets = append(out.Targets, t.Host)
	}
	gone = append(gone, on.entries...)
	if out.Contents, err = d.present(ctx, gone); err != nil {
		return out, err
	}
	if len(out.Contents) == 0 && len(targets) == 0 && !c.Erased.IsZero() {
		return out, desk.Refuse("claim %s was erased on %s", c.ID, c.Erased.Format(time.DateOnly))
	}
	out.Entry, err = d.record(ctx, func(w *writer) error {
		if w.last.Number != looked.Number {
			return errMoved
		}
		for _, n := range out.Contents {
			w.bury(n, in.Reason)
		}
		w.step.EraseTarget, w.step.EraseVerdicts = targets, on.verdicts
		for i := range on.exports {
			w.addJSON(kindExport, on.exports[i])
		}
		if len(targets) == 0 {
			w.step.Erase = []string{c.ID}
		} else {
			w.step.ForgetText = []string{c.ID} // it may name them
			if slices.Contains(out.Contents, c.Entry) {
				out.Again = w.reenter(&c, targets)
			}
		}
		return nil
	})
	out.Tombstones = uint64(len(out.Contents))
	return out, err
}

// going returns the targets of a claim that are to go, and what is kept of them beside it.
func (d *Desk) going(ctx context.Context, c *store.KeptClaim, hosts []string) (targets []store.KeptTarget, on traces, err error) {
	if len(hosts) == 0 {
		return nil, on, nil
	}
	who, err := d.roster(ctx)
	if err != nil {
		return nil, on, err
	}
	if targets, err = targetsOf(c, hosts, who); err != nil {
		return nil, on, err
	}
	on, err = d.tracesOf(ctx, c, targets, who)
	return targets, on, err
}

// reenter enters a claim anew without some of its targets, and without links that name them; 0 when no target is left. Its text has gone: it may
// name them.
func (w *writer) reenter(c *store.KeptClaim, gone []store.KeptTarget) uint64 {
	left := *c
	left.Targets = slices.DeleteFunc(slices.Clone(c.Targets), func(t seawall.ClaimTarget) bool {
		return slices.ContainsFunc(gone, func(g store.KeptTarget) bool { return g.Host == t.Host })
	})
	left.Proof = slices.DeleteFunc(slices.Clone(c.Proof), func(link string) bool {
		return slices.ContainsFunc(gone, func(g store.KeptTarget) bool {
			return strings.Contains(strings.ToLower(link), strings.TrimPrefix(g.Host, "www."))
		})
	})
	if len(left.Targets) == 0 {
		return 0
	}
	left.Entry = w.addJSON(kindClaim, sealedOfClaim(&left.Claim, c.Entry))
	w.step.Reenter = []store.KeptClaim{left}
	return left.Entry
}

// targetsOf returns the targets that are to go: of each host all by which the claim names that site.
func targetsOf(c *store.KeptClaim, hosts []string, who *roster) ([]store.KeptTarget, error) {
	var all []store.KeptTarget
	for _, h := range hosts {
		host := asciiOf(hostOf(h))
		names, found := who.names(host), false
		for _, t := range c.Targets {
			if !slices.Contains(names, t.Host) {
				continue
			}
			found = true
			if goes := (store.KeptTarget{Claim: c.ID, Host: t.Host}); !slices.Contains(all, goes) {
				all = append(all, goes)
			}
		}
		if !found {
			return nil, desk.Refuse("claim %s does not name %.80s", c.ID, strings.ToValidUTF8(host, "?"))
		}
	}
	return all, nil
}

// present returns those of the entries whose contents are there, each once, in order.
func (d *Desk) present(ctx context.Context, numbers []uint64) ([]uint64, error) {
	slices.Sort(numbers)
	there := []uint64{}
	for _, n := range slices.Compact(numbers) {
		switch _, err := d.Store.LedgerContent(ctx, n); {
		case err == nil:
			there = append(there, n)
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return there, nil
}
