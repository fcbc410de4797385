package gateway

import (
	"io"

	"github.com/seawall-project/seawall"
)

// trailers returns what stands behind the origin's answer, which has been read to its end; nil when there is nothing, or nobody who
// could take it. An answer that is kept is kept without (RFC 9110, section 6.5.1, allows it).
func (v *visit) trailers(body io.Reader) seawall.Fields {
	from, ok := body.(Trailered)
	if _, can := v.Out.(TrailerWriter); !ok || !can {
		return nil
	}
	return from.Trailers()
}

// trail sends trailers, if there are any. An error means that the reader has left.
func (v *visit) trail(fields seawall.Fields) {
	if len(fields) == 0 {
		return
	}
	if err := v.Out.(TrailerWriter).WriteTrailers(fields); err != nil {
		v.gone()
	}
}
