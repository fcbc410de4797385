// Package edge decides what is to be done with connections and requests. It asks three questions and answers each with one
// [Action] out of a small closed set:
//
//   - [Edge.Greet]: a new connection, before anything is spent on it;
//   - [Edge.Decide]: a request;
//   - [Edge.Fallback]: a request whose forward to the origin came to nothing.
//
// Each has a file of its own. All three read and never write, but for the cache's book of what is used. They see the question, one
// immutable policy behind an atomic pointer, and what the edge's parts own (the cache, admission, prepared answers) through reads that
// neither wait nor allocate. The same inputs give the same action, so a decision can be tested without a network and replayed from a
// log. State changes only when package gateway carries an action out.
//
// When the edge cannot tell, the reader's request goes on to the origin and is counted.
package edge

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
	"github.com/seawall-project/seawall/internal/edge/rules"
)

// Options configure an [Edge]. All fields but MaxBody and the patience of requests are required.
type Options struct {
	Sites   []*seawall.Site
	Cache   *cache.Cache
	Answers *answer.Book
	Admit   []*admit.Controller // one for each site, in the same order

	MaxBody       int64         // bytes of a request's body; default 16 MiB
	Patience      time.Duration // how long a request may queue for the origin; default 1.5 s
	StalePatience time.Duration // the same when a stale copy could be served instead; default 250 ms
}

// Defaults for the zero fields of [Options].
const (
	DefaultMaxBody       = 16 << 20
	DefaultPatience      = 1500 * time.Millisecond
	DefaultStalePatience = 250 * time.Millisecond
)

// Edge answers the three questions. It is safe for concurrent use.
type Edge struct {
	policy atomic.Pointer[policy]
	mu     sync.Mutex // held by whoever changes policy
}

// policy is everything the edge knows, immutable.
type policy struct {
	Options
	sites []Site
	hosts map[string]*Site
	rules []*rules.Matcher // by the index of the site; nil for none
}

// New returns an edge for the given sites.
func New(o Options) (*Edge, error) {
	p, err := newPolicy(o)
	if err != nil {
		return nil, err
	}
	e := &Edge{}
	e.policy.Store(p)
	return e, nil
}

func newPolicy(o Options) (*policy, error) {
	if o.Cache == nil || o.Answers == nil || len(o.Admit) != len(o.Sites) {
		return nil, errors.New("edge: cache, answers and one admission controller for each site are required")
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	if o.StalePatience == 0 {
		o.StalePatience = DefaultStalePatience
	}
	p := &policy{Options: o, sites: make([]Site, len(o.Sites)), hosts: make(map[string]*Site), rules: make([]*rules.Matcher, len(o.Sites))}
	for i, s := range o.Sites {
		p.sites[i] = Site{Site: s, Index: i, Base: baseOf(s)}
		for _, host := range append([]string{s.Name}, s.Aliases...) {
			host = strings.ToLower(host)
			if p.hosts[host] != nil {
				return nil, fmt.Errorf("edge: two sites answer to %q", host)
			}
			p.hosts[host] = &p.sites[i]
		}
	}
	return p, nil
}
