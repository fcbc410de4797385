package claims

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// Deciding asks for verdicts: on every target of a claim, or on a host, whoever names it.
type Deciding struct {
	Of string `json:"of"`
}

// Decided is what came of it.
type Decided struct {
	Verdicts []DecidedVerdict `json:"verdicts"`
	Notes    []string         `json:"notes"`
}

// DecidedVerdict is a verdict as it stands now.
type DecidedVerdict struct {
	ID      string    `json:"id"`
	Version int       `json:"version"`
	New     bool      `json:"new"` // false when it says what the version before said
	At      time.Time `json:"at"`
	Entry   uint64    `json:"entry"` // of the ledger
	Sealed
}

// Sealed is a verdict as the ledger holds it.
type Sealed struct {
	ID       string     `json:"id"`
	Version  int        `json:"version"`
	Claim    string     `json:"claim,omitempty"`
	Claimed  string     `json:"claimed,omitempty"` // the host as the claim spells it, where that is another than the target
	Verdict  Verdict    `json:"verdict"`
	Rounds   int        `json:"rounds"`
	Networks int        `json:"networks"`
	Received []string   `json:"received_under"` // labels under which what it rests on was given to us
	RestsOn  []uint64   `json:"rests_on"`       // entries of the ledger
	Evidence []Material `json:"evidence"`
}

// The limits of one question.
const (
	maxDecided = 200                 // targets of a claim that are watched
	around     = 15 * 24 * time.Hour // listings and claims that far from the question's own are looked at
)

// decide makes verdicts and keeps those that say something new.
func (d *Desk) decide(ctx context.Context, in Deciding) (Decided, error) {
	out := Decided{Verdicts: []DecidedVerdict{}, Notes: []string{}}
	asked, err := d.asked(ctx, in.Of)
	if err != nil {
		return out, err
	}
	for i := range asked {
		kept, notes, err := d.answer(ctx, &asked[i], asked[i].speaksOf)
		if errors.Is(err, store.ErrNotFound) {
			return out, desk.Refuse("what is claimed of %s was erased meanwhile: ask again", asked[i].host)
		}
		if err != nil {
			return out, err
		}
		out.Verdicts, out.Notes = append(out.Verdicts, kept...), append(out.Notes, notes...)
	}
	return out, nil
}

// answer makes verdicts on one target and keeps those that are wanted and say something new. [store.ErrNotFound] says that a claim that one rests on, or
// its target, was erased meanwhile; that one is not kept.
func (d *Desk) answer(ctx context.Context, q *asking, wanted func(*Verdict) bool) (all []DecidedVerdict, notes []string, err error) {
	judge := &Judge{Store: d.Store, Now: d.Now}
	found, err := judge.VerdictOf(ctx, q.Asked)
	if errors.Is(err, ErrTooMuch) {
		return nil, nil, desk.Refuse("%v", err)
	}
	if err != nil {
		return nil, nil, err
	}
	for i := range found.Verdicts {
		v := &found.Verdicts[i]
		if !wanted(v) {
			continue
		}
		kept, note, err := d.keepVerdict(ctx, q, v)
		if err != nil {
			return all, nil, err
		}
		all = append(all, kept)
		if note != "" {
			found.Notes = append(found.Notes, note)
		}
	}
	return all, found.Notes, nil
}

// keepVerdict writes a version, with what it rests on, unless the version before says the same, or stands because what was seen is not kept any more.
// Where that counts, a note says so.
func (d *Desk) keepVerdict(ctx context.Context, q *asking, v *Verdict) (out DecidedVerdict, note string, err error) {
	q = q.about(v)
	s, err := d.unsealed(ctx, q, v)
	if err != nil {
		return out, "", err
	}
	before, err := d.Store.Verdicts(ctx, s.ID, "", "")
	if err != nil {
		return out, "", err
	}
	old := v.Window.From.Before(d.Now().Add(-store.KeepResults))
	if old && q.watched {
		note = fmt.Sprintf("%s: results are kept for %d days, and the window began before: what is gone counts as not seen", v.Target, keptDays)
	}
	s.Version = len(before) + 1
	if len(before) > 0 {
		last := &before[len(before)-1]
		was, err := sealedOf(last)
		if err != nil {
			return out, "", err
		}
		stands := old && was.outlasts(v)
		if stands {
			note = fmt.Sprintf("%s: results are kept for %d days, and the window began before: what was said on %s stands", v.Target, keptDays, last.At.Format(time.DateOnly))
		}
		if stands || sameVerdict(&was.Verdict, &s.Verdict) && sameMarks(was.Evidence, within(q.marks, v)) && slices.Equal(was.Received, s.Received) {
			return DecidedVerdict{ID: s.ID, Version: last.Version, At: last.At, Entry: last.Entry, Sealed: was}, note, nil
		}
		s.Evidence = was.Evidence // what is the same needs no second entry
	}
	out, err = d.sealVerdict(ctx, q, v, s)
	return out, note, err
}

// keptDays is for how long results are kept, in days.
const keptDays = int(store.KeepResults / (24 * time.Hour))

// outlasts reports whether a version stands although it is judged anew, when results of its window are gone: unless its window went on since, and worse
// was seen in what is left. A version for which nobody looked has nothing to lose.
func (s *Sealed) outlasts(v *Verdict) bool {
	return s.Verdict.Watched && (!v.Window.To.After(s.Verdict.Window.To) || v.Verdict <= s.Verdict.Verdict)
}

// unsealed returns a verdict as it will be sealed, without its version and what it rests on.
func (d *Desk) unsealed(ctx context.Context, q *asking, v *Verdict) (Sealed, error) {
	s := Sealed{Verdict: *v, Rounds: v.Rounds, Networks: v.Networks}
	s.Verdict.Sources = slices.Clone(v.Sources)
	for i := range s.Verdict.Sources {
		if s.Verdict.Sources[i].Kind != claim.List {
			s.Verdict.Sources[i].Name = "" // the claim says who; it can be erased
		}
	}
	feeds, err := orders.Labels(ctx, d.Store)
	if err != nil {
		return s, err
	}
	s.Received = labelsOf(q.claims, q.Listings, feeds)
	began := v.Window.From
	for i, from := range v.Sources {
		if i == 0 || from.First.Before(began) {
			began = from.First
		}
	}
	if q.claim != nil {
		s.Claim = q.claim.ID
		if q.host != v.Target {
			s.Claimed = q.host
		}
	}
	s.ID = verdictID(s.Claim, v.Target, began)
	return s, nil
}

// sealVerdict writes a version into the ledger and the store, with what it rests on.
func (d *Desk) sealVerdict(ctx context.Context, q *asking, v *Verdict, s Sealed) (DecidedVerdict, error) {
	materials, err := d.materials(ctx, q, v)
	if err != nil {
		return DecidedVerdict{}, err
	}
	out := DecidedVerdict{ID: s.ID, Version: s.Version, New: true}
	_, err = d.record(ctx, func(w *writer) error {
		w.step.Needs = q.needs()
		s.seal(w, q, within(q.marks, v), materials)
		out.At, out.Entry = w.now, w.addJSON(kindVerdict, s)
		doc, err := json.Marshal(s)
		w.step.Verdicts = []store.KeptVerdict{{
			ID: s.ID, Version: s.Version, Claim: s.Claim, Target: v.Target, At: w.now, Entry: out.Entry, Doc: doc,
		}}
		return err
	})
	out.Sealed = s
	return out, err
}

// labelsOf returns the labels under which claims, and the lists of feeds, were given to us, each once, in order. Where sources of one attack differ,
// all of their labels stand here, and the strictest holds. A list of which nobody said one has that of [orders.Labels]; a claim without one was given to
// us by nobody: somebody of ours saw it in public.
func labelsOf(all []store.KeptClaim, listings []seawall.Listing, feeds map[string]tlp.Label) []string {
	labels := []string{}
	for i := range all {
		if all[i].TLP != "" {
			labels = append(labels, all[i].TLP)
		}
	}
	for i := range listings {
		labels = append(labels, feeds[listings[i].Feed].String())
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

func sealedOf(v *store.KeptVerdict) (s Sealed, err error) {
	return s, json.Unmarshal(v.Doc, &s)
}

// sameMarks reports whether a version rests on these marks and no others.
func sameMarks(was []Material, marks []store.KeptMark) bool {
	var had []uint64
	for _, m := range was {
		if m.Kind == string(kindMark) {
			had = append(had, m.Entry)
		}
	}
	return slices.EqualFunc(had, marks, func(n uint64, m store.KeptMark) bool { return n == m.Entry })
}

// sameVerdict reports whether two verdicts say the same.
func sameVerdict(a, b *Verdict) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
