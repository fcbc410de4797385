package storetest

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/store"
)

// ledgerKey signs in these tests.
var ledgerKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// entryAfter returns an entry and its content.
func entryAfter(t *testing.T, last *ledger.Entry, kind ledger.Kind, content string) (ledger.Entry, ledger.Content) {
	t.Helper()
	e, c, err := ledger.Next(ledgerKey, last, noon, kind, [ledger.SaltSize]byte{byte(last.Number), 1}, []byte(content))
	check(t, err)
	return e, c
}

// record writes a step with one entry of the ledger.
func record(t *testing.T, s store.Store, kind ledger.Kind, content string, also func(n uint64, step *store.ClaimStep)) {
	t.Helper()
	check(t, s.RecordClaims(t.Context(), func(last ledger.Entry) (store.ClaimStep, error) {
		e, c := entryAfter(t, &last, kind, content)
		step := store.ClaimStep{Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}, At: noon.Add(time.Hour)}
		also(e.Number, &step)
		return step, nil
	}))
}

// recordNeeding writes an entry that rests on a target of a claim.
func recordNeeding(t *testing.T, s store.Store, id, host string) error {
	t.Helper()
	before := must(s.LastEntry(t.Context()))(t)
	err := s.RecordClaims(t.Context(), func(last ledger.Entry) (store.ClaimStep, error) {
		e, c := entryAfter(t, &last, "verdict", "rests on it")
		needs := []store.KeptTarget{{Claim: id, Host: host}}
		return store.ClaimStep{Needs: needs, Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}, At: noon.Add(time.Hour)}, nil
	})
	if after := must(s.LastEntry(t.Context()))(t); err != nil && after != before {
		t.Errorf("entry %d was written in spite of %v", after.Number, err)
	}
	return err
}

func testClaim(id string, received time.Time) store.KeptClaim {
	return store.KeptClaim{Claim: seawall.Claim{
		ID: id, Claimant: "The Example Group", Source: "a channel", Kind: seawall.ClaimPost, Posted: noon.Add(-time.Hour), Precision: seawall.PreciseMinute,
		Received: received, Reliability: "c", Credibility: "3", TLP: "TLP:GREEN", Language: "da", Text: "vi tog dem ned", Hash: "00ff",
		Targets: []seawall.ClaimTarget{
			{Host: "www.b.example", Site: "B", Via: seawall.MatchHost}, {Host: "a.example", Via: seawall.NotWatched},
		},
		Proof: []string{"https://check-host.net/check-report/1"},
	}, Results: []byte(`{"a":null}`), Entry: 1, Text: 2}
}

func testClaims(t *testing.T, place Place) {
	s := open(t, place)
	one, two := testClaim("c-1", noon), testClaim("c-2", noon.Add(time.Minute))
	two.Targets, two.Results, two.Claim.Text, two.Text = two.Targets[1:], nil, "", 0
	record(t, s, "claim", "one", func(_ uint64, step *store.ClaimStep) { step.Claims = []store.KeptClaim{one} })
	record(t, s, "claim", "two", func(_ uint64, step *store.ClaimStep) { step.Claims = []store.KeptClaim{two} })

	same(t, "claim", one, must(s.Claim(t.Context(), "c-1"))(t))
	_, err := s.Claim(t.Context(), "c-3")
	wantErr(t, err, store.ErrNotFound)
	same(t, "all", []store.KeptClaim{two, one}, must(s.Claims(t.Context(), store.ClaimFilter{}))(t))
	same(t, "of a host", []store.KeptClaim{one}, must(s.Claims(t.Context(), store.ClaimFilter{Host: "www.b.example"}))(t))
	same(t, "since", []store.KeptClaim{two}, must(s.Claims(t.Context(), store.ClaimFilter{Since: noon.Add(time.Second)}))(t))
	same(t, "until", []store.KeptClaim{one}, must(s.Claims(t.Context(), store.ClaimFilter{Until: noon.Add(time.Second)}))(t))
	same(t, "with text", []store.KeptClaim{one}, must(s.Claims(t.Context(), store.ClaimFilter{Text: true}))(t))
	same(t, "standing", []store.KeptClaim{two, one}, must(s.Claims(t.Context(), store.ClaimFilter{Standing: true}))(t))
	bare := one
	bare.Claim.Text, bare.Results, bare.Targets = "", nil, nil
	same(t, "bare", []store.KeptClaim{bare}, must(s.Claims(t.Context(), store.ClaimFilter{Host: "www.b.example", Bare: true}))(t))
	same(t, "the latest", []store.KeptClaim{two}, must(s.Claims(t.Context(), store.ClaimFilter{Limit: 1}))(t))

	check(t, recordNeeding(t, s, "c-1", "a.example"))
	wantErr(t, recordNeeding(t, s, "c-1", "c.example"), store.ErrNotFound)
	wantErr(t, recordNeeding(t, s, "c-2", "www.b.example"), store.ErrNotFound)

	record(t, s, ledger.KindTombstone, "forgotten", func(_ uint64, step *store.ClaimStep) { step.ForgetText = []string{"c-1"} })
	one.Claim.Text, one.Results, one.Forgot = "", nil, noon.Add(time.Hour)
	same(t, "without its text", one, must(s.Claim(t.Context(), "c-1"))(t))
	same(t, "with text", 0, len(must(s.Claims(t.Context(), store.ClaimFilter{Text: true}))(t)))
}

func testClaimErased(t *testing.T, place Place) {
	s := open(t, place)
	c := testClaim("c-1", noon)
	record(t, s, "claim", "what was said", func(_ uint64, step *store.ClaimStep) { step.Claims = []store.KeptClaim{c} })
	record(t, s, "verdict", "on b", func(n uint64, step *store.ClaimStep) {
		step.Verdicts = []store.KeptVerdict{
			{ID: "c-1/b", Version: 1, Claim: "c-1", Target: "www.b.example", At: noon, Entry: n, Doc: []byte(`{"v":1}`)},
			{ID: "c-1/b", Version: 2, Claim: "c-1", Target: "www.b.example", At: noon.Add(time.Minute), Entry: n, Doc: []byte(`{"v":2}`)},
			{ID: "c-1/a", Version: 1, Claim: "c-1", Target: "a.example", At: noon, Entry: n, Doc: []byte(`{"v":3}`)},
		}
	})
	same(t, "of a target", 2, len(must(s.Verdicts(t.Context(), "", "", "www.b.example"))(t)))
	same(t, "of a claim", 3, len(must(s.Verdicts(t.Context(), "", "c-1", ""))(t)))
	same(t, "of an ID", []store.KeptVerdict{{ID: "c-1/a", Version: 1, Claim: "c-1", Target: "a.example", At: noon, Entry: 2, Doc: []byte(`{"v":3}`)}},
		must(s.Verdicts(t.Context(), "c-1/a", "", ""))(t))

	record(t, s, ledger.KindTombstone, `{"number":1,"reason":"asked for"}`, func(_ uint64, step *store.ClaimStep) {
		step.Erase, step.EraseBehind = []string{"c-1"}, []uint64{1}
		step.EraseTarget, step.EraseVerdicts = []store.KeptTarget{{Claim: "c-1", Host: "www.b.example"}}, []string{"c-1/b"}
	})
	wantErr(t, recordNeeding(t, s, "c-1", "a.example"), store.ErrNotFound)
	want := store.KeptClaim{
		Claim: seawall.Claim{ID: "c-1", Kind: c.Kind, Posted: c.Posted, Precision: seawall.PreciseUnknown, Received: c.Received, Targets: c.Targets[1:]},
		Entry: 1, Text: 2, Erased: noon.Add(time.Hour),
	}
	same(t, "what is left", want, must(s.Claim(t.Context(), "c-1"))(t))
	same(t, "standing", 0, len(must(s.Claims(t.Context(), store.ClaimFilter{Standing: true}))(t)))
	same(t, "of the target", 0, len(must(s.Verdicts(t.Context(), "", "", "www.b.example"))(t)))
	same(t, "of the other", 1, len(must(s.Verdicts(t.Context(), "", "", "a.example"))(t)))
	same(t, "kept", []uint64{2}, must(s.LedgerKept(t.Context(), "verdict", time.Time{}, 0))(t))
	same(t, "kept of what went", 0, len(must(s.LedgerKept(t.Context(), "claim", time.Time{}, 0))(t)))
	same(t, "kept before", 0, len(must(s.LedgerKept(t.Context(), "verdict", noon, 0))(t)))
	_, err := s.LedgerContent(t.Context(), 1)
	wantErr(t, err, store.ErrNotFound)
	same(t, "entries", 3, len(must(s.LedgerEntries(t.Context(), 1, 0))(t)))
}

// Entries come back as they were signed, after a restart too, and nothing is written that does not follow.
func testMarks(t *testing.T, place Place) {
	s := open(t, place)
	c := testClaim("c-1", noon)
	record(t, s, "claim", "what was said", func(_ uint64, step *store.ClaimStep) { step.Claims = []store.KeptClaim{c} })
	var all []store.KeptMark
	for i, host := range []string{"a.example", "b.example", "a.example"} {
		record(t, s, "mark", host, func(n uint64, step *store.ClaimStep) {
			m := store.KeptMark{
				Entry: n, Host: host, Seen: "templates", Role: "edge", From: noon.Add(time.Duration(-i) * time.Minute), Until: noon.Add(time.Hour),
				At: noon.Add(2 * time.Hour),
			}
			all, step.Marks = append(all, m), []store.KeptMark{m}
		})
	}
	same(t, "all", all, must(s.Marks(t.Context(), "", 0))(t))
	same(t, "of a host", []store.KeptMark{all[0], all[2]}, must(s.Marks(t.Context(), "a.example", 0))(t))
	same(t, "the last", all[2:], must(s.Marks(t.Context(), "a.example", 1))(t))

	record(t, s, ledger.KindTombstone, "mistake", func(n uint64, step *store.ClaimStep) {
		c.Entry, c.Proof = n, nil
		step.EraseMarks, step.Reenter = []uint64{all[0].Entry}, []store.KeptClaim{c}
	})
	same(t, "what stands", all[1:], must(s.Marks(t.Context(), "", 0))(t))
	same(t, "the claim", c, must(s.Claim(t.Context(), "c-1"))(t))
}

func testLedger(t *testing.T, place Place) {
	s := place(t, func() time.Time { return noon })
	same(t, "last entry of none", ledger.Entry{}, must(s.LastEntry(t.Context()))(t))
	var want []ledger.Entry
	for _, content := range []string{"one", "two\x00\xff", ""} {
		check(t, s.RecordClaims(t.Context(), func(last ledger.Entry) (store.ClaimStep, error) {
			same(t, "last", uint64(len(want)), last.Number)
			e, c := entryAfter(t, &last, "claim", content)
			want = append(want, e)
			h := ledger.HeadOf(ledgerKey, &e, noon)
			return store.ClaimStep{Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}, Heads: []store.GivenHead{{Head: h, Way: "export"}}}, nil
		}))
	}
	check(t, s.Close())
	s = open(t, place)
	same(t, "entries", want, must(s.LedgerEntries(t.Context(), 0, 0))(t))
	same(t, "last entry", want[len(want)-1], must(s.LastEntry(t.Context()))(t))
	same(t, "some entries", want[1:2], must(s.LedgerEntries(t.Context(), 2, 1))(t))
	content := must(s.LedgerContent(t.Context(), 2))(t)
	if !want[1].Holds(&content) {
		t.Errorf("content of entry 2 came back as %q", content.Bytes)
	}
	heads := must(s.GivenHeads(t.Context()))(t)
	if len(heads) != 3 || heads[2].Hash != want[2].Hash() || !heads[2].Signed() || heads[2].Way != "export" {
		t.Errorf("got heads %v", heads)
	}

	odd := errors.New("odd")
	for name, next := range map[string]func(last ledger.Entry) (store.ClaimStep, error){
		"an error": func(ledger.Entry) (store.ClaimStep, error) { return store.ClaimStep{}, odd },
		"a gap": func(last ledger.Entry) (store.ClaimStep, error) {
			last.Number++
			e, c := entryAfter(t, &last, "claim", "")
			return store.ClaimStep{Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}}, nil
		},
		"another chain": func(last ledger.Entry) (store.ClaimStep, error) {
			last.Kind = "verdict"
			e, c := entryAfter(t, &last, "claim", "")
			return store.ClaimStep{Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}}, nil
		},
		"a signature that does not hold": func(last ledger.Entry) (store.ClaimStep, error) {
			e, c := entryAfter(t, &last, "claim", "")
			e.Signature[0] ^= 1
			return store.ClaimStep{Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}}, nil
		},
		"a claim twice": func(last ledger.Entry) (store.ClaimStep, error) {
			e, c := entryAfter(t, &last, "claim", "")
			twice := testClaim("c-1", noon)
			return store.ClaimStep{Entries: []ledger.Entry{e}, Contents: []ledger.Content{c}, Claims: []store.KeptClaim{twice, twice}}, nil
		},
	} {
		if err := s.RecordClaims(t.Context(), next); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	same(t, "entries", 3, len(must(s.LedgerEntries(t.Context(), 0, 0))(t)))
	same(t, "claims", 0, len(must(s.Claims(t.Context(), store.ClaimFilter{}))(t)))
}
