package readers

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/seawall-project/seawall/internal/drill/paper"
	"github.com/seawall-project/seawall/internal/drill/work"
)

// Agent is what a reader reads with.
type Agent uint8

// The agents.
const (
	Browser Agent = iota
	FeedReader
	Script
)

// Visit is one reader from the first click within the act to the last.
type Visit struct {
	Source   netip.Addr // in 127.128.0.0/9
	Agent    Agent
	Browser  int    // which of the browsers, for the headers
	Language string // "da" or "en", asked for first
	NoScript bool   // JavaScript is not run and not fetched
	Cookie   string // of an earlier visit, shown when a form is sent in and the site has set none since
	Views    []View // at least one, by time
}

// View is one click.
type View struct {
	At     time.Duration // since the beginning of the act
	Kind   work.Kind
	Target string // path and query
	Body   string // of a form
	Assets int    // at most so many of the page's assets are fetched with it
}

// The share of readers behind shared addresses and the number of those.
const (
	sharedShare     = 0.10
	sharedAddresses = 3
)

// planner draws visits.
type planner struct {
	model    *Model
	rand     *rand.Rand
	targets  []string // by rank
	words    []string
	forms    []string
	fields   map[string][]string // by form
	rank     weights
	pages    weights
	wordRank weights
}

// NewPlan returns the visits that have views in [0, length), by the time of the first. It is a pure function: what is equal in gives
// equal plans. Visits begin by a Poisson process, long enough before 0 for the views to come at rateHz a second, on average, from the
// first moment on; of a visit that began before 0, the views within the act remain.
func NewPlan(seed uint64, m *Model, p *paper.Paper, rateHz float64, length time.Duration) []Visit {
	if rateHz <= 0 || length <= 0 {
		return nil
	}
	pl := newPlanner(seed, m, p)
	perVisit := float64(time.Second) * m.meanViews() / rateHz
	var visits []Visit
	for at := float64(-m.longest()); ; {
		at += pl.rand.ExpFloat64() * perVisit
		if at >= float64(length) {
			break
		}
		v := pl.visit(time.Duration(at))
		v.Views = slices.DeleteFunc(v.Views, func(w View) bool { return w.At < 0 || w.At >= length })
		if len(v.Views) > 0 {
			visits = append(visits, v)
		}
	}
	pl.settle(visits)
	slices.SortStableFunc(visits, func(a, b Visit) int { return cmp.Compare(a.Views[0].At, b.Views[0].At) })
	return visits
}

func newPlanner(seed uint64, m *Model, p *paper.Paper) *planner {
	pl := &planner{
		model:   m,
		rand:    rand.New(rand.NewPCG(seed, 0x72656164657273)),
		targets: append([]string{paper.FrontPath}, p.ArticlePaths()...),
		words:   paper.SearchWords(),
		forms:   p.FormPaths(),
		fields:  make(map[string][]string),
	}
	for n := range paper.ArchivePages {
		pl.targets = append(pl.targets, paper.ArchiveTarget(n+1))
	}
	for _, f := range pl.forms {
		pl.fields[f] = p.FormFields(f)
	}
	pl.rank = newWeights(m.Popularity, len(pl.targets))
	pl.pages = newWeights(m.Pages, maxPages)
	pl.wordRank = newWeights(zipf(len(pl.words), 1), len(pl.words))
	return pl
}

// visit draws a visit that begins at at.
func (pl *planner) visit(at time.Duration) Visit {
	r := pl.rand
	v := Visit{Browser: r.IntN(len(browsers)), Language: "da", Cookie: "courier_session=" + strconv.FormatUint(r.Uint64(), 16)}
	if chance(r, 0.3) {
		v.Language = "en"
	}
	switch x := r.Float64(); {
	case x < pl.model.Feeds:
		v.Agent = FeedReader
		v.Views = []View{{At: at, Target: paper.FeedPath}}
	case x < pl.model.Feeds+pl.model.Scripts:
		v.Agent = Script
		v.Views = []View{{At: at, Target: pl.targets[pl.rank.draw(r)]}}
	default:
		v.NoScript = chance(r, pl.model.NoScript)
		v.Views = pl.views(at)
	}
	return v
}

// views draws the views of a browser whose first is at at.
func (pl *planner) views(at time.Duration) []View {
	views := make([]View, 1+pl.pages.draw(pl.rand))
	for i := range views {
		views[i] = pl.view(at)
		at += sample(pl.rand, pl.model.Gaps)
	}
	return views
}

func (pl *planner) view(at time.Duration) View {
	r := pl.rand
	switch x := r.Float64(); {
	case x < pl.model.Searches:
		return View{At: at, Kind: work.Search, Target: paper.SearchTarget(pl.words[pl.wordRank.draw(r)])}
	case x < pl.model.Searches+pl.model.Forms:
		form := sample(r, pl.forms)
		return View{At: at, Kind: work.Form, Target: form, Body: pl.filled(form)}
	}
	return View{At: at, Kind: work.Page, Target: pl.targets[pl.rank.draw(r)], Assets: sample(r, pl.model.Assets)}
}

// filled returns a body for form, one that hardly any other reader sends.
func (pl *planner) filled(form string) string {
	values := make(url.Values)
	for _, field := range pl.fields[form] {
		values.Set(field, "reader "+strconv.FormatUint(pl.rand.Uint64(), 36))
	}
	return values.Encode()
}

// settle gives every visit its address: one in ten behind one of three shared ones, the others a /24 of their own as long as there are
// enough of them.
func (pl *planner) settle(visits []Visit) {
	next := sharedAddresses
	for i := range visits {
		if chance(pl.rand, sharedShare) {
			visits[i].Source = homeAddr(pl.rand.IntN(sharedAddresses), 1)
			continue
		}
		visits[i].Source = homeAddr(next, 1+pl.rand.IntN(254))
		next++
		if next == homes {
			next = sharedAddresses
		}
	}
}

// homes is the number of /24s in 127.128.0.0/9.
const homes = 1 << 15

// homeAddr returns the address of host in the nth of the homes.
func homeAddr(n, host int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 128 | byte(n>>8), byte(n), byte(host)})
}
