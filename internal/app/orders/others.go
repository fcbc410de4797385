package orders

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/seawall-project/seawall/internal/app/lookout"
	"github.com/seawall-project/seawall/internal/store"
)

// OthersFunc returns the other hosts of sites beside their own with and without "www.", by host of a site. With an error it returns those that it
// could find.
type OthersFunc func(ctx context.Context) (map[string][]string, error)

// Sites is the part of a store that knows the watch list.
type Sites interface {
	Sites(ctx context.Context) ([]store.Site, error)
}

// OthersOf returns what finds other hosts of sites: those given, by host, and those of the table of [lookout.Aliases] in the state folder.
func OthersOf(db Sites, state string, given map[string][]string) OthersFunc {
	return func(ctx context.Context) (map[string][]string, error) {
		sites, err := db.Sites(ctx)
		hostOf := make(map[string]string, len(sites))
		for _, s := range sites {
			hostOf[s.Name] = s.Host
		}
		table, errTable := lookout.Aliases(state)
		all := make(map[string][]string, len(given)+len(table))
		maps.Copy(all, given)
		for site, others := range table {
			host, ok := hostOf[site]
			if !ok {
				host = site
			}
			all[host] = slices.Concat(all[host], others)
		}
		return all, errors.Join(err, errTable)
	}
}
