package edge

import (
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

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
	return p.ruled(now, site, r, hit, p.answer(now, site, r, hit))
}

// answer decides on a request as if there were no rules.
func (p *policy) answer(now time.Time, site *Site, r *seawall.Request, hit cache.Hit) Action {
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
