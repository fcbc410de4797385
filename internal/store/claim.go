package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim/ledger"
)

// KeptClaim is a claim as it is kept.
type KeptClaim struct {
	seawall.Claim
	Results []byte    // of a public checking service, as its API gives them in JSON; nil when none were handed in
	Entry   uint64    // of the ledger, that holds the claim
	Text    uint64    // of the ledger, that holds its text and results; 0 when it had none
	Forgot  time.Time // when the text was forgotten; zero while it is kept
	Erased  time.Time // when somebody had it erased; zero while it stands
}

// KeptVerdict is one version of a verdict. Versions are never overwritten.
type KeptVerdict struct {
	ID      string // of the verdict: what is asked about which target; the same for all versions
	Version int    // from 1
	Claim   string // the claim's ID; empty for a verdict on a target, whoever claims it
	Target  string
	At      time.Time
	Entry   uint64 // of the ledger
	Doc     json.RawMessage
}

// GivenHead is a head of the ledger that left the house.
type GivenHead struct {
	ledger.Head
	Way string // how: "export", "alert", "mail", …
}

// KeptMark is what somebody who sees a host from inside knows of it at some time. It names a role and no person.
type KeptMark struct {
	Entry uint64 // of the ledger
	Host  string
	Seen  string // what: a word of a closed set, see internal/app/claims
	Role  string // who: likewise
	From  time.Time
	Until time.Time
	At    time.Time // when it came in
}

// ClaimStep is what is written together, or not at all. Entries of the ledger are never without what they stand for.
type ClaimStep struct {
	Needs []KeptTarget // that have to stand, of claims that were not erased: what is written here rests on them

	Claims   []KeptClaim
	Verdicts []KeptVerdict
	Marks    []KeptMark
	Entries  []ledger.Entry
	Contents []ledger.Content
	Heads    []GivenHead

	Forecasts   []KeptForecast // whose seals are among Contents
	Resolutions []Resolution   // which are among Contents

	ForgetText    []string // claims whose text and results go
	Erase         []string // claims whose text, results, claimant, source, proof and hash go
	EraseTarget   []KeptTarget
	EraseVerdicts []string    // IDs of verdicts whose versions lose document, target and ID
	EraseMarks    []uint64    // entries of the ledger whose marks go
	Reenter       []KeptClaim // claims that stand in another entry from now on: Entry and Proof are taken
	EraseBehind   []uint64    // entries of the ledger whose contents go
	At            time.Time
}

// KeptTarget is a target of a claim, one that goes or that has to stand.
type KeptTarget struct{ Claim, Host string }

// ClaimFilter says which claims are asked for. The zero value means all.
type ClaimFilter struct {
	Host     string    // only those that name this host
	Since    time.Time // only those that came in at this time or later
	Until    time.Time // only those that came in before this time
	Text     bool      // only those whose text is kept
	Standing bool      // only those that were not erased
	Bare     bool      // without their text, results and targets
	Limit    int       // the most that is returned; 0 for all
}

// Claims keeps what is claimed, verdicts on it, and the ledger.
type Claims interface {
	// RecordClaims writes what next returns for the last entry of the ledger, the zero one when there is none. Nobody else adds to the ledger between.
	// An entry that does not follow that one is an error, and so is a claim or a version that is there already: nothing is written then. What the step
	// needs and is not there is [ErrNotFound], and nothing is written either.
	// next is not to use the store.
	RecordClaims(ctx context.Context, next func(last ledger.Entry) (ClaimStep, error)) error
	// Claim returns one; [ErrNotFound] when there is none.
	Claim(ctx context.Context, id string) (KeptClaim, error)
	// Claims returns those that f lets through, the latest that came in first.
	Claims(ctx context.Context, f ClaimFilter) ([]KeptClaim, error)
	// Verdicts returns the versions of verdicts, in order of time and version: those of one ID, of one claim, or on one target; what is empty
	// does not count.
	Verdicts(ctx context.Context, id, claim, target string) ([]KeptVerdict, error)
	// Marks returns what is known of a host, of every one for "", in the order in which it came in: the last, limit at most, 0 for all.
	Marks(ctx context.Context, host string, limit int) ([]KeptMark, error)
	// LedgerEntries returns the entries from number from on, limit at most, in order.
	LedgerEntries(ctx context.Context, from uint64, limit int) ([]ledger.Entry, error)
	// LastEntry returns the last entry of the ledger; the zero one when there is none.
	LastEntry(ctx context.Context) (ledger.Entry, error)
	// LedgerContent returns the content behind an entry; [ErrNotFound] when it was erased or there is none.
	LedgerContent(ctx context.Context, number uint64) (ledger.Content, error)
	// LedgerKept returns the numbers of the entries of a kind that were made before until and whose contents are kept, in order, limit at most, 0 for
	// all.
	LedgerKept(ctx context.Context, kind ledger.Kind, until time.Time, limit int) ([]uint64, error)
	// GivenHeads returns the heads that left the house, in order of number and time.
	GivenHeads(ctx context.Context) ([]GivenHead, error)
}
