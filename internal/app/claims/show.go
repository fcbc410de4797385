package claims

import (
	"context"
	"encoding/json"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store"
)

// Listing says which claims are shown. The zero value means all.
type Listing struct {
	Host  string    `json:"host,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Limit int       `json:"limit,omitempty"`
}

// Naming names a claim.
type Naming struct {
	Claim string `json:"claim"`
}

// Shown is a claim for a person.
type Shown struct {
	ID          string         `json:"id"`
	Kind        string         `json:"kind"`
	Claimant    string         `json:"claimant"`
	Source      string         `json:"source"`
	Posted      *time.Time     `json:"posted"` // null when it is not known
	Precision   string         `json:"precision"`
	Received    time.Time      `json:"received"`
	Grade       string         `json:"grade"` // Admiralty scale, as "c3"
	TLP         string         `json:"tlp"`   // "" when it came under no label
	Language    string         `json:"language"`
	Targets     []ShownTarget  `json:"targets"`
	Proof       []string       `json:"proof"`
	Text        string         `json:"text"` // masked; only where one claim is shown
	Hash        string         `json:"hash"`
	Results     bool           `json:"results"`     // those of a checking service are kept
	TextForgot  *time.Time     `json:"text_forgot"` // null while it is kept
	Erased      *time.Time     `json:"erased"`
	Entry       uint64         `json:"entry"`
	Verdicts    []ShownVerdict `json:"verdicts"` // every version, only where one claim is shown
	TargetCount int            `json:"target_count"`
}

// ShownTarget is a host that a claim names.
type ShownTarget struct {
	Host string        `json:"host"`
	Site string        `json:"site"` // "" when it is not watched
	Via  seawall.Match `json:"via"`
}

// ShownVerdict is one version of a verdict.
type ShownVerdict struct {
	ID      string          `json:"id"`
	Version int             `json:"version"`
	Target  string          `json:"target"`
	At      time.Time       `json:"at"`
	Entry   uint64          `json:"entry"`
	Verdict json.RawMessage `json:"verdict"`
}

// listTargets is how many targets of each claim a list shows.
const listTargets = 20

func (d *Desk) list(ctx context.Context, in Listing) ([]Shown, error) {
	if in.Limit < 0 || in.Limit > 10_000 {
		return nil, desk.Refuse("at most 10000 claims are shown at once")
	}
	all, err := d.Store.Claims(ctx, store.ClaimFilter{Host: asciiOf(hostOf(in.Host)), Since: in.Since, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	shown := []Shown{}
	for i := range all {
		s := shownOf(&all[i])
		s.Text, s.Targets = "", s.Targets[:min(len(s.Targets), listTargets)]
		shown = append(shown, s)
	}
	return shown, nil
}

func (d *Desk) show(ctx context.Context, in Naming) (Shown, error) {
	c, err := d.claim(ctx, in.Claim)
	if err != nil {
		return Shown{}, err
	}
	s := shownOf(&c)
	versions, err := d.Store.Verdicts(ctx, "", c.ID, "")
	if err != nil {
		return s, err
	}
	for _, v := range versions {
		s.Verdicts = append(s.Verdicts, shownVerdict(&v))
	}
	return s, nil
}

func shownVerdict(v *store.KeptVerdict) ShownVerdict {
	return ShownVerdict{v.ID, v.Version, v.Target, v.At, v.Entry, v.Doc}
}

func shownOf(c *store.KeptClaim) Shown {
	s := Shown{
		ID: c.ID, Kind: string(c.Kind), Claimant: c.Claimant, Source: c.Source, Posted: orNull(c.Posted), Precision: string(c.Precision),
		Received: c.Received, Grade: c.Reliability + c.Credibility, TLP: c.TLP, Language: c.Language, Targets: []ShownTarget{}, Proof: full(c.Proof),
		Text: c.Claim.Text, Hash: c.Hash, Results: c.Results != nil, TextForgot: orNull(c.Forgot), Erased: orNull(c.Erased), Entry: c.Entry,
		Verdicts: []ShownVerdict{}, TargetCount: len(c.Targets),
	}
	for _, t := range c.Targets {
		s.Targets = append(s.Targets, ShownTarget(t))
	}
	return s
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
