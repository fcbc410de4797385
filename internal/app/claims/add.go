package claims

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/claim/checkhost"
	"github.com/seawall-project/seawall/internal/claim/intake"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/misp"
	"github.com/seawall-project/seawall/internal/intel/stix"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// Adding is a claim as somebody hands it in: words, or the absolute path of a file.
type Adding struct {
	Text string            `json:"text,omitempty"`
	Path string            `json:"path,omitempty"`
	Kind seawall.ClaimKind `json:"kind,omitempty"` // "" to tell by what is in it

	Source      string   `json:"source,omitempty"`
	Claimant    string   `json:"claimant,omitempty"`
	Posted      string   `json:"posted,omitempty"`    // see [parseTime]
	Precision   string   `json:"precision,omitempty"` // "" as Posted is written
	Targets     []string `json:"targets,omitempty"`   // beside those in it
	Proof       []string `json:"proof,omitempty"`
	Reliability string   `json:"reliability,omitempty"`
	Credibility string   `json:"credibility,omitempty"`
	TLP         string   `json:"tlp,omitempty"`

	fed  bool // by a feed, whose reader counts what cannot be read of the file
	room int  // of a feed: how many claims that are not known it may bring
}

// given is a claim on its way in.
type given struct {
	intake.Given
	results []byte // of a checking service
}

// Added is what came of it.
type Added struct {
	Claims  []AddedClaim   `json:"claims"`
	Skipped map[string]int `json:"skipped"` // what was left out of a file, by why
}

// AddedClaim is one claim that was taken in.
type AddedClaim struct {
	ID      string             `json:"id"`
	New     bool               `json:"new"` // false when it was there
	Kind    string             `json:"kind"`
	Targets int                `json:"targets"`
	Watched int                `json:"watched"` // targets that are watched sites
	Odd     map[intake.Odd]int `json:"odd"`
	Entry   uint64             `json:"entry"` // of the ledger
}

// maxFile bounds a file that claims are read from, in bytes.
const maxFile = 64 << 20

func (d *Desk) add(ctx context.Context, in Adding) (Added, error) {
	out := Added{Claims: []AddedClaim{}, Skipped: map[string]int{}}
	raw := []byte(in.Text)
	if in.Path != "" {
		var err error
		if raw, err = readFile(in.Path); err != nil {
			return out, err
		}
	}
	unread := out.Skipped
	if in.fed {
		unread = map[string]int{}
	}
	all, err := in.read(raw, d.Now(), unread)
	if err != nil {
		return out, err
	}
	match, err := d.roster(ctx)
	if err != nil {
		return out, err
	}
	if _, err := d.Forget(ctx); err != nil {
		return out, err
	}
	taken, err := takeAll(all, match.Watched, in.fed, out.Skipped)
	if err != nil {
		return out, err
	}
	for _, t := range taken {
		added, err := d.keep(ctx, &t.Claim, t.results, !in.fed || in.room > 0)
		if errors.Is(err, errNoRoom) {
			out.Skipped[orders.ClaimsBeyond]++
			continue
		}
		if err != nil {
			return out, err
		}
		if added.New {
			in.room--
		}
		added.Odd = t.Odd
		out.Claims = append(out.Claims, added)
	}
	return out, nil
}

// takenIn is a claim on its way into the store.
type takenIn struct {
	*intake.Taken
	results []byte // of a checking service
}

// takeAll makes claims of what is given. What cannot be taken is refused where it came alone and from no feed; else it is counted and passed over. Of what
// a feed brings, that which names watched sites comes first.
func takeAll(all []given, watched *intake.Watched, fed bool, skipped map[string]int) ([]takenIn, error) {
	var out []takenIn
	for i := range all {
		g := &all[i]
		t, err := intake.Take(&g.Given, watched)
		if err != nil && (fed || len(all) > 1) {
			skipped[oddity(err)]++
			continue
		}
		if err != nil {
			return nil, desk.Refuse("%v", err)
		}
		if g.TLP == "" {
			t.Claim.TLP = "" // nobody gave it to us under a label
		}
		out = append(out, takenIn{t, g.results})
	}
	if fed {
		slices.SortStableFunc(out, func(a, b takenIn) int { return min(1, watchedIn(&b.Claim)) - min(1, watchedIn(&a.Claim)) })
	}
	return out, nil
}

// watchedIn returns how many of a claim's targets are watched sites.
func watchedIn(c *seawall.Claim) (n int) {
	for _, t := range c.Targets {
		if t.Via == seawall.MatchHost || t.Via == seawall.MatchAlias {
			n++
		}
	}
	return n
}

// oddity names why one of several claims is none: it is passed over, and the others are taken.
func oddity(err error) string {
	switch {
	case errors.Is(err, intake.ErrNoTarget):
		return "claims_without_target"
	case errors.Is(err, intake.ErrTooLarge):
		return "claims_too_large"
	default:
		return "claims_malformed"
	}
}

// readFile reads a file that somebody names, up to its limit.
func readFile(path string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		return nil, desk.Refuse("%s is no absolute path", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, desk.Refuse("%v", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		return nil, desk.Refuse("%s is longer than %d MiB", path, maxFile>>20)
	}
	return raw, err
}

// sealedClaim is a claim as the ledger holds it. The text has an entry of its own, so that it can go before the rest does.
type sealedClaim struct {
	ID          string                `json:"id"`
	Kind        seawall.ClaimKind     `json:"kind"`
	Claimant    string                `json:"claimant,omitempty"`
	Source      string                `json:"source,omitempty"`
	Posted      time.Time             `json:"posted,omitzero"`
	Precision   seawall.Precision     `json:"precision"`
	Received    time.Time             `json:"received"`
	Reliability string                `json:"reliability"`
	Credibility string                `json:"credibility"`
	TLP         string                `json:"tlp,omitempty"`
	Language    string                `json:"language,omitempty"`
	Targets     []seawall.ClaimTarget `json:"targets"`
	Proof       []string              `json:"proof,omitempty"`
	Hash        string                `json:"hash"`              // SHA-256 of what was received; of a MISP or STIX file, of this claim's words
	Instead     uint64                `json:"instead,omitempty"` // the entry before, which named a target that was erased
}

type sealedText struct {
	Claim   string          `json:"claim"`
	Text    string          `json:"text,omitempty"` // masked
	Results json.RawMessage `json:"results,omitempty"`
}

func sealedOfClaim(c *seawall.Claim, instead uint64) sealedClaim {
	return sealedClaim{
		c.ID, c.Kind, c.Claimant, c.Source, c.Posted, c.Precision, c.Received, c.Reliability, c.Credibility, c.TLP, c.Language, c.Targets, c.Proof, c.Hash,
		instead,
	}
}

// errNoRoom says that a claim is not known, and that there is no room for another.
var errNoRoom = errors.New("there is no room for another claim")

// keep writes a claim and seals it, unless it is there; [errNoRoom] when it is not and there is no room.
func (d *Desk) keep(ctx context.Context, c *seawall.Claim, results []byte, room bool) (AddedClaim, error) {
	out := AddedClaim{ID: c.ID, Kind: string(c.Kind), Targets: len(c.Targets), Watched: watchedIn(c)}
	switch have, err := d.Store.Claim(ctx, c.ID); {
	case err == nil:
		out.Entry = have.Entry
		return out, nil
	case !errors.Is(err, store.ErrNotFound):
		return out, err
	case !room:
		return out, errNoRoom
	}
	_, err := d.record(ctx, func(w *writer) error {
		k := store.KeptClaim{Claim: *c, Results: results}
		k.Entry = w.addJSON(kindClaim, sealedOfClaim(c, 0))
		if c.Text != "" || results != nil {
			k.Text = w.addJSON(kindText, sealedText{c.ID, c.Text, results})
		}
		w.step.Claims, out.Entry = []store.KeptClaim{k}, k.Entry
		return nil
	})
	out.New = err == nil
	return out, err
}

// read makes of what is handed in what intake takes: one claim, or those of a MISP or STIX file.
func (in *Adding) read(raw []byte, now time.Time, skipped map[string]int) ([]given, error) {
	kind := in.Kind
	if kind == "" {
		kind = kindIn(raw)
	}
	base, err := in.base(kind, now)
	if err != nil {
		return nil, err
	}
	switch kind {
	case seawall.ClaimMISP:
		return fromMISP(base, raw, now, skipped)
	case seawall.ClaimSTIX:
		return fromSTIX(base, raw, now, skipped)
	case seawall.ClaimList:
		return fromList(base, raw, skipped)
	case seawall.ClaimCheckHost:
		return fromCheck(base, raw)
	}
	base.Text = string(raw)
	return []given{base}, nil
}

// base is what was said beside the words.
func (in *Adding) base(kind seawall.ClaimKind, now time.Time) (given, error) {
	posted, p, err := parseTime(in.Posted)
	if err != nil {
		return given{}, desk.Refuse("posted: %v", err)
	}
	switch asked := seawall.Precision(in.Precision); asked {
	case "":
	case seawall.PreciseMinute, seawall.PreciseHour, seawall.PreciseDay, seawall.PreciseUnknown:
		p = asked
	default:
		return given{}, desk.Refuse("a precision is minute, hour, day or unknown, not %.40q", in.Precision)
	}
	label, err := labelOf(in.TLP)
	if err != nil {
		return given{}, err
	}
	return given{Given: intake.Given{
		Hosts: in.Targets, Proof: in.Proof, Kind: kind, Source: in.Source, Claimant: in.Claimant, Posted: posted, Precision: p, Received: now,
		Reliability: strings.ToLower(in.Reliability), Credibility: in.Credibility, TLP: label,
	}}, nil
}

// kindIn tells what somebody handed in.
func kindIn(raw []byte) seawall.ClaimKind {
	if !utf8.Valid(raw) || !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) && !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		return seawall.ClaimPost
	}
	switch orders.FormatOf(raw) {
	case orders.FormatSTIX:
		return seawall.ClaimSTIX
	case orders.FormatMISP:
		return seawall.ClaimMISP
	}
	if _, err := checkhost.Parse(raw); err == nil {
		return seawall.ClaimCheckHost
	}
	if orders.FormatOf(raw) == orders.FormatDDoSia {
		return seawall.ClaimList
	}
	return seawall.ClaimPost
}

// fromCheck is results of a checking service. They may name their host and say when they are from.
func fromCheck(t given, raw []byte) ([]given, error) {
	r, err := checkhost.Parse(raw)
	if err != nil {
		return nil, desk.Refuse("%v", err)
	}
	if t.results, err = r.JSON(); err != nil { // what else stands in it may name people
		return nil, err
	}
	t.Bytes = raw
	if r.Host != "" {
		t.Hosts = append(t.Hosts, r.Host)
	}
	if r.Link != "" {
		t.Proof = append(t.Proof, r.Link)
	}
	if t.Posted.IsZero() && !r.At.IsZero() {
		t.Posted, t.Precision = r.At, seawall.PreciseMinute
	}
	return []given{t}, nil
}

// fromList is a list of attack orders that somebody offers as a claim: its hosts, and nothing of what it orders.
func fromList(t given, raw []byte, skipped map[string]int) ([]given, error) {
	l, err := ddosia.Parse(bytes.NewReader(raw), ddosia.Limits{})
	if err != nil {
		return nil, desk.Refuse("%v", err)
	}
	t.Bytes = raw
	for i := range l.Entries {
		t.Hosts = append(t.Hosts, l.Entries[i].Hosts...)
	}
	for why, n := range l.Skipped {
		skipped[fmt.Sprint(why)] += n
	}
	return []given{t}, nil
}

func fromMISP(base given, raw []byte, now time.Time, skipped map[string]int) ([]given, error) {
	f, err := misp.Parse(bytes.NewReader(raw), now, misp.Limits{})
	if err != nil {
		return nil, desk.Refuse("%v", err)
	}
	for why, n := range f.Skipped {
		skipped[string(why)] += n
	}
	var all []given
	for _, e := range f.Events {
		for _, c := range e.Claims {
			t := base
			t.Hosts = append(append([]string(nil), base.Hosts...), c.Hosts...)
			t.Proof = append(append([]string(nil), base.Proof...), c.Links...)
			t.Text = strings.Join(c.Proof, "\n")
			fill(&t.Source, e.Source)
			t.TLP = received(t.TLP, c.TLP)
			fill(&t.Reliability, c.Reliability)
			fill(&t.Credibility, c.Credibility)
			t.at(c.Time, e.Time)
			all = append(all, t)
		}
	}
	if len(all) == 0 {
		return nil, desk.Refuse("no object ddos-claim is in it")
	}
	return all, nil
}

func fromSTIX(base given, raw []byte, now time.Time, skipped map[string]int) ([]given, error) {
	b, err := stix.Parse(bytes.NewReader(raw), now, stix.Limits{})
	if err != nil {
		return nil, desk.Refuse("%v", err)
	}
	for why, n := range b.Skipped {
		skipped[string(why)] += n
	}
	var all []given
	for _, c := range b.Claims {
		t := base
		t.Hosts = append(append([]string(nil), base.Hosts...), c.Hosts...)
		t.Proof = append(append([]string(nil), base.Proof...), c.Links...)
		t.Text = c.Text
		fill(&t.Source, c.Source)
		fill(&t.Claimant, c.Claimant)
		t.TLP = received(t.TLP, c.TLP)
		t.at(c.First, c.Time)
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, desk.Refuse("nothing in it speaks of a target")
	}
	return all, nil
}

// fill fills what was not said.
func fill(s *string, other string) {
	if *s == "" {
		*s = other
	}
}

// received returns the label of what somebody gave us: the stricter of what the desk says and what stands in the file, [tlp.AmberStrict] where neither
// says one.
func received(said, inFile string) string {
	x, some := tlp.Parse(said)
	y, other := tlp.Parse(inFile)
	switch {
	case !some:
		return y.String() // the default where that is none, too
	case !other:
		return x.String()
	}
	return x.Stricter(y).String()
}

// at fills the time of posting by the first of all that is known.
func (t *given) at(all ...time.Time) {
	for _, known := range all {
		if t.Posted.IsZero() && !known.IsZero() {
			t.Posted, t.Precision = known, seawall.PreciseMinute
		}
	}
}
