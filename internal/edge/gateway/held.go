package gateway

import (
	"errors"
	"io"

	"github.com/seawall-project/seawall"
)

// held is a request's body that is whole in memory, with what was behind it. It is an [io.Seeker] so that an origin may be sent it again
// (see [origin.Group.Fetch]).
type held struct {
	chunks   [][]byte // each uploadChunk long, but for the last
	size     int64
	at       int64 // where the next Read begins
	trailers seawall.Fields
}

// fill reads one more chunk. At the end of src it returns what [io.ReadFull] does.
func (h *held) fill(src io.Reader) error {
	chunk := make([]byte, uploadChunk)
	n, err := io.ReadFull(src, chunk)
	h.chunks, h.size = append(h.chunks, chunk[:n]), h.size+int64(n)
	return err
}

// Read implements [io.Reader].
func (h *held) Read(p []byte) (n int, _ error) {
	if h.at >= h.size {
		return 0, io.EOF
	}
	for n < len(p) && h.at < h.size {
		m := copy(p[n:], h.chunks[h.at/uploadChunk][h.at%uploadChunk:])
		n, h.at = n+m, h.at+int64(m)
	}
	return n, nil
}

// Seek goes back to the beginning, and nowhere else.
func (h *held) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.New("a held body can only be read from its beginning")
	}
	h.at = 0
	return 0, nil
}

// Trailers implements [Trailered].
func (h *held) Trailers() seawall.Fields {
	if h.at < h.size {
		return nil
	}
	return h.trailers
}
