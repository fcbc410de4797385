package gateway

import (
	"context"
	"io"
	"sync"
	"time"
)

// spliceBytes is how much of each direction of a switched connection is held at most.
const spliceBytes = 16 << 10

// spliceTimeouts bound a switched connection, since its protocol is not ours to understand.
type spliceTimeouts struct {
	quiet time.Duration // without a byte in either direction
	stuck time.Duration // for one of them to be taken
}

// Browsers and chat servers commonly send something every half a minute.
var tunnelTimeouts = spliceTimeouts{quiet: 5 * time.Minute, stuck: 30 * time.Second}

var spliceBuffers = sync.Pool{New: func() any { return new([spliceBytes]byte) }}

// splice carries bytes between two connections until one of them ends, the time limits run out, or ctx ends. Then it closes both, waits
// until nobody uses them, and returns how many bytes the client was sent.
func splice(ctx context.Context, client, origin io.ReadWriteCloser, limits spliceTimeouts) (sent int64) {
	hangUp := func() {
		_ = client.Close()
		_ = origin.Close()
	}
	defer context.AfterFunc(ctx, hangUp)()
	quiet := time.AfterFunc(limits.quiet, hangUp)
	defer quiet.Stop()

	moved := func() { quiet.Reset(limits.quiet) }
	var upwards sync.WaitGroup
	upwards.Go(func() {
		defer hangUp()
		pour(origin, client, limits.stuck, hangUp, moved)
	})
	sent = pour(client, origin, limits.stuck, hangUp, moved)
	hangUp()
	upwards.Wait()
	return sent
}

// pour copies until either side ends. moved is called for whatever comes, stuck when something is not taken in time.
func pour(dst io.Writer, src io.Reader, patience time.Duration, stuck, moved func()) (n int64) {
	buf := spliceBuffers.Get().(*[spliceBytes]byte)
	defer spliceBuffers.Put(buf)
	late := time.AfterFunc(patience, stuck)
	late.Stop()
	defer late.Stop()
	for {
		got, err := src.Read(buf[:])
		if got > 0 {
			moved()
			late.Reset(patience)
			took, werr := dst.Write(buf[:got])
			late.Stop()
			n += int64(took)
			if werr != nil {
				return n
			}
		}
		if err != nil {
			return n
		}
	}
}
