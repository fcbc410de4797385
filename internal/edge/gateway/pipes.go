package gateway

import (
	"net/netip"
	"sync"
)

// pipesMax is how many request bodies may be passed on as they come at once.
const pipesMax = 32

// pipes divides the room for request bodies that are passed on as they come. Each holds a place at an origin for as long as its client
// sends, so a site's have at most a quarter of its origin's places, or one, and a network at most half of what others leave of those,
// rounded up. Who finds none is held in memory instead.
type pipes struct {
	limit int

	mu   sync.Mutex // guards what follows
	used int
	by   map[string]map[netip.Prefix]int // by the site's name; nothing is kept of sites and networks without any
}

func newPipes(limit int) *pipes {
	return &pipes{limit: limit, by: make(map[string]map[netip.Prefix]int)}
}

// take takes one for a network, or returns false. places are the site's origin's.
func (p *pipes) take(site string, network netip.Prefix, places int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	networks := p.by[site]
	held, others := networks[network], 0
	for other, n := range networks {
		if other != network {
			others += n
		}
	}
	room := max(1, places/4) - others
	if p.used >= p.limit || room < 1 || held+1 > (room+1)/2 {
		return false
	}
	if networks == nil {
		networks = make(map[netip.Prefix]int)
		p.by[site] = networks
	}
	networks[network]++
	p.used++
	return true
}

// give gives one back.
func (p *pipes) give(site string, network netip.Prefix) {
	p.mu.Lock()
	defer p.mu.Unlock()
	networks := p.by[site]
	p.used--
	if networks[network]--; networks[network] == 0 {
		delete(networks, network)
	}
	if len(networks) == 0 {
		delete(p.by, site)
	}
}

// inUse returns how many are taken.
func (p *pipes) inUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}
