package claims

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// traces are what is kept of targets of a claim beside the claim itself.
type traces struct {
	verdicts []string       // IDs
	entries  []uint64       // of the ledger: of these verdicts and their evidence, and of exports that name the targets
	exports  []sealedExport // what is left of such exports
}

// tracesOf finds the verdicts on targets that were made of a claim, by whatever name of the target, and what rests on or speaks of them. A verdict on
// the host, whoever claims it, is among them when it rests on the claim, or on one that is gone.
func (d *Desk) tracesOf(ctx context.Context, c *store.KeptClaim, targets []store.KeptTarget, who *roster) (t traces, err error) {
	ofClaim, err := d.Store.Verdicts(ctx, "", c.ID, "")
	if err != nil {
		return t, err
	}
	var names []string
	for _, target := range targets {
		names = append(names, who.names(target.Host)...)
	}
	ofHost, err := d.verdictsOn(ctx, names)
	if err != nil {
		return t, err
	}
	for _, v := range slices.Concat(ofClaim, ofHost) {
		if v.Target == "" || v.Claim != "" && v.Claim != c.ID {
			continue // gone before, or of another claim
		}
		s, err := sealedOf(&v)
		if err != nil {
			return t, err
		}
		is := slices.Contains(names, v.Target) || s.Claimed != "" && slices.Contains(names, s.Claimed)
		if is && v.Claim == "" {
			if is, err = d.restsOn(ctx, &s, c); err != nil {
				return t, err
			}
		}
		if is {
			t.verdict(&v, &s)
		}
	}
	err = d.exportsOf(ctx, &t, names)
	return t, err
}

// verdict adds a version of a verdict, and the evidence behind it.
func (t *traces) verdict(v *store.KeptVerdict, s *Sealed) {
	if !slices.Contains(t.verdicts, v.ID) {
		t.verdicts = append(t.verdicts, v.ID)
	}
	t.entries = append(t.entries, v.Entry)
	for _, m := range s.Evidence {
		if m.Kind != "claim" && m.Kind != "text" && m.Kind != string(kindMark) {
			t.entries = append(t.entries, m.Entry)
		}
	}
}

// restsOn reports whether a verdict rests on a claim, or on one whose entry has no content any more: that may be an earlier one of the same claim.
func (d *Desk) restsOn(ctx context.Context, s *Sealed, c *store.KeptClaim) (bool, error) {
	for _, m := range s.Evidence {
		if m.Kind != "claim" {
			continue
		}
		if m.Entry == c.Entry {
			return true, nil
		}
		if there, err := d.present(ctx, []uint64{m.Entry}); err != nil || len(there) == 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// exportsOf adds the exports that name a host or a verdict that goes, and what is left of each.
func (d *Desk) exportsOf(ctx context.Context, t *traces, names []string) error {
	all, err := d.Store.LedgerKept(ctx, kindExport, time.Time{}, 0)
	if err != nil {
		return err
	}
	for _, n := range all {
		content, err := d.Store.LedgerContent(ctx, n)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		left, named, err := without(&content, names, t.verdicts)
		if err != nil {
			return err
		}
		if named {
			t.entries, t.exports = append(t.entries, n), append(t.exports, left)
		}
	}
	return nil
}

// without returns an export without these hosts and verdicts, and whether it named one. The reason for which it left early goes when it speaks of one.
func without(c *ledger.Content, names, verdicts []string) (x sealedExport, named bool, err error) {
	if err := json.Unmarshal(c.Bytes, &x); err != nil {
		return x, false, err
	}
	was := len(x.Statements)
	x.Statements = slices.DeleteFunc(x.Statements, func(s string) bool {
		id, _, _ := strings.Cut(s, " version ")
		return slices.Contains(verdicts, id)
	})
	named = len(x.Statements) < was
	if slices.Contains(names, asciiOf(hostOf(x.Of))) {
		x.Of, named = "", true
	}
	early := strings.ToLower(x.Early)
	if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(early, name) }) {
		x.Early, named = "", true
	}
	x.Instead = c.Number
	return x, named, nil
}
