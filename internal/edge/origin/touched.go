package origin

import (
	"io"

	"github.com/seawall-project/seawall"
)

// touched is a request's body that knows whether it can be sent again.
type touched struct {
	src  io.Reader // nil when there is no body
	read bool
}

func newTouched(body io.Reader) *touched { return &touched{src: body} }

// reader returns what is handed to an origin, nil when there is no body.
func (t *touched) reader() io.Reader {
	if t.src == nil {
		return nil
	}
	return t
}

func (t *touched) Read(p []byte) (int, error) {
	t.read = true
	return t.src.Read(p)
}

// Trailers implements [Trailered].
func (t *touched) Trailers() seawall.Fields {
	if from, ok := t.src.(Trailered); ok {
		return from.Trailers()
	}
	return nil
}

// Stop implements [Stopper].
func (t *touched) Stop() {
	if s, ok := t.src.(Stopper); ok {
		s.Stop()
	}
}

// replayable reports whether the body can be sent again however much of it was sent.
func (t *touched) replayable() bool {
	_, held := t.src.(io.Seeker)
	return t.src == nil || held
}

// whole reports whether the body can be sent from its beginning. It may be asked when nobody reads any more.
func (t *touched) whole() bool { return t.replayable() || !t.read }

// rewind goes back to the beginning.
func (t *touched) rewind() error {
	if !t.read {
		return nil
	}
	_, err := t.src.(io.Seeker).Seek(0, io.SeekStart)
	t.read = false
	return err
}
