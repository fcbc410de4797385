package gateway

import (
	"bytes"
	"sync"
)

// streamChunk is how many bytes are copied at once.
const streamChunk = 32 << 10

// bufferPool lends out buffers for spooling. What has grown beyond spoolBytes is not kept.
type bufferPool struct{ pool sync.Pool }

var buffers = bufferPool{sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, streamChunk)) }}}

func (p *bufferPool) get() *bytes.Buffer { return p.pool.Get().(*bytes.Buffer) }

func (p *bufferPool) put(b *bytes.Buffer) {
	if b.Cap() <= 2*spoolBytes {
		b.Reset()
		p.pool.Put(b)
	}
}
