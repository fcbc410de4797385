package agent

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// mostTurns is how many probes of one registrable domain may begin in a minute. The budget counts what is sent to the domain's sites; this bounds what
// its name servers are asked, about names that an assignment made up.
const mostTurns = probe.DoubtGETs

// turn is one turn of a site.
func (a *Agent) turn(ctx context.Context, key string) {
	name, _, _ := strings.Cut(key, "\x00")
	a.mu.Lock()
	s, ok := a.sites[name]
	a.mu.Unlock()
	if !ok || !a.room(ctx, s.Target()) || !a.count(s.Target().Site()) {
		return
	}
	r := a.inTurn.Take(ctx, s.Target())
	if ctx.Err() != nil && r.Class != probe.OK {
		return // broken off, which says nothing about the site
	}
	if r.OverBudget {
		a.counts.skipped.Add(1)
		return // nor does this: the next turn goes on from there
	}
	r.Vantage = a.options.Vantage
	a.counts.probes.Add(1)
	a.bring(ctx, bus.Result, message.Result{Site: name, Probe: short(r)})
}

// short returns a result without what could make it too long for the bus: URLs of redirects, when there is much of them.
func short(r probe.Result) probe.Result {
	long := len(r.FinalURL)
	for _, u := range r.Evidence.Redirects {
		long += len(u)
	}
	if long > bus.MaxKept/16 { // JSON may write a byte as six
		r.Evidence.Redirects = nil
	}
	return r
}

// room waits until the budget has room for a site, and returns false when that takes too long.
func (a *Agent) room(ctx context.Context, t probe.Target) bool {
	if !a.options.Now().Before(a.begin) && a.options.Prober.Budget().Wait(ctx, t.Site(), a.options.Now) {
		return true
	}
	if ctx.Err() == nil {
		a.counts.skipped.Add(1)
	}
	return false
}

// count counts a probe of a domain, and returns false when it would be one too many in this minute.
func (a *Agent) count(domain string) bool {
	minute := a.options.Now().Truncate(time.Minute)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.minute.Equal(minute) {
		a.minute, a.turns = minute, make(map[string]int)
	}
	if a.turns[domain] >= mostTurns {
		a.counts.skipped.Add(1)
		return false
	}
	a.turns[domain]++
	return true
}

// bring hands what was found to whoever puts it into the box.
func (a *Agent) bring(ctx context.Context, kind bus.Kind, what any) {
	payload, err := json.Marshal(what)
	if err != nil {
		a.lost("a result", err)
		return
	}
	select {
	case a.found <- Item{Kind: kind, Run: a.run, Sequence: a.sequence.Add(1), Payload: payload}:
	case <-ctx.Done():
	}
}
