package inside

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/app"
	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/intel/draft"
)

// What it takes for an edge to say that the requests that a list orders came: in a minute in which the origin was in distress at least so many, and so
// much of all that was asked, of kinds that are less than one in a hundred in peace. A crowd of readers asks for everything as they do in peace.
const (
	metLeast = 300
	metShare = 10 // one in so many
)

const (
	metPause = 10 * time.Minute // without such a minute ends a time in which they came
	metMost  = 30 * time.Minute // after so long a time is told of, and another begins
	maxTold  = 64               // times that wait to be told
)

// witness counts what an edge meets of listed requests, and has it kept as evidence: such a time is a mark in the ledger.
type witness struct {
	mu     sync.Mutex
	counts map[string]*met // by site

	open map[string]*span // by site; the rest is the one goroutine's that calls look
	told []span
}

// met is what came to one site since the last look.
type met struct {
	all  int
	felt map[string]int // by rule set, requests that gave way because the origin was in distress
}

type span struct {
	site        string
	from, until time.Time
}

func newWitness() *witness {
	return &witness{counts: make(map[string]*met), open: make(map[string]*span)}
}

// observe counts one outcome. Sites are those of the configuration, sets those that are in force: neither grows by what strangers do.
func (w *witness) observe(o *seawall.Outcome) {
	if o.Site == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.counts[o.Site]
	if m == nil {
		m = &met{felt: make(map[string]int)}
		w.counts[o.Site] = m
	}
	m.all++
	if set, _, named := strings.Cut(o.Rule, "/"); named && o.Effect != (seawall.Effect{}) {
		m.felt[set]++
	}
}

// forget drops what came while nobody looked.
func (w *witness) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts = make(map[string]*met)
}

// look judges what came since from, and returns the times that are to be told. rare says which rule sets name little of what is asked in peace.
func (w *witness) look(from, now time.Time, rare func(site, set string) bool) []span {
	w.mu.Lock()
	counts := w.counts
	w.counts = make(map[string]*met, len(counts))
	w.mu.Unlock()
	for site, m := range counts {
		felt := 0
		for set, n := range m.felt {
			if rare(site, set) {
				felt += n
			}
		}
		if felt < metLeast || felt*metShare < m.all {
			continue
		}
		if w.open[site] == nil {
			w.open[site] = &span{site: site, from: from}
		}
		w.open[site].until = now
	}
	for site, s := range w.open {
		if now.Sub(s.until) >= metPause || s.until.Sub(s.from) >= metMost {
			delete(w.open, site)
			if len(w.told) < maxTold {
				w.told = append(w.told, *s)
			}
		}
	}
	return w.told
}

// run looks once a minute until ctx ends, and has what was met kept by the claims' desk on a socket.
func (w *witness) run(ctx context.Context, edge *app.App, socket string, logger *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	way := desk.There[claims.Desk](&control.Client{Path: socket})
	w.forget()
	for from := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		rare, err := rareSets(ctx, edge)
		if err == nil {
			w.look(from, now, rare)
			from = now
			err = w.tell(ctx, way)
		}
		if err != nil && ctx.Err() == nil {
			logger.Warn("what the edge met of listed requests is not kept yet", slog.Any("error", err))
		}
	}
}

// tell has every time kept that is to be told. What is refused is not tried again.
func (w *witness) tell(ctx context.Context, way desk.Way[claims.Desk]) error {
	for len(w.told) > 0 {
		s := w.told[0]
		_, err := claims.Mark.Ask(ctx, way, claims.Marking{Target: s.site, Seen: "templates", Role: claims.RoleEdge, From: s.from, Until: s.until})
		var refused *control.RefusedError
		if err != nil && !errors.As(err, &refused) {
			return err
		}
		w.told = w.told[1:]
		if err != nil {
			return err
		}
	}
	return nil
}

// rareSets returns which rule sets are known to name little of what is asked in peace.
func rareSets(ctx context.Context, edge *app.App) (func(site, set string) bool, error) {
	all, err := app.RulesList.Ask(ctx, desk.Here(edge), app.RulesNamed{})
	if err != nil {
		return nil, err
	}
	rare := make(map[[2]string]bool, len(all))
	for i := range all {
		t := draft.Traffic{Fit: all[i].Fit, Of: all[i].Of}
		rare[[2]string{all[i].Site, all[i].ID}] = t.Of >= draft.MinTraffic && !t.Wide()
	}
	return func(site, set string) bool { return rare[[2]string{site, set}] }, nil
}
