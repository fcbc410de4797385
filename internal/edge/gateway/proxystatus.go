package gateway

import (
	"strconv"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// localErrors are the error types (RFC 9209, section 2.3) of answers that Seawall makes without an error of the origin's to name.
var localErrors = localStatuses(map[seawall.Reason]origin.ErrorType{
	seawall.ReasonUnknownHost:  "destination_not_found",
	seawall.ReasonMethod:       "http_request_denied",
	seawall.ReasonLoop:         origin.LoopDetected,
	seawall.ReasonShed:         origin.ConnectionLimit,
	seawall.ReasonQueueFull:    origin.ConnectionLimit,
	seawall.ReasonCrowded:      origin.ConnectionLimit,
	seawall.ReasonUploads:      origin.ConnectionLimit,
	seawall.ReasonStreams:      origin.ConnectionLimit,
	seawall.ReasonTunnels:      origin.ConnectionLimit,
	seawall.ReasonOriginDown:   origin.Unavailable,
	seawall.ReasonOriginError:  origin.Unavailable,
	seawall.ReasonOriginReset:  origin.Incomplete,
	seawall.ReasonBadRequest:   origin.RequestError,
	seawall.ReasonBodyTooLarge: origin.RequestError,
	seawall.ReasonSlowUpload:   origin.RequestError,
})

// localStatuses spells the fields out, so that an answer under flood costs no more for them. What makes a head or a body malformed is
// the client's error like any other.
func localStatuses(types map[seawall.Reason]origin.ErrorType) map[seawall.Reason]string {
	for why := seawall.ReasonLengthAndCoding; why <= seawall.ReasonFrames; why++ {
		types[why] = origin.RequestError
	}
	out := make(map[seawall.Reason]string, len(types))
	for why, kind := range types {
		out[why] = cacheName + "; error=" + string(kind)
	}
	return out
}

// proxyStatus is the Proxy-Status of an answer of our own making (RFC 9209): why it is not the origin's. "" when there is nothing to say.
func (v *visit) proxyStatus(why seawall.Reason) string {
	switch e := v.failure; {
	case e != nil && e.Reason == why && e.Type != "":
		s := cacheName + "; error=" + string(e.Type)
		if e.Limit != "" {
			s += `; details="` + e.Limit + `"`
		}
		return s
	case v.received != 0 && why == seawall.ReasonOriginError:
		return localErrors[why] + "; received-status=" + strconv.Itoa(v.received)
	default:
		return localErrors[why]
	}
}
