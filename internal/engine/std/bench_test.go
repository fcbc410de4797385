package std_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/seawall-project/seawall/internal/edge/gateway"
	"github.com/seawall-project/seawall/internal/engine/std"
)

// BenchmarkServe is one request and its answer on a kept connection of HTTP/1.1, over loopback: all that the engine does for a page of
// the cache.
func BenchmarkServe(b *testing.B) {
	ln, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	e, err := std.New(std.Options{Handler: page{}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ctx, ln, false) }()
	defer func() {
		cancel()
		<-ended
	}()
	c, err := new(net.Dialer).DialContext(b.Context(), "tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	const head = "GET /news/today?page=2 HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: da,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n"
	r := bufio.NewReader(c)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.WriteString(c, head); err != nil {
			b.Fatal(err)
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
}

// page answers with eight KiB.
type page struct{ answer }

var eight [8 << 10]byte

func (page) Serve(_ context.Context, x *gateway.Exchange) {
	if x.Out.Head(200, nil, int64(len(eight))) == nil {
		_, _ = x.Out.Write(eight[:])
	}
}
