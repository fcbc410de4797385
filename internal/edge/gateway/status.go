package gateway

import (
	"strconv"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
)

// cacheName is how Seawall names itself in Cache-Status (RFC 9211, section 2).
const cacheName = "Seawall"

// hitStatus is the Cache-Status of an answer from the cache: its remaining time to live in seconds, negative when it is stale, and
// why it was served in spite of that.
func hitStatus(act edge.Action, now time.Time) string {
	s := cacheName + "; hit; ttl=" + strconv.FormatInt(int64((act.Entry.Freshness-act.Entry.Age(now))/time.Second), 10)
	if act.Answer == seawall.AnswerStale {
		s += "; detail=" + act.Reason.String()
	}
	return s
}

// forwardStatus is the Cache-Status of an answer that came from the origin (RFC 9211, sections 2.2, 2.3 and 2.6).
func forwardStatus(act edge.Action, status int, stored bool) string {
	s := cacheName + "; fwd="
	switch {
	case act.Reason == seawall.ReasonWantsNewer:
		s += "request"
	case act.Stale != nil:
		s += "stale"
	case act.Cache == seawall.CacheBypass:
		s += "bypass"
	default:
		s += "miss"
	}
	s += "; fwd-status=" + strconv.Itoa(status)
	if stored {
		s += "; stored"
	}
	return s
}

// collapsedStatus is the Cache-Status of an answer that another request fetched (RFC 9211, section 2.5).
func collapsedStatus() string { return cacheName + "; fwd=miss; collapsed" }
