package gateway

import (
	"errors"
	"io"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
)

// uploadBytes is how many bytes of request bodies are held in memory at once, of all requests together.
const uploadBytes = 64 << 20

// uploadChunk is how much room is taken at a time.
const uploadChunk = 16 << 10

// receive reads the whole of the request's body into memory before anything else is done with it. So a client who sends slowly holds
// no place at the origin, what the origin is seen to cost is not what the client took to type, and the body can be sent a second time.
// The room is given back when the visit ends. A body whose length was not known has one from then on, unless there are trailers behind
// it; one that is not as long as announced is refused.
func (v *visit) receive() *edge.Failure {
	if v.Body == nil {
		return nil
	}
	network, body := v.Request.Client.Prefix(), &held{}
	for {
		if !v.uploads.take(network, uploadChunk) {
			return &edge.Failure{Reason: seawall.ReasonUploads}
		}
		v.uploaded += uploadChunk
		switch err := body.fill(v.Body); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return v.keep(body)
		case errors.Is(err, ErrBodyTooLarge):
			return &edge.Failure{Reason: seawall.ReasonBodyTooLarge}
		case err != nil:
			if flaw, ok := errors.AsType[BodyError](err); ok {
				return &edge.Failure{Reason: seawall.Reason(flaw)}
			}
			return &edge.Failure{Reason: seawall.ReasonClientGone}
		}
	}
}

// keep puts what was read in the place of what was to be read.
func (v *visit) keep(body *held) *edge.Failure {
	if announced := v.Request.BodySize; announced >= 0 && announced != body.size {
		return &edge.Failure{Reason: seawall.ReasonWrongLength}
	}
	v.Request.BodySize = body.size
	if from, ok := v.Body.(Trailered); ok {
		if body.trailers = from.Trailers(); len(body.trailers) > 0 && v.Request.Fields.Has("Trailer") {
			v.Request.BodySize = -1
		}
	}
	v.Body = body
	return nil
}
