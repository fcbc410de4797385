package notifytest

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// meter counts what is read from connections that it opens.
type meter struct{ read atomic.Int64 }

func (m *meter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &metered{conn, m}, nil
}

type metered struct {
	net.Conn
	meter *meter
}

// Read implements [net.Conn].
func (m *metered) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	m.meter.read.Add(int64(n))
	return n, err
}

// forever writes until the other side goes away, or 64 MiB.
func forever(w io.Writer) {
	line := strings.Repeat(answerText+" ", 100) + "\r\n"
	for sent := 0; sent < 64<<20; sent += len(line) {
		if _, err := io.WriteString(w, "250-"+line); err != nil {
			return
		}
	}
}

// wait waits until count says n.
func wait(t testing.TB, count func() (int, chan struct{}), n int) {
	t.Helper()
	for {
		got, more := count()
		if got >= n {
			return
		}
		select {
		case <-more:
		case <-t.Context().Done():
			t.Fatalf("got %d, waited for %d", got, n)
		}
	}
}
