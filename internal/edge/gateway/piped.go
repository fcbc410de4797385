package gateway

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seawall-project/seawall"
)

// What a client has to do for its body to be passed on as it comes: it may keep the origin waiting for a while, and for as long again as
// its bytes take at the least rate, of which no more than that while is saved up. Under pressure both are stricter, since others wait
// for the place.
const (
	pipeChunk = 32 << 10 // bytes; one is read while another is sent
	pipeRoom  = 2 * pipeChunk
	pipeLook  = 250 * time.Millisecond // between looks at whether there is pressure

	pipeGrace    = 5 * time.Second
	pipeRate     = 16 << 10 // bytes a second
	pressedGrace = 2 * time.Second
	pressedRate  = 64 << 10
)

var (
	errSlowUpload = errors.New("client sends its body too slowly")
	errUploadOver = errors.New("nobody wants the rest of the request body")
)

// piped is a request's body that is too long to be held: first what is held of it, then the rest as the client sends it. It can be read
// once. A body that is not as long as announced never seems whole: its last bytes are given out when the client's end has been seen.
type piped struct {
	first    *held
	src      io.Reader
	size     int64 // as announced, -1 when it was not
	pressure func() bool

	start  sync.Once
	pieces chan piece
	spare  chan []byte

	ending  sync.Once
	stopped chan struct{} // see Stop
	calming sync.Once
	resting chan struct{} // see rest

	piece piece         // what is being given out; Read's alone, like what follows
	left  time.Duration // that the client may take

	ended  atomic.Bool // its end was given out
	mu     sync.Mutex  // guards what follows
	waited time.Duration
	since  time.Time // the client is being waited for from then on; zero while it is not
}

// piece is what was read at once, and what came of reading on.
type piece struct {
	data, buf []byte
	err       error
}

func newPiped(first *held, src io.Reader, size int64, pressure func() bool) *piped {
	return &piped{
		first: first, src: src, size: size, pressure: pressure, left: pipeGrace,
		pieces: make(chan piece), spare: make(chan []byte, pipeRoom/pipeChunk),
		stopped: make(chan struct{}), resting: make(chan struct{}),
	}
}

// Read implements [io.Reader].
func (p *piped) Read(b []byte) (int, error) {
	if n, _ := p.first.Read(b); n > 0 {
		return n, nil
	}
	p.start.Do(func() {
		for range cap(p.spare) {
			p.spare <- make([]byte, pipeChunk)
		}
		go p.pump()
	})
	for len(p.piece.data) == 0 {
		if err := p.piece.err; err != nil {
			p.ended.Store(err == io.EOF) //nolint:errorlint // a wrapped one is no end of a body
			return 0, err
		}
		if p.piece.buf != nil {
			p.spare <- p.piece.buf
		}
		p.piece = p.next()
	}
	n := copy(b, p.piece.data)
	p.piece.data = p.piece.data[n:]
	return n, nil
}

// next waits for the client.
func (p *piped) next() piece {
	p.begin()
	defer p.resume()
	for {
		look := time.NewTimer(min(p.left, pipeLook))
		begun := time.Now()
		select {
		case got := <-p.pieces:
			look.Stop()
			p.earn(len(got.data), time.Since(begun))
			return got
		case <-p.stopped:
			look.Stop()
			return piece{err: errUploadOver}
		case <-p.resting:
			look.Stop()
			p.resume()
			<-p.stopped
			return piece{err: errUploadOver}
		case <-look.C:
			if p.earn(0, time.Since(begun)); p.left <= 0 {
				return piece{err: errSlowUpload}
			}
		}
	}
}

// earn charges the client for a wait, and gives it time for what it has sent.
func (p *piped) earn(n int, waited time.Duration) {
	grace, rate := pipeGrace, time.Duration(pipeRate)
	if p.pressure() {
		grace, rate = pressedGrace, pressedRate
	}
	p.left = min(grace, p.left-waited+time.Duration(n)*time.Second/rate)
}

// pump reads what the client sends, until its end or until Stop. It may be waiting for the client when that comes; the engine ends that.
func (p *piped) pump() {
	read := p.first.size
	for {
		var buf []byte
		select {
		case buf = <-p.spare:
		case <-p.stopped:
			return
		}
		n, err := p.src.Read(buf)
		read += int64(n)
		got := piece{buf[:n], buf, err}
		if p.size >= 0 {
			got = p.measure(got, read)
		}
		select {
		case p.pieces <- got:
		case <-p.stopped:
			return
		}
		if got.err != nil {
			return
		}
	}
}

// measure holds the last piece of a body back until it is certain that it is the last, and no other than announced.
func (p *piped) measure(got piece, read int64) piece {
	var more [1]byte
	for read == p.size && got.err == nil {
		var n int
		n, got.err = p.src.Read(more[:])
		read += int64(n)
	}
	atEnd := got.err == io.EOF //nolint:errorlint // a wrapped one is no end of a body
	switch {
	case read > p.size, atEnd && read < p.size:
		return piece{err: BodyError(seawall.ReasonWrongLength)}
	case got.err != nil && !atEnd:
		return piece{err: got.err}
	}
	return got
}

// rest ends reading from the client, while the origin's answer is being read: a Read waits for Stop from then on.
func (p *piped) rest() { p.calming.Do(func() { close(p.resting) }) }

// Stop makes a Read that waits return, and all later ones fail once nothing is left of what was read. It may be called twice.
func (p *piped) Stop() { p.ending.Do(func() { close(p.stopped) }) }

// Trailers implements [Trailered].
func (p *piped) Trailers() seawall.Fields {
	if from, ok := p.src.(Trailered); ok && p.ended.Load() {
		return from.Trailers()
	}
	return nil
}

// begin notes that the client is waited for.
func (p *piped) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since = time.Now()
}

// resume notes that it is not any more.
func (p *piped) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.since.IsZero() {
		p.waited += time.Since(p.since)
		p.since = time.Time{}
	}
}

// awaited returns for how long the origin's place has been waiting for the client. It is 0 for no body.
func (p *piped) awaited() time.Duration {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.since.IsZero() {
		return p.waited + time.Since(p.since)
	}
	return p.waited
}
