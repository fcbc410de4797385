package gateway

import (
	"bytes"
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
// no place at the origin, and what the origin is seen to cost is not what the client took to type. The room is given back when the
// visit ends. A body whose length was not known has one from then on.
func (v *visit) receive() *edge.Failure {
	if v.Body == nil {
		return nil
	}
	network, size := v.Request.Client.Prefix(), int64(0)
	var chunks []io.Reader
	for {
		if !v.uploads.take(network, uploadChunk) {
			return &edge.Failure{Reason: seawall.ReasonUploads}
		}
		v.uploaded += uploadChunk
		chunk := make([]byte, uploadChunk)
		n, err := io.ReadFull(v.Body, chunk)
		chunks, size = append(chunks, bytes.NewReader(chunk[:n])), size+int64(n)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			v.Body, v.Request.BodySize = io.MultiReader(chunks...), size
			return nil
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
