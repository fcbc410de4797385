package wire

import "github.com/seawall-project/seawall"

// Head is one request's head, read strictly. Its strings share one allocation of their own and stay valid.
type Head struct {
	Proto  seawall.Proto
	Method string // as received
	Host   string // lower case, without port; empty when the client sent none
	Path   string // escaped, begins with "/"; "*" only for OPTIONS
	Query  string // what follows "?", without it

	Fields seawall.Fields // every field but Host and pseudo-header fields, in the order of arrival; cookies of HTTP/2 in one field
	Size   int64          // bytes of the body; 0 when there is none, -1 when its length is not known before its end
	Close  bool           // HTTP/1: the connection ends with this exchange
	Reset  bool           // HTTP/2: its stream is being reset, and no answer can be given
	Switch bool           // HTTP/1.1: the client asks for WebSocket (RFC 6455); without an answer 101 the connection ends with this exchange
	Expect bool           // the client waits for 100 (Continue) before it sends the body

	// Flaw is why the head has to be refused, [seawall.ReasonNone] when it need not. The other fields are then as far as they
	// could be read.
	Flaw seawall.Reason

	trailer *trailer
}

// trailer is filled when a body has been read to its end, which whoever reads the trailer has seen before.
type trailer struct{ fields seawall.Fields }

// Trailer returns the trailer fields (RFC 9110, section 6.5). They are there once the body has been read to its end.
func (h *Head) Trailer() seawall.Fields {
	if h.trailer == nil {
		return nil
	}
	return h.trailer.fields
}
