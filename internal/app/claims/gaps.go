package claims

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
)

// Gapping asks where lists, claims and outages do not meet.
type Gapping struct {
	Since time.Time `json:"since,omitzero"` // zero for [GapDays] days ago
	Until time.Time `json:"until,omitzero"` // zero for now
}

// GapDays is how many days are looked at when nobody says.
const GapDays = 7

// The limits of one look.
const (
	maxGapDays   = 92
	maxGapClaims = 1000 // the latest
	maxIncidents = 1000
	maxGaps      = 1000 // shown; all are counted
)

// Gap is something that lists, claims or measurements say alone.
type Gap struct {
	Target   string          `json:"target"`
	Watched  bool            `json:"watched"`
	Findings []claim.Finding `json:"findings"` // the first says what kind of gap it is
	Words    claim.Words     `json:"words"`    // of the first
	From     time.Time       `json:"from"`     // of the windows, or of the failure as far as it may reach
	To       *time.Time      `json:"to"`       // null while it lasts
	Sources  []Source        `json:"sources"`
	Incident string          `json:"incident,omitempty"`
}

// Gaps is what came of a look.
type Gaps struct {
	Since  time.Time             `json:"since"`
	Until  time.Time             `json:"until"`
	Gaps   []Gap                 `json:"gaps"`
	Counts map[claim.Finding]int `json:"counts"` // of gaps, by their first finding
	Left   int                   `json:"left_out"`
	Notes  []string              `json:"notes"`
}

// gaps finds what is claimed and not listed, listed and not claimed, and outages that nobody named, from what the store keeps. Listed hosts that are
// not watched are no gap: of them nothing could be known.
func (d *Desk) gaps(ctx context.Context, in Gapping) (Gaps, error) {
	out := Gaps{Until: in.Until.UTC(), Since: in.Since.UTC(), Gaps: []Gap{}, Counts: map[claim.Finding]int{}, Notes: []string{}}
	now := d.Now().UTC()
	if out.Until.IsZero() || out.Until.After(now) {
		out.Until = now
	}
	if out.Since.IsZero() {
		out.Since = out.Until.AddDate(0, 0, -GapDays)
	}
	if !out.Since.Before(out.Until) || out.Until.Sub(out.Since) > maxGapDays*24*time.Hour {
		return out, desk.Refuse("say a time of at most %d days that has passed", maxGapDays)
	}
	who, err := d.roster(ctx)
	if err != nil {
		return out, err
	}
	n, err := d.spoken(ctx, who, out.Since, out.Until)
	if err != nil {
		return out, err
	}
	for _, name := range slices.Sorted(maps.Keys(n.said)) {
		s := n.said[name]
		for _, g := range s.groups {
			out.group(n, s, g)
		}
	}
	if err := d.unspoken(ctx, n, &out); err != nil {
		return out, err
	}
	slices.SortStableFunc(out.Gaps, func(a, b Gap) int { return b.From.Compare(a.From) })
	if more := len(out.Gaps) - maxGaps; more > 0 {
		out.Gaps, out.Left = out.Gaps[:maxGaps], more
	}
	out.Notes = append(out.Notes, n.notes...)
	return out, nil
}

// group adds a gap when only lists or only claims speak of one attack.
func (out *Gaps) group(n *night, s *said, g []claim.Source) {
	h := hullOf(g)
	if h.To.Before(out.Since) || h.From.After(out.Until) {
		return
	}
	listed := slices.ContainsFunc(g, func(s claim.Source) bool { return s.Kind == claim.List })
	claimed := slices.ContainsFunc(g, func(s claim.Source) bool { return s.Kind != claim.List })
	var found claim.Finding
	switch {
	case listed && claimed, listed && s.site == nil:
		return
	case listed:
		found = claim.ListedNotClaimed
	case n.feeds.at(h) == claim.FeedsLive:
		found = claim.ClaimedNotListed
	default:
		found = claim.FeedDark
	}
	to := second(h.To)
	gap := Gap{Target: s.target, Watched: s.site != nil, From: second(h.From), To: &to, Sources: []Source{}}
	for _, x := range g {
		gap.Sources = append(gap.Sources, Source{x.Kind, x.Name, second(x.First), second(x.Last), x.Day})
	}
	out.add(gap, found)
}

func (out *Gaps) add(g Gap, found ...claim.Finding) {
	g.Findings, g.Words = found, found[0].Words()
	out.Counts[found[0]]++
	out.Gaps = append(out.Gaps, g)
}

// unspoken adds what happened to watched sites at times of which nobody spoke.
func (d *Desk) unspoken(ctx context.Context, n *night, out *Gaps) error {
	kept, err := d.Store.Incidents(ctx, store.IncidentFilter{Since: out.Since, Until: out.Until, Limit: maxIncidents})
	if err != nil {
		return err
	}
	if len(kept) == maxIncidents {
		n.note("%d incidents are looked at, the latest", maxIncidents)
	}
	for _, k := range kept {
		var i watch.Incident
		if json.Unmarshal(k.Doc, &i) != nil {
			n.note("incident %.40s cannot be read", k.ID)
			continue
		}
		if i.Phase == watch.Withdrawn {
			continue
		}
		outage := i.Kind == watch.Outage
		shared := outage && i.Cause.Verdict == watch.Common && len(i.Members) > 1
		for _, m := range i.Members {
			x := n.sight.sites[m.Site]
			if x == nil || m.Phase == watch.Withdrawn || n.named(x, m.Start.Latest) {
				continue
			}
			found := claim.IncidentFindings(outage && !m.Abroad, n.lists.nameAnother(x, m.Start.Latest), shared)
			if m.Abroad {
				found = append(found, claim.GeoFilterAbroad)
			}
			g := Gap{Target: m.Site, Watched: true, From: m.Start.Earliest, Sources: []Source{}, Incident: k.ID}
			if g.From.IsZero() {
				g.From = m.Start.Latest
			}
			if to := m.End.Latest; !to.IsZero() {
				g.To = &to
			}
			out.add(g, found...)
		}
	}
	return nil
}
