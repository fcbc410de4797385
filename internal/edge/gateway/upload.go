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

// heldMost is how many bytes of a body are held before it is asked whether the rest may be passed on as it comes.
const heldMost = 1 << 20

// receive reads the request's body into memory before anything else is done with it: all of it, or heldMost bytes when there is room to
// pass the rest on as it comes. So a client who sends a form slowly holds no place at the origin, what the origin is seen to cost is not
// what the client took to type, and the body can be sent a second time. The room is given back when the visit ends. A body whose length
// was not known has one once it is whole, unless there are trailers behind it; one that is not as long as announced is refused.
func (v *visit) receive(act edge.Action) *edge.Failure {
	if v.Body == nil {
		return nil
	}
	announced, body := v.Request.BodySize, &held{}
	for {
		if body.size >= heldMost && announced != body.size && v.pass(act, body) {
			return nil
		}
		if !v.room(uploadChunk) {
			return &edge.Failure{Reason: seawall.ReasonUploads}
		}
		switch err := body.fill(v.Body); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return v.keep(body)
		case err != nil:
			return &edge.Failure{Reason: bodyFailure(err)}
		case announced >= 0 && body.size > announced:
			return &edge.Failure{Reason: seawall.ReasonWrongLength}
		}
	}
}

// room takes n bytes for what is held of the body, or returns false.
func (v *visit) room(n int64) bool {
	if !v.uploads.take(v.Request.Client.Prefix(), n) {
		return false
	}
	v.uploaded += n
	return true
}

// pass has the rest of a body passed on as it comes, behind what is held of it, if there is room for that.
func (v *visit) pass(act edge.Action, body *held) bool {
	network, admission := v.Request.Client.Prefix(), v.Admit[act.Site.Index]
	if !v.pipes.take(act.Site.Name, network, admission.Load(v.Now()).Limit) {
		return false
	}
	v.giveBack = func() { v.pipes.give(act.Site.Name, network) }
	if !v.room(pipeRoom) {
		v.giveBack()
		v.giveBack = nil
		return false
	}
	v.piped = newPiped(body, v.Body, v.Request.BodySize, func() bool { return admission.Load(v.Now()).Pressure })
	v.Body = v.piped
	return true
}

// bodyFailure says why a request's body could not be read to its end.
func bodyFailure(err error) seawall.Reason {
	flaw, ok := errors.AsType[BodyError](err)
	switch {
	case ok:
		return seawall.Reason(flaw)
	case errors.Is(err, ErrBodyTooLarge):
		return seawall.ReasonBodyTooLarge
	case errors.Is(err, errSlowUpload):
		return seawall.ReasonSlowUpload
	default:
		return seawall.ReasonClientGone
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
