package claims

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
)

// statements returns the newest version of each verdict as a statement for others.
func (d *Desk) statements(ctx context.Context, versions []store.KeptVerdict, label tlp.Label, maker report.Party) ([]report.Statement, error) {
	sites, err := d.Store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	first, newest := map[string]time.Time{}, map[string]*store.KeptVerdict{}
	var order []string
	for i := range versions {
		v := &versions[i]
		if _, known := newest[v.ID]; !known {
			order, first[v.ID] = append(order, v.ID), v.At
		}
		newest[v.ID] = v
	}
	var all []report.Statement
	for _, id := range order {
		s, err := d.statement(ctx, newest[id], first[id], sites, label)
		s.Maker = maker
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (d *Desk) statement(ctx context.Context, v *store.KeptVerdict, first time.Time, sites []store.Site, label tlp.Label) (report.Statement, error) {
	sealed, err := sealedOf(v)
	if err != nil {
		return report.Statement{}, err
	}
	x := &sealed.Verdict
	s := report.Statement{
		ID: v.ID, Version: v.Version, First: first, Made: v.At, Label: label, Owner: ownerOf(sites, x.Target), Host: v.Target,
		Verdict: report.Verdict(x.Verdict.String()), Confidence: report.Confidence(x.Confidence.String()), Coverage: x.Coverage,
		Rounds: sealed.Rounds, Networks: sealed.Networks, Window: report.Window{From: x.Window.From, To: x.Window.To},
		Bad: report.Interval{Min: minutes(x.Bad.Min), Max: minutes(x.Bad.Max)}, Longest: minutes(x.Longest),
	}
	for _, label := range sealed.Received {
		l, ok := tlp.Parse(label)
		if !ok {
			return s, errors.New("a claim has a label that is none")
		}
		s.Received = append(s.Received, l)
	}
	for _, r := range x.For {
		s.For = append(s.For, string(r))
	}
	for _, r := range x.Against {
		s.Against = append(s.Against, string(r))
	}
	for _, f := range x.Findings {
		s.Findings = append(s.Findings, string(f))
	}
	for _, m := range sealed.Evidence {
		hash, err := d.sealedHash(ctx, m.Entry)
		if err != nil {
			return s, err
		}
		s.Evidence = append(s.Evidence, report.Evidence{Kind: m.Kind, Hash: hash, At: m.At})
		if m.Kind == string(kindMark) {
			if err := d.activityOf(ctx, &s, m.Entry); err != nil {
				return s, err
			}
		}
		if len(s.Evidence) == report.MaxList {
			break
		}
	}
	return s, d.claimOf(ctx, &s, &sealed)
}

// activityOf adds what a mark says of an attack, unless it was taken back.
func (d *Desk) activityOf(ctx context.Context, s *report.Statement, entry uint64) error {
	c, err := d.Store.LedgerContent(ctx, entry)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var m sealedMark
	if err := json.Unmarshal(c.Bytes, &m); err != nil {
		return err
	}
	if a, ok := m.activity(); ok {
		s.Activity = append(s.Activity, a)
	}
	return nil
}

// sealedHash returns the salted hash of what lies behind an entry.
func (d *Desk) sealedHash(ctx context.Context, number uint64) (string, error) {
	e, err := d.Store.LedgerEntries(ctx, number, 1)
	if err != nil {
		return "", err
	}
	if len(e) == 0 || e[0].Number != number {
		return "", store.ErrNotFound
	}
	return e[0].Content.String(), nil
}

// claimOf fills in what is claimed, as far as it is kept.
func (d *Desk) claimOf(ctx context.Context, s *report.Statement, sealed *Sealed) error {
	if sealed.Claim == "" {
		s.Claim = report.Claim{ID: sealed.ID, Kind: "list"}
		if all := sealed.Verdict.Sources; len(all) > 0 {
			from := all[0]
			s.Claim.Kind, s.Claim.Source = from.Kind.String(), from.Name
			s.Claim.Posted, s.Claim.Received, s.Claim.Precision = from.First, from.First, "minute"
			if from.Day {
				s.Claim.Precision = "day"
			}
		}
		return nil
	}
	c, err := d.Store.Claim(ctx, sealed.Claim)
	if err != nil {
		return err
	}
	s.Claim = report.Claim{
		ID: c.ID, Claimant: c.Claimant, Kind: string(c.Kind), Source: c.Source, Posted: c.Posted, Precision: string(c.Precision), Received: c.Received,
		Lang: c.Language, Hash: c.Hash, Links: c.Proof, Reliability: c.Reliability, Credibility: c.Credibility, Text: cutText(c.Claim.Text),
	}
	return nil
}

// cutText returns as much of a text as a statement may hold.
func cutText(s string) string {
	if len(s) > report.MaxText {
		s = strings.ToValidUTF8(s[:report.MaxText], "")
	}
	return s
}

// ownerOf returns whose a host is.
func ownerOf(sites []store.Site, host string) report.Party {
	s := siteNamed(sites, host)
	if s == nil {
		return report.Party{}
	}
	p := report.Party{ID: s.Host, Name: s.Owner, Country: s.Country}
	if p.Name == "" {
		p.Name = s.Name
	}
	if s.Owner != "" {
		p.ID = s.Owner
	}
	return p
}

func minutes(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }
