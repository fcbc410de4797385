package claims

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/app/whole"
	"github.com/seawall-project/seawall/internal/claim/ledger"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/page"
	"github.com/seawall-project/seawall/internal/report/tlp"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// incidentFormats are what a report of an incident is written in.
var incidentFormats = []string{"text", "html", "json"}

// reportIncident writes a report of the incident in.Of into a file. What leaves, with the hashes of what it rests on, is in the ledger before it does.
func (d *Desk) reportIncident(ctx context.Context, in Exporting) (Exported, error) {
	out := Exported{Path: in.Path, Format: in.Format, To: in.To, Withheld: []WithheldShown{}}
	way, label, err := in.check(incidentFormats)
	if err != nil {
		return out, err
	}
	kept, err := d.Store.Incident(ctx, in.Of)
	if errors.Is(err, store.ErrNotFound) {
		return out, desk.Refuse("no incident has the number %.40s; \"seawall incident list\" shows all", in.Of)
	}
	if err != nil {
		return out, err
	}
	what, claims, err := d.tellIncident(ctx, &kept, label, in.maker(d))
	if err != nil {
		return out, err
	}
	release, withheld, err := report.ForIncident(way, d.Now(), what, claims)
	if err != nil {
		return out, desk.Refuse("nothing leaves: %v", err)
	}
	for _, w := range withheld {
		out.Withheld = append(out.Withheld, withheldShown(w))
	}
	done := release.Incident()
	out.Statements = len(done.Sites)
	var head ledger.Head
	out.Entry, err = d.record(ctx, func(w *writer) error {
		w.addJSON(kindExport, sealedIncident(&in, done))
		head = w.giveHead("incident report")
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Head, done.Head = head.String(), head.String()
	raw, err := encodeIncident(&in, &release)
	if err != nil {
		return out, err
	}
	return out, refusedBy(whole.Write(in.Path, raw))
}

// sealedIncident is what the ledger keeps of a report: what it rests on, and why it left so early.
func sealedIncident(in *Exporting, x *report.Incident) sealedExport {
	note := sealedExport{Of: "incident " + x.ID, Format: in.Format, To: in.To, TLP: x.Label.String(), Statements: []string{}, Early: in.Early}
	for i := range x.Sites {
		for _, c := range x.Sites[i].Claimed {
			note.Statements = append(note.Statements, c.ID)
		}
		for _, e := range x.Sites[i].Evidence {
			note.Hashes = append(note.Hashes, e.Hash)
		}
	}
	return note
}

func encodeIncident(in *Exporting, r *report.IncidentRelease) ([]byte, error) {
	language := seawall.English
	if in.Danish {
		language = seawall.Danish
	}
	switch in.Format {
	case "html":
		return page.IncidentHTML(r, language, time.UTC)
	case "json":
		return page.IncidentJSON(r)
	}
	return page.IncidentText(r, language, time.UTC), nil
}

// tellIncident gathers what is known of an incident, and the statements on claims that are of its time and sites.
func (d *Desk) tellIncident(ctx context.Context, kept *store.Incident, label tlp.Label, maker report.Party) (report.Incident, []report.Statement, error) {
	var w watch.Incident
	if err := json.Unmarshal(kept.Doc, &w); err != nil {
		return report.Incident{}, nil, fmt.Errorf("read incident %s: %w", kept.ID, err)
	}
	in := report.Incident{
		ID: kept.ID, Made: d.Now().UTC(), Label: label, Maker: maker.Name, Kind: w.Kind.String(), Phase: w.Phase.String(),
		Cause: report.Words(w.Cause.Words()),
	}
	t := teller{Desk: d, maker: maker, label: label}
	if err := t.load(ctx); err != nil {
		return in, nil, err
	}
	for i := range w.Members {
		s, err := t.member(ctx, &w.Members[i])
		if err != nil {
			return in, nil, err
		}
		in.Sites = append(in.Sites, s)
	}
	in.Feeds = len(t.feeds)
	return in, t.claims, nil
}

// teller gathers what a report says.
type teller struct {
	*Desk
	maker  report.Party
	label  tlp.Label
	sites  []store.Site
	who    *roster
	places map[string]store.Vantage
	feeds  map[string]tlp.Label
	claims []report.Statement
}

func (t *teller) load(ctx context.Context) (err error) {
	if t.sites, err = t.Store.Sites(ctx); err != nil {
		return err
	}
	if t.who, err = t.roster(ctx); err != nil {
		return err
	}
	vantages, err := t.Store.Vantages(ctx)
	if err != nil {
		return err
	}
	t.places = make(map[string]store.Vantage, len(vantages))
	for _, v := range vantages {
		t.places[v.Name] = v
	}
	t.feeds, err = orders.Labels(ctx, t.Store)
	return err
}

// member tells of one site.
func (t *teller) member(ctx context.Context, m *watch.Member) (report.IncidentSite, error) {
	x := report.IncidentSite{
		Host: asciiOf(m.Site), Name: m.Site, Owner: ownerOf(t.sites, m.Site), Words: report.Words(m.Words), Grade: m.Grade.String(),
		Began: report.Moment(m.Start), Ended: report.Moment(m.End), Least: m.Total.Least.Seconds(), Most: m.Total.Most.Seconds(), Flaps: m.Flaps,
		ServedFrom: full(m.ReachableFrom), NotServedFrom: full(m.UnreachableFrom),
		Seen: []report.Seen{}, Listed: []report.Listed{}, Claimed: []report.Claimed{}, Activity: []report.SiteActivity{}, Evidence: []report.SiteEvidence{},
	}
	from, to := t.span(m)
	if site := siteNamed(t.sites, m.Site); site != nil {
		x.Name = site.Name
		if err := t.seen(ctx, &x, site, from, to); err != nil {
			return x, err
		}
	}
	if err := t.listed(ctx, &x, from, to); err != nil {
		return x, err
	}
	if err := t.claimed(ctx, x.Host, from, to); err != nil {
		return x, err
	}
	return x, t.inside(ctx, &x, from, to)
}

// span returns the time that a member may have lasted, at the most.
func (t *teller) span(m *watch.Member) (from, to time.Time) {
	from, to = m.Start.Earliest, m.End.Latest
	if from.IsZero() {
		from = m.Start.Latest
	}
	if to.IsZero() {
		to = t.Now()
	}
	return from, to.Add(time.Millisecond) // a range ends before its To
}

// seen tells what each vantage saw, and adds the hashes of that.
func (t *teller) seen(ctx context.Context, x *report.IncidentSite, site *store.Site, from, to time.Time) error {
	r := store.Range{Site: site.ID, From: from, To: to, Limit: maxResults}
	results, err := t.Store.Results(ctx, r)
	if err != nil {
		return err
	}
	x.Cut = len(results) == maxResults
	blind, err := t.blind(ctx, from, to)
	if err != nil {
		return err
	}
	byVantage := map[string][]store.Result{}
	for _, p := range results {
		byVantage[p.Vantage] = append(byVantage[p.Vantage], p)
	}
	for name, all := range byVantage {
		v := seenFrom(t.places[name], name, all)
		v.Blind = blind[name]
		x.Seen = append(x.Seen, v)
	}
	slices.SortFunc(x.Seen, func(a, b report.Seen) int { return strings.Compare(a.Vantage, b.Vantage) })
	measured, err := t.measured(ctx, r)
	for _, m := range measured {
		x.Evidence = append(x.Evidence, report.SiteEvidence{Kind: m.Kind, At: m.At, Hash: hashOf(m.Material)})
	}
	return err
}

// blind returns the vantages that were not healthy all the time.
func (t *teller) blind(ctx context.Context, from, to time.Time) (map[string]bool, error) {
	all, err := t.Store.HealthHistory(ctx, "", from, to)
	blind := map[string]bool{}
	for _, h := range all {
		if h.Health == watch.Impaired.String() || h.Health == watch.BlindHere.String() {
			blind[h.Vantage] = true
		}
	}
	return blind, err
}

// seenFrom sums up what one vantage found. It was inside when each of its results is from there.
func seenFrom(place store.Vantage, name string, all []store.Result) report.Seen {
	v := report.Seen{
		Vantage: name, Network: place.Network, Country: place.Country, Probes: len(all), Classes: []report.Class{},
		Inside: !slices.ContainsFunc(all, func(r store.Result) bool { return !r.Inside }),
	}
	counts := map[probe.Class]int{}
	for i := range all {
		counts[all[i].Class]++
		if all[i].Class.Vote() != probe.Down {
			continue
		}
		v.Failed, v.Last = v.Failed+1, all[i].At
		if v.First.IsZero() {
			v.First = all[i].At
		}
	}
	for class, n := range counts {
		v.Classes = append(v.Classes, report.Class{Class: class.String(), Words: report.Words(watch.ClassWords(class)), Probes: n})
	}
	slices.SortFunc(v.Classes, func(a, b report.Class) int { return cmp.Or(b.Probes-a.Probes, strings.Compare(a.Class, b.Class)) })
	return v
}

// listed tells which lists named the site about that time.
func (t *teller) listed(ctx context.Context, x *report.IncidentSite, from, to time.Time) error {
	for _, name := range t.who.names(x.Host) {
		all, err := orders.Load(ctx, t.Store, store.SightingFilter{Host: name, Since: from.Add(-nearby), Until: to}, orders.Bare)
		if err != nil {
			return err
		}
		for _, l := range all {
			x.Listed = append(x.Listed, report.Listed{
				Feed: l.Feed, First: l.First, Last: l.Last, Lists: l.Sightings, Received: []tlp.Label{t.feeds[l.Feed]},
			})
		}
	}
	return nil
}

// claimed gathers the statements on the site of which the window meets that time.
func (t *teller) claimed(ctx context.Context, host string, from, to time.Time) error {
	for _, name := range t.who.names(host) {
		versions, err := t.Store.Verdicts(ctx, "", "", name)
		if err != nil {
			return err
		}
		all, err := t.statements(ctx, versions, t.label, t.maker)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.Window.From.Before(to) && !s.Window.To.Before(from) {
				t.claims = append(t.claims, s)
			}
		}
	}
	return nil
}

// inside tells what an edge or a provider saw of an attack in that time.
func (t *teller) inside(ctx context.Context, x *report.IncidentSite, from, to time.Time) error {
	all, err := t.marksOf(ctx, x.Host)
	if err != nil {
		return err
	}
	for _, k := range all {
		m := sealedMark{k.Host, k.Seen, k.Role, k.From, k.Until}
		if a, ok := m.activity(); ok && k.From.Before(to) && !k.Until.Before(from) {
			x.Activity = append(x.Activity, report.SiteActivity(a))
		}
	}
	return nil
}
