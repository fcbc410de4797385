package claims

import (
	"context"
	"time"

	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// forgetAtOnce bounds what one step forgets.
const forgetAtOnce = 500

// Forget removes the texts of claims that are older than [KeepText], and returns how many; and the evidence of verdicts that is older than its time. It
// runs whenever a claim comes in, and daily where a process runs.
func (d *Desk) Forget(ctx context.Context) (n int, err error) {
	for {
		old, err := d.Store.Claims(ctx, store.ClaimFilter{Until: d.Now().Add(-KeepText), Text: true, Limit: forgetAtOnce})
		if err != nil {
			return n, err
		}
		if len(old) == 0 {
			return n, d.forgetEvidence(ctx)
		}
		_, err = d.record(ctx, func(w *writer) error {
			for i := range old {
				w.bury(old[i].Text, ReasonRetention)
				w.step.ForgetText = append(w.step.ForgetText, old[i].ID)
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += len(old)
	}
}

// forgetEvidence removes contents of the ledger that verdicts rest on, when their time has come. The verdicts stay, with the hashes.
func (d *Desk) forgetEvidence(ctx context.Context) error {
	for _, what := range []struct {
		kind ledger.Kind
		keep time.Duration
	}{{kindBody, KeepBodies}, {kindEvidence, KeepEvidence}} {
		for {
			old, err := d.Store.LedgerKept(ctx, what.kind, d.Now().Add(-what.keep), forgetAtOnce)
			if err != nil {
				return err
			}
			if len(old) == 0 {
				break
			}
			_, err = d.record(ctx, func(w *writer) error {
				for _, n := range old {
					w.bury(n, ReasonRetention)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
