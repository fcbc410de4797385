package edge

import "github.com/seawall-project/seawall"

// Site is one site's policy as the edge holds it: immutable, reached through the policy's table of host names.
type Site struct {
	*seawall.Site
	Index int // position in the configuration; parts of the edge keep their own tables by it
}
