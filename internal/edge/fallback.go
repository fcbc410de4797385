package edge

import (
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

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
	case seawall.ReasonSlowUpload:
		return refuse(site, 408, f.Reason) // RFC 9110, section 15.5.9
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
