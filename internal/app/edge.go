package app

import (
	"fmt"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// edgeParts is the edge with all its parts, as one configuration wants it.
type edgeParts struct {
	sites   []*seawall.Site
	cache   *cache.Cache
	admit   []*admit.Controller
	origins []*origin.Origin
	gateway *gateway.Gateway
}

func newEdgeParts(o Options, report func(seawall.Outcome)) (_ *edgeParts, err error) {
	p := &edgeParts{}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.cache, err = cache.New(cache.Options{MemoryBytes: o.Config.Cache.Memory}); err != nil {
		return nil, err
	}
	for i := range o.Config.Sites {
		if err := p.addSite(o, &o.Config.Sites[i].Site); err != nil {
			return nil, fmt.Errorf("site %q: %w", o.Config.Sites[i].Name, err)
		}
	}
	answers, err := answer.New(p.sites)
	if err != nil {
		return nil, err
	}
	e, err := edge.New(edge.Options{Sites: p.sites, Cache: p.cache, Answers: answers, Admit: p.admit})
	if err != nil {
		return nil, err
	}
	origins := make([]gateway.Origin, len(p.origins))
	for i, way := range p.origins {
		origins[i] = way
	}
	p.gateway, err = gateway.New(gateway.Options{
		Edge: e, Cache: p.cache, Answers: answers, Admit: p.admit,
		Origins: origins, Report: report, Now: o.Now,
	})
	return p, err
}

// addSite gives a site its own admission and its own way to the origin.
func (p *edgeParts) addSite(o Options, s *seawall.Site) error {
	c, err := admit.New(admit.Options{})
	if err != nil {
		return err
	}
	way, err := origin.New(origin.Options{BaseURL: s.Origins[0], Dial: o.Dial, Now: o.Now})
	if err != nil {
		return err
	}
	p.sites, p.admit, p.origins = append(p.sites, s), append(p.admit, c), append(p.origins, way)
	return nil
}

func (p *edgeParts) close() {
	if p.gateway != nil {
		p.gateway.Close()
	}
	for _, o := range p.origins {
		o.Close()
	}
	if p.cache != nil {
		p.cache.Close()
	}
}
