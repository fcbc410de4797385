package claims

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/claim"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch"
	"github.com/seawall-project/seawall/internal/watch/replay"
)

// Reader is the part of a store from which verdicts are made.
type Reader interface {
	Results(ctx context.Context, r store.Range) ([]store.Result, error)
	Sites(ctx context.Context) ([]store.Site, error)
	Maintenances(ctx context.Context, t time.Time) ([]store.Maintenance, error)
	Incidents(ctx context.Context, f store.IncidentFilter) ([]store.Incident, error)
	Vantages(ctx context.Context) ([]store.Vantage, error)
	HealthHistory(ctx context.Context, vantage string, from, to time.Time) ([]store.Health, error)
}

// Judge judges claims by what a store keeps of the lookout's measurements: stored results go through the same machine, and the rounds to the same rules,
// as those of a written night.
type Judge struct {
	Store Reader
	Now   func() time.Time
}

// Asked is what a verdict is wanted on.
type Asked struct {
	Target   string            // a host or URL
	Listings []seawall.Listing // of this host, in any feed
	Claims   []Told            // of this host
	Lists    []time.Time       // when lists of any feed came, whomever they name: without one in 26 hours no list is known
	Marks    []claim.Mark      // what the site's own edge or its people know

	// spoken returns what lists and claims say of all watched sites about a time; nil when that is not known, and then others that fail at the same time
	// speak neither for nor against.
	spoken func(h claim.Span) (*night, error)
}

// Told is a claim and when it came in.
type Told struct {
	At    time.Time
	Claim replay.Claim // its targets do not matter
}

// VerdictOf returns the verdicts on a target, one for each attack that is spoken of. A window that is not over is judged up to now, and said to be
// preliminary. A host that is not on the watch list is unknown. Of each attack it reads the window and the 14 days before, however far attacks lie
// apart; with more than a million results around one it fails with [ErrTooMuch].
func (j *Judge) VerdictOf(ctx context.Context, a Asked) (*Verdicts, error) {
	now := j.Now().UTC()
	name := asciiOf(hostOf(a.Target))
	sites, err := j.Store.Sites(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the watch list: %w", err)
	}
	n := newNight()
	site := siteNamed(sites, name)
	config, err := j.config(ctx, site)
	if err != nil {
		return nil, err
	}
	n.sight = newSight(config)
	n.ask(a, name)
	n.sort()
	out := &Verdicts{Verdicts: []Verdict{}}
	for _, s := range n.said {
		for _, ch := range chapters(s.groups, now) {
			if site != nil {
				if err := j.see(ctx, n, *site, config, ch.Span); err != nil {
					return nil, err
				}
			}
			for _, i := range ch.groups {
				q := n.question(s, i, nil)
				q.Until = now
				q.Marks = append(q.Marks, a.Marks...)
				if site != nil {
					if err := j.surroundings(ctx, &q, a, *site, s.groups[i]); err != nil {
						return nil, err
					}
				}
				out.Verdicts = append(out.Verdicts, verdictOf(claim.Judge(q), q))
			}
			if err := n.sight.err(); err != nil {
				return nil, err
			}
		}
	}
	out.Notes, out.Counts = append([]string{}, n.notes...), n.counts
	return out, nil
}

// ask takes in what is said of the target.
func (n *night) ask(a Asked, name string) {
	for _, t := range a.Lists {
		n.feeds.list("", t)
	}
	for i := range a.Listings {
		n.hearListing(name, &a.Listings[i])
	}
	for _, t := range a.Claims {
		c := t.Claim
		c.Targets = []string{name}
		n.hearClaim(t.At, &c)
	}
}

// hearClaim takes in a claim.
func (n *night) hearClaim(at time.Time, c *replay.Claim) { n.hear(replay.Told{At: at, Claim: c}) }

// hearListing takes in that a list names a host.
func (n *night) hearListing(host string, l *seawall.Listing) {
	n.counts.Lists++
	n.feeds.list(l.Feed, l.Last)
	if s, ok := n.of(host); ok {
		s.listings = append(s.listings, claim.Source{Kind: claim.List, Name: l.Feed, First: l.First.UTC(), Last: l.Last.UTC(), Previous: l.Previous.UTC()})
	}
}

// hostOf returns the host of a host or URL, in lower case, without a trailing dot.
func hostOf(target string) string {
	name := strings.ToLower(strings.TrimSpace(target))
	if _, rest, found := strings.Cut(name, "://"); found {
		name = rest
	}
	name, _, _ = strings.Cut(name, "/")
	if h, port, found := strings.Cut(name, ":"); found && !strings.Contains(port, ":") {
		name = h
	}
	return strings.TrimSuffix(name, ".")
}

// siteNamed returns the site of a host, with or without "www."; nil without one. One that was removed has its history still.
func siteNamed(sites []store.Site, host string) *store.Site {
	both := seawall.Spellings(host)
	for _, name := range []string{host, both[0], both[1]} { // itself goes before the other
		if i := slices.IndexFunc(sites, func(s store.Site) bool { return s.Host == name }); i >= 0 {
			return &sites[i]
		}
	}
	return nil
}

// config is what the machine watches: one site, from every place. Which of them were inside the site's network, and when, its results say.
func (j *Judge) config(ctx context.Context, site *store.Site) (watch.Config, error) {
	var c watch.Config
	if site == nil {
		return c, nil
	}
	c.Sites = []watch.Site{{Name: site.Host, Home: site.Country}}
	places, err := j.Store.Vantages(ctx)
	if err != nil {
		return c, fmt.Errorf("read the vantages: %w", err)
	}
	for _, p := range places {
		c.Vantages = append(c.Vantages, watch.Vantage{Name: p.Name, Network: p.Network, Country: p.Country})
	}
	return c, nil
}

// facts returns how vantages fared and what was announced.
func (j *Judge) facts(ctx context.Context, n *night, site store.Site, c watch.Config, from, to time.Time) ([]watch.Fact, error) {
	var facts []watch.Fact
	healths, err := j.Store.HealthHistory(ctx, "", from, to)
	if err != nil {
		return nil, fmt.Errorf("read how vantages fared: %w", err)
	}
	for _, h := range healths {
		var health watch.Health
		known := slices.ContainsFunc(c.Vantages, func(v watch.Vantage) bool { return v.Name == h.Vantage })
		if !known || health.UnmarshalText([]byte(h.Health)) != nil {
			continue
		}
		at := h.At
		if at.Before(from) {
			at = from
		}
		facts = append(facts, watch.Fact{At: at, Report: &watch.HealthReport{Vantage: h.Vantage, Given: &health}})
	}
	windows, err := j.Store.Maintenances(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("read maintenance windows: %w", err)
	}
	for _, w := range windows {
		if w.From.Before(to) && (w.Site == 0 || w.Site == site.ID) {
			n.quiet[site.Host] = append(n.quiet[site.Host], claim.Span{From: w.From, To: w.To})
			at := w.From
			if at.Before(from) {
				at = from
			}
			facts = append(facts, watch.Fact{At: at, Maintenance: &watch.Maintenance{Site: site.Host, From: w.From, Until: w.To}})
		}
	}
	return facts, nil
}

// surroundings adds who else failed at about the time, by the incidents of then.
func (j *Judge) surroundings(ctx context.Context, q *claim.Question, a Asked, site store.Site, group []claim.Source) error {
	if a.spoken == nil {
		return nil
	}
	h := hullOf(group)
	const most = 1000
	incidents, err := j.Store.Incidents(ctx, store.IncidentFilter{Since: h.From.Add(-time.Hour), Until: h.To.Add(time.Hour), Limit: most})
	if err != nil {
		return fmt.Errorf("read incidents: %w", err)
	}
	if len(incidents) == 0 {
		return nil
	}
	n, err := a.spoken(h)
	if err != nil {
		return err
	}
	if x := n.sight.sites[site.Host]; x != nil { // else it is not watched any more
		n.failedIn(incidents).surround(q, x, h)
	}
	return nil
}
