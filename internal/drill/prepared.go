package drill

import (
	"context"
	"fmt"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/intel/draft"
)

// Prepared is what the edge had prepared because the orders arrived as a listing a moment before the act. The Seawall is cold and knows nothing
// yet of what readers ask for in peace, so its drafts wait for a person; the rehearsal plays the owner, who approves all but those
// that name the front page.
type Prepared struct {
	Templates int   `json:"templates"`           // what the listing aims at
	Rules     int   `json:"rules"`               // in force
	Covered   int   `json:"covered"`             // templates that these cover
	Waiting   int   `json:"waiting"`             // rules that nobody has approved
	Left      int   `json:"left"`                // templates that no rule could say
	Matched   int64 `json:"matched"`             // requests that fitted a rule in force
	Felt      int64 `json:"matched_in_distress"` // of these, those that had to give way
}

// prepare has drafts made of what a listing aims at, and approves them as an owner would.
func prepare(ctx context.Context, a *app.App, listed []seawall.Template) (*Prepared, error) {
	p := &Prepared{Templates: len(listed)}
	now := time.Now()
	drafts := draft.Make(siteName, seawall.Provenance{Feed: "rehearsal", Listing: "orders", Seen: now}, now, listed)
	if len(drafts) == 0 {
		return p, nil
	}
	sets, err := app.RulesOffer.Ask(ctx, desk.Here(a), app.RulesOffered{Drafts: drafts})
	if err != nil {
		return nil, fmt.Errorf("prepare for the listing: %w", err)
	}
	for _, s := range sets {
		p.Left += s.Left
		if s.Waits == draft.WaitsFront {
			p.Waiting += len(s.Rules)
			continue
		}
		if _, err := app.RulesApprove.Ask(ctx, desk.Here(a), app.RulesNamed{Site: siteName, ID: s.ID}); err != nil {
			return nil, fmt.Errorf("approve what is prepared: %w", err)
		}
		p.Rules += len(s.Rules)
		p.Covered += s.Covers
	}
	return p, nil
}

// count asks what came of the rules.
func (p *Prepared) count(ctx context.Context, a *app.App) error {
	sets, err := app.RulesList.Ask(ctx, desk.Here(a), app.RulesNamed{})
	if err != nil {
		return err
	}
	for _, s := range sets {
		for _, n := range s.Matched {
			p.Matched += n
		}
		p.Felt += s.Felt
	}
	return nil
}

func (p *Prepared) sentence() string {
	text := fmt.Sprintf("A moment before, the orders had arrived as a listing: of its %d templates Seawall covered %d by %d rules, which the owner approved",
		p.Templates, p.Covered, p.Rules)
	if p.Waiting > 0 {
		text += fmt.Sprintf("; %d more, for the front page, waited", p.Waiting)
	}
	return text + fmt.Sprintf(". %d requests fitted them, and %d of these gave way to others.", p.Matched, p.Felt)
}
