// Package edge decides what is to be done with connections and requests. It asks three questions and answers each with one
// [Action] out of a small closed set:
//
//   - [Edge.Greet]: a new connection, before anything is spent on it;
//   - [Edge.Decide]: a request;
//   - [Edge.Fallback]: a request whose forward to the origin came to nothing.
//
// All three read and never write, but for the cache's book of what is used. They see the question, one immutable policy behind an atomic pointer, and what the edge's parts
// own (the cache, admission, prepared answers) through reads that neither wait nor allocate. The same inputs give the same action,
// so a decision can be tested without a network and replayed from a log. State changes only when package gateway carries an action
// out.
//
// When the edge cannot tell, the reader's request goes on to the origin and is counted.
package edge

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/admit"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
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
}

// policy is everything the edge knows, immutable.
type policy struct {
	Options
	sites []Site
	hosts map[string]*Site
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
	p := &policy{Options: o, sites: make([]Site, len(o.Sites)), hosts: make(map[string]*Site)}
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

// How many connections an address and a network may have open for as long as there is room at all.
const (
	addressConns = 8 // a browser opens six to one host
	networkConns = 16
)

// Greet decides on a new connection: Forward lets it in, Drop closes it without a word. A network (/24 or /48) may have
// [networkConns] connections open, and beyond that as many as half of what is free; one address [addressConns], and as many as a quarter.
// A fixed number would cut off schools and carriers whose many readers share few addresses; a share of what is free lets them have
// thousands in peace and leaves room for others: the first network gets a third of all, the next a third of what is left.
func (e *Edge) Greet(_ time.Time, h *Hello) Action {
	free := h.ConnLimit - h.Conns
	switch {
	case free < 0, h.Address > max(addressConns, free/4), h.Network > max(networkConns, free/2):
		return Action{Kind: seawall.ActionDrop, Reason: seawall.ReasonConnections}
	case h.TLS && h.Handshakes > h.HandLimit:
		return Action{Kind: seawall.ActionDrop, Reason: seawall.ReasonHandshakes}
	default:
		return Action{Kind: seawall.ActionForward}
	}
}

// Decide decides on a request: Refuse what no site of ours can answer, Serve a redirect to who asks for a site by another name or
// without the encryption it has, Serve what is fresh, Forward the rest.
func (e *Edge) Decide(now time.Time, r *seawall.Request) Action {
	p := e.policy.Load()
	site := p.hosts[r.Host]
	switch {
	case r.Flaw != seawall.ReasonNone:
		return refuse(site, flawStatus(r.Flaw), r.Flaw)
	case site == nil:
		return refuse(nil, 421, seawall.ReasonUnknownHost) // RFC 9110, section 15.5.20
	case r.Path == "" || r.Path[0] != '/':
		return refuse(site, 400, seawall.ReasonBadRequest)
	case !forwards(r.Method):
		return refuse(site, 501, seawall.ReasonMethod)
	case elsewhere(site, r):
		return redirect(site, r)
	case r.BodySize > p.MaxBody:
		return refuse(site, 413, seawall.ReasonBodyTooLarge)
	}
	hit := p.lookup(now, site, r)
	newer := hit.WantsNewer && !p.Admit[site.Index].Load(now).Pressure
	switch {
	case hit.State == cache.Fresh && !newer:
		return serve(site, hit.Entry, seawall.AnswerFresh, seawall.ReasonFresh)
	case hit.TakesStale:
		return serve(site, hit.Entry, seawall.AnswerStale, seawall.ReasonTakesStale)
	case hit.WhileRevalidate && hit.Collapsible && !newer:
		return p.renew(site, r, hit)
	case hit.OnlyIfCached && hit.State != cache.Fresh && !hit.MayServeStale:
		return refuse(site, 504, seawall.ReasonOnlyIfCached) // RFC 9111, section 5.2.1.7
	}
	return p.forward(site, r, hit)
}

// Fresh returns the stored answer to r that may be served without asking the origin, whatever else the request would like; nil when
// there is none.
func (e *Edge) Fresh(now time.Time, r *seawall.Request) *cache.Entry {
	p := e.policy.Load()
	site := p.hosts[r.Host]
	if site == nil {
		return nil
	}
	if hit := p.lookup(now, site, r); hit.State == cache.Fresh {
		return hit.Entry
	}
	return nil
}

// serve serves what is stored.
func serve(site *Site, entry *cache.Entry, as seawall.Answer, why seawall.Reason) Action {
	state := seawall.CacheHit
	if as == seawall.AnswerStale {
		state = seawall.CacheStale
	}
	return Action{Kind: seawall.ActionServe, Reason: why, Site: site, Answer: as, Entry: entry, Cache: state}
}

// renew serves what is just past its time, and has it renewed.
func (p *policy) renew(site *Site, r *seawall.Request, hit cache.Hit) Action {
	a := serve(site, hit.Entry, seawall.AnswerStale, seawall.ReasonRenewing)
	a.Renew, a.Key, a.Class, a.Wait = true, hit.Key, p.Admit[site.Index].Classify(r), p.Patience
	return a
}

func refuse(site *Site, status int, why seawall.Reason) Action {
	return Action{Kind: seawall.ActionRefuse, Reason: why, Site: site, Status: status}
}

// flawStatus is the status that tells a client what is wrong with what it sent.
func flawStatus(why seawall.Reason) int {
	switch why {
	case seawall.ReasonHeadTooLarge:
		return 431 // RFC 6585, section 5
	case seawall.ReasonVersion:
		return 505
	case seawall.ReasonExpectation:
		return 417
	default:
		return 400
	}
}

// forwards reports whether a method is one that the origin may see. TRACE echoes what it is sent, credentials included, and CONNECT
// asks for a tunnel: neither is for a website's edge (RFC 9110, sections 9.3.6 and 9.3.8).
func forwards(method string) bool {
	return method != "" && method != "TRACE" && method != "CONNECT"
}

// Switches returns the protocol that r asks to be switched to, "websocket", or "" when it is none that Seawall lets through (RFC 9110,
// section 7.8; RFC 6455, section 4.1): h2c above all would carry requests past every rule here.
func Switches(r *seawall.Request) string {
	if r.Method != "GET" || r.Proto != seawall.HTTP11 || r.BodySize != 0 || !r.Fields.Has("Upgrade") {
		return ""
	}
	const protocol = "websocket"
	if lists(r.Fields, "Connection", "upgrade") && lists(r.Fields, "Upgrade", protocol) {
		return protocol
	}
	return ""
}

// lists reports whether the fields called name list a token, whatever its case.
func lists(fields seawall.Fields, name, token string) bool {
	for value := range fields.Values(name) {
		for item := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.Trim(item, " \t"), token) {
				return true
			}
		}
	}
	return false
}

// lookup asks the cache, but for requests to switch protocols: a page, however fresh, is no answer to them.
func (p *policy) lookup(now time.Time, site *Site, r *seawall.Request) cache.Hit {
	if Switches(r) != "" {
		return cache.Hit{State: cache.Bypass}
	}
	return p.Cache.Lookup(now, site.Site, r)
}

func (p *policy) forward(site *Site, r *seawall.Request, hit cache.Hit) Action {
	a := Action{
		Kind: seawall.ActionForward, Reason: seawall.ReasonMiss, Site: site, Cache: seawall.CacheMiss,
		Class: p.Admit[site.Index].Classify(r), Wait: p.Patience,
	}
	a.Lane = a.Class.Lane
	switch hit.State {
	case cache.Bypass:
		a.Reason, a.Cache = seawall.ReasonUncachable, seawall.CacheBypass
	case cache.Stale:
		a.Reason, a.Stale, a.Spare = seawall.ReasonRevalidate, hit.Entry, hit.MayServeStale
	case cache.Fresh:
		a.Reason, a.Stale, a.Spare = seawall.ReasonWantsNewer, hit.Entry, true
	}
	if a.Spare {
		a.Wait = p.StalePatience
	}
	if hit.Collapsible {
		a.Key = hit.Key
	}
	return a
}

// Fallback decides what a reader gets when the origin could not be asked or did not answer: a stale copy where RFC 9111, section
// 4.2.4, allows it, else an honest note. This is the only place where that cascade is written.
func (e *Edge) Fallback(now time.Time, r *seawall.Request, f Failure) Action {
	p := e.policy.Load()
	site := p.hosts[r.Host]
	if site == nil {
		return refuse(nil, 421, seawall.ReasonUnknownHost)
	}
	switch f.Reason { // what the origin cannot be asked at all
	case seawall.ReasonBodyTooLarge:
		return refuse(site, 413, f.Reason)
	case seawall.ReasonBadRequest:
		return refuse(site, 400, f.Reason)
	case seawall.ReasonMethod:
		return refuse(site, 501, f.Reason)
	case seawall.ReasonLoop:
		return refuse(site, 508, f.Reason)
	case seawall.ReasonWrongLength, seawall.ReasonBadChunk, seawall.ReasonBadField, seawall.ReasonFieldSpace, seawall.ReasonFoldedField,
		seawall.ReasonBareNewline, seawall.ReasonHeadTooLarge: // found in a body
		return refuse(site, flawStatus(f.Reason), f.Reason)
	}
	if hit := p.lookup(now, site, r); hit.State == cache.Fresh {
		return serve(site, hit.Entry, seawall.AnswerFresh, f.Reason)
	} else if hit.State == cache.Stale && hit.MayServeStale {
		return serve(site, hit.Entry, seawall.AnswerStale, f.Reason)
	}
	unsafe := p.Admit[site.Index].Classify(r).Lane == seawall.LaneForm
	return Action{
		Kind: seawall.ActionServe, Reason: f.Reason, Site: site, Answer: seawall.AnswerNote,
		Note: p.Answers.Note(site.Index, situationOf(f.Reason), unsafe, f.Sent, r),
	}
}

// situationOf says what a reader is to be told about a failure.
func situationOf(why seawall.Reason) answer.Situation {
	switch why {
	case seawall.ReasonOriginDown:
		return answer.Down
	case seawall.ReasonOriginTimeout, seawall.ReasonOriginConnect, seawall.ReasonOriginHandshake, seawall.ReasonOriginStalled,
		seawall.ReasonOriginUnfinished:
		return answer.Late
	case seawall.ReasonOriginReset, seawall.ReasonOriginError:
		return answer.Broken
	default:
		return answer.Busy
	}
}
