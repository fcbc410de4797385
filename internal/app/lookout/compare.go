package lookout

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
	"github.com/seawall-project/seawall/internal/watch/reference"
)

// Adopt says that what a site shows now is its own page, as after a new design.
var Adopt = Op[Named, Adopted]{Name: "adopt", Do: (*Desk).adoptPage}

// Adopted is whether there was anything to adopt.
type Adopted struct {
	Site    string `json:"site"`
	Changed bool   `json:"changed"` // false: the site shows the page that it is known by
}

func (d *Desk) adoptPage(ctx context.Context, in Named) (a Adopted, err error) {
	if d.Adopt == nil {
		return a, desk.Refuse("no lookout runs here, and a lookout remembers what sites look like: start one with \"seawall watch run\"")
	}
	s, err := d.find(ctx, in.Site)
	if err != nil {
		return a, err
	}
	return Adopted{s.Name, d.Adopt(s.Host)}, nil
}

// compare holds a page that came against what the site usually shows, and says so where it is another one. The caller holds mu.
func (l *Lookout) compare(site store.Site, f *finding) {
	if f.late || f.r.Class != probe.OK || f.r.URL != site.URL || slices.Contains(f.r.Assessment, probe.Maintenance) {
		return
	}
	k := l.learned[f.host]
	if k.page.Judge(reference.Page{Title: f.r.Evidence.Title, Simhash: f.r.Evidence.Simhash}, f.r.At) {
		f.r.Assessment = append(slices.Clip(f.r.Assessment), probe.WrongContent)
	}
	l.learned[f.host] = k
}

// Adopt makes what a site shows now the page that it is known by, and reports whether that is another one.
func (l *Lookout) Adopt(host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.learned[host]
	changed := k.page.Adopt()
	l.learned[host] = k
	return changed
}

// proofs returns of what evidence was last kept, in the form in which that is kept. The caller holds mu.
func (l *Lookout) proofs() []proof {
	all := make([]proof, 0, len(l.proven))
	for at, v := range l.proven {
		all = append(all, proof{at.host, at.vantage, v.class, v.assessed})
	}
	slices.SortFunc(all, func(a, b proof) int {
		return cmp.Or(strings.Compare(a.Host, b.Host), strings.Compare(a.Vantage, b.Vantage)) // what is alike lies together, and packs well
	})
	return all
}
