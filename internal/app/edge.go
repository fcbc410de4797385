package app

import (
	"fmt"
	"slices"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/cert"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/edge/rules"
)

// edgeParts is the edge with all its parts, as one configuration wants it. What survives from the configuration before is shared with
// it: the cache unless its size has changed; of a site whose origins are the same, what admission has learned and the connections.
type edgeParts struct {
	sites   []*seawall.Site
	store   *held[*cache.Cache]
	ways    []*held[*way]
	cache   *cache.Cache
	admit   []*admit.Controller
	edge    *edge.Edge
	books   []*rules.Book // by the index of the site
	gateway *gateway.Gateway
	certs   *cert.Set // nil when nothing is encrypted
	report  func(seawall.Outcome)
}

// newEdgeParts builds them; before is nil for the first.
func newEdgeParts(o Options, cfg *config.Config, before *graph, report func(seawall.Outcome)) (_ *edgeParts, err error) {
	p := &edgeParts{report: report}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if err := p.openCache(cfg, before); err != nil {
		return nil, err
	}
	for i := range cfg.Sites {
		if err := p.addSite(o, &cfg.Sites[i], before); err != nil {
			return nil, fmt.Errorf("site %q: %w", cfg.Sites[i].Name, err)
		}
	}
	answers, err := answer.New(p.sites)
	if err != nil {
		return nil, err
	}
	p.edge, err = edge.New(edge.Options{Sites: p.sites, Cache: p.cache, Answers: answers, Admit: p.admit})
	if err != nil {
		return nil, err
	}
	origins := make([]gateway.Origin, len(p.ways))
	for i, way := range p.ways {
		origins[i] = way.it
	}
	options := gateway.Options{
		Edge: p.edge, Books: p.books, Cache: p.cache, Answers: answers, Admit: p.admit,
		Origins: origins, Report: report, Now: o.Now,
	}
	if before != nil {
		options.After = before.gateway
	}
	p.gateway, err = gateway.New(options)
	return p, err
}

func (p *edgeParts) openCache(cfg *config.Config, before *graph) error {
	if before != nil && before.config.Cache == cfg.Cache {
		p.store = before.store.again()
	} else {
		c, err := cache.New(cache.Options{MemoryBytes: cfg.Cache.Memory})
		if err != nil {
			return err
		}
		p.store = hold(c)
	}
	p.cache = p.store.it
	return nil
}

// addSite gives a site its own admission and its own way to the origin.
func (p *edgeParts) addSite(o Options, s *config.Site, before *graph) error {
	p.books = append(p.books, before.book(s.Name))
	if i := before.same(s); i >= 0 {
		p.sites, p.admit, p.ways = append(p.sites, &s.Site), append(p.admit, before.admit[i]), append(p.ways, before.ways[i].again())
		return nil
	}
	c, err := admit.New(admit.Options{})
	if err != nil {
		return err
	}
	way, err := newWay(o, s, c)
	if err != nil {
		return err
	}
	p.sites, p.admit, p.ways = append(p.sites, &s.Site), append(p.admit, c), append(p.ways, hold(way))
	return nil
}

// same returns the index of the site in g that has the name of s and asks the same origins in the same way, -1 when there is none.
func (g *graph) same(s *config.Site) int {
	if g == nil {
		return -1
	}
	return slices.IndexFunc(g.config.Sites, func(b config.Site) bool {
		return b.Name == s.Name && slices.Equal(b.Origins, s.Origins) && b.Upstream == s.Upstream && b.HTTPS == s.HTTPS
	})
}

// book returns what readers of the site asked for in peace, wherever its pages come from now.
func (g *graph) book(site string) *rules.Book {
	if g != nil {
		for i, s := range g.sites {
			if s.Name == site {
				return g.books[i]
			}
		}
	}
	return rules.NewBook(rules.DefaultSamples)
}

func (p *edgeParts) close() {
	if p.gateway != nil {
		p.gateway.Close()
	}
	for _, way := range p.ways {
		way.release()
	}
	if p.store != nil {
		p.store.release()
	}
}
