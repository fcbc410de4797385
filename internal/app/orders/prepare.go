package orders

import (
	"context"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/intel"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
	"github.com/seawall-project/seawall/internal/intel/draft"
	"github.com/seawall-project/seawall/internal/store"
)

// Prepare makes drafts of all that was ever aimed at a site, for its edge to judge. Nothing comes into force by it.
var Prepare = Op[AskingHost, []draft.Draft]{Name: "intel-prepare", Do: (*Desk).prepare}

// prepare does [Prepare]: the site's host counts with and without "www.", and so do its other hosts.
func (d *Desk) prepare(ctx context.Context, in AskingHost) ([]draft.Draft, error) {
	site, ok := ddosia.NormalHost(in.Host)
	if !ok {
		return nil, desk.Refuse("%q is no host name", in.Host)
	}
	hosts, err := d.hostsOf(ctx, site)
	if err != nil {
		return nil, err
	}
	from := seawall.Provenance{Listing: "all"}
	var templates []seawall.Template
	for _, host := range hosts {
		all, err := Load(ctx, d.Store, store.SightingFilter{Host: host}, WithTemplates)
		if err != nil {
			return nil, err
		}
		for i := range all {
			templates = append(templates, all[i].Templates...)
			if l := &all[i]; !l.Last.Before(from.Seen) {
				from.Feed, from.Seen = l.Feed, l.Last
			}
		}
	}
	return draft.Make(site, from, d.Now(), distinct(templates)), nil
}

// hostsOf returns a site's host with and without "www.", and its other hosts.
func (d *Desk) hostsOf(ctx context.Context, site string) ([]string, error) {
	if d.Others == nil {
		return hostsOf(site, nil), nil
	}
	others, err := d.Others(ctx)
	return hostsOf(site, others[site]), err
}

// distinct returns templates each once; the age of their orders does not count.
func distinct(all []seawall.Template) []seawall.Template {
	seen := make(map[string]bool, len(all))
	var out []seawall.Template
	for i := range all {
		if id := intel.TemplateID(&all[i]); !seen[id] {
			seen[id] = true
			out = append(out, all[i])
		}
	}
	return out
}
