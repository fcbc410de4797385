package coordinator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/seawall-project/seawall/internal/bus"
	"github.com/seawall-project/seawall/internal/watch/message"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Of telling.
const (
	tellEvery  = time.Second
	fullEvery  = 2 * time.Second  // the whole assignment is told again no sooner
	dealEvery  = 15 * time.Second // leases end, and doubts
	renewEvery = 2 * time.Minute  // an assignment that has not changed
	tellFor    = 10 * time.Second
)

// assign tells vantages what to ask, until ctx ends.
func (c *Coordinator) assign(ctx context.Context) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		for _, l := range c.due() {
			c.tell(ctx, l)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// letter is an assignment that is to be sent.
type letter struct {
	vantage  string
	place    *place
	sequence int64
	message.Assignment
}

// due deals anew when that may change something, and returns what is to be sent now.
func (c *Coordinator) due() []letter {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.options.Now()
	if c.dirty || now.Sub(c.dealt) >= dealEvery {
		c.deal(now)
	}
	var all []letter
	for _, name := range slices.Sorted(maps.Keys(c.vantages)) {
		p := c.vantages[name]
		full := p.full && now.Sub(p.fullAt) >= fullEvery
		if !full && !p.askSelf && len(p.now) == 0 && p.clock == nil && now.Sub(p.sent) < renewEvery {
			continue
		}
		if p.clock != nil {
			p.clock.Sent = now.UTC()
		}
		c.sequence++
		l := letter{name, p, c.sequence, message.Assignment{ID: p.id, HoldSeconds: int(hold / time.Second), Now: p.now, AskSelf: p.askSelf, Clock: p.clock}}
		if full {
			l.Sites, l.Listed, l.HomeOnly, l.OptOuts = c.written(p.told, now), p.not.listed, p.not.homeOnly, p.not.optOuts
			p.fullAt, p.full = now, false
		}
		p.sent, p.now, p.askSelf, p.clock = now, nil, false, nil
		c.dealer.grant(name, p.told, now)
		all = append(all, l)
	}
	return all
}

// deal finds what every vantage is to ask. The caller holds mu.
func (c *Coordinator) deal(now time.Time) {
	c.dirty, c.dealt = false, now
	maps.DeleteFunc(c.doubt, func(_ string, until time.Time) bool { return !until.After(now) })
	dealt := c.dealer.deal(domains(c.sites), c.list, now)
	for name, p := range c.vantages {
		told, cut := bounded(dealt[name], c.rulesFor)
		rulesFor := c.rulesFor
		if cut > 0 { // rather home pages alone than fewer sites
			if more, less := bounded(dealt[name], c.shortFor); less < cut {
				told, cut, rulesFor = more, less, c.shortFor
			}
		}
		p.told, p.not = told, rulesIn(told, rulesFor)
		if cut > 0 {
			c.options.Logger.Warn("a vantage cannot be told of all sites", slog.String("vantage", name), slog.Int("left_out", cut))
		}
		if id := c.idOf(told, p.not); id != p.id {
			p.id, p.full = id, true
		}
	}
}

// room is what the sites of an assignment may take, in bytes. JSON writes some bytes as six, but hardly any that are in URLs.
const room = bus.MaxTold / 4 * 3

// bounded returns as many domains as fit into an assignment, with what must not be asked there, and how many sites do not.
func bounded(all []domain, rulesFor func(*domain) forbidden) (told []domain, cut int) {
	bytes, sites, hosts, outs := 0, 0, 0, 0
	for _, x := range all {
		not := rulesFor(&x)
		size, listed, optOuts := not.size(), len(not.listed)+len(not.homeOnly), len(not.optOuts)
		for _, s := range x.sites {
			size += len(s.Name) + len(s.URL) + len(s.Page) + 100
			for _, h := range s.Hosts {
				size += len(h) + 3
			}
		}
		if bytes+size > room || sites+len(x.sites) > message.MaxSites || hosts+listed > message.MaxListed || outs+optOuts > message.MaxOptOuts {
			cut += len(x.sites)
			continue
		}
		bytes, sites, hosts, outs = bytes+size, sites+len(x.sites), hosts+listed, outs+optOuts
		told = append(told, x)
	}
	return told, cut
}

// idOf names what an assignment says: the same whenever that is the same. The caller holds mu.
func (c *Coordinator) idOf(told []domain, not forbidden) string {
	h := sha256.New()
	e := json.NewEncoder(h)
	for _, s := range c.written(told, time.Time{}) {
		_ = e.Encode(s) // a hash takes everything
	}
	_ = e.Encode(not.listed)
	_ = e.Encode(not.homeOnly)
	_ = e.Encode(not.optOuts)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// written returns what an assignment says of sites; at the zero time, doubts are as long as they can be. It is not nil. The caller holds mu.
func (c *Coordinator) written(told []domain, now time.Time) []message.Site {
	sites := []message.Site{}
	for _, x := range told {
		doubt := slices.ContainsFunc(x.sites, func(s Site) bool { return !c.doubt[s.Name].IsZero() })
		for _, s := range x.sites {
			m := message.Site{Name: s.Name, URL: s.URL, Page: s.Page, Hosts: s.Hosts, EverySeconds: int(x.interval(doubt) / time.Second)}
			if until, is := c.doubt[s.Name]; is {
				m.DoubtSeconds = int(probe.LongDoubt / time.Second)
				if !now.IsZero() {
					m.DoubtSeconds = max(1, min(m.DoubtSeconds, int(until.Sub(now)/time.Second)))
				}
			}
			sites = append(sites, m)
		}
	}
	return sites
}

// tell sends an assignment. What could not be sent is sent again in whole.
func (c *Coordinator) tell(ctx context.Context, l letter) {
	payload, err := json.Marshal(l.Assignment)
	var m bus.Message
	if err == nil {
		m, err = bus.Envelope{
			Kind: bus.Assign, Vantage: l.vantage, Run: c.run, Sequence: l.sequence, Sent: c.options.Now(), Payload: payload,
		}.Message()
	}
	if err == nil {
		timed, cancel := context.WithTimeout(ctx, tellFor)
		defer cancel()
		err = c.options.Bus.Publish(timed, m)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.counts.told++
		return
	}
	c.counts.untold++
	l.place.full = true
	if ctx.Err() == nil && !errors.Is(err, bus.ErrLost) {
		c.options.Logger.Error("a vantage could not be told what to ask", slog.String("vantage", l.vantage), slog.Any("error", err))
	}
}
