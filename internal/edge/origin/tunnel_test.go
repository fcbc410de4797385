package origin

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall"
)

// echoing switches protocols and sends back what it gets.
func echoing(answer string) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		if _, err := readHead(in); err != nil {
			return
		}
		io.WriteString(c, answer)
		io.Copy(c, in)
	}
}

func TestTunnel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heads := make(chan string, 1)
		o := scripted(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			head, _ := readHead(in)
			heads <- head
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: x\r\n\r\nearly ")
			io.Copy(c, in)
		})
		r := get("/live")
		r.Fields = seawall.Fields{{Name: "Connection", Value: "keep-alive, Upgrade"}, {Name: "Upgrade", Value: "websocket"}, {Name: "Sec-WebSocket-Key", Value: "y"}}
		resp, err := o.Tunnel(t.Context(), r, "websocket")
		if err != nil {
			t.Fatal(err)
		}
		if head := <-heads; !strings.Contains(head, "\r\nConnection: Upgrade\r\n") || !strings.Contains(head, "\r\nUpgrade: websocket\r\n") ||
			!strings.Contains(head, "\r\nSec-Websocket-Key: y\r\n") {
			t.Errorf("got head %q", head)
		}
		if resp.Status != 101 || resp.Fields.Get("Upgrade") != "WebSocket" || resp.Fields.Has("Connection") || resp.Fields.Get("Sec-Websocket-Accept") != "x" {
			t.Errorf("got %d %v", resp.Status, resp.Fields)
		}
		conn := resp.Body.(io.ReadWriteCloser)
		time.Sleep(time.Hour) // as long as both stay
		if _, err := io.WriteString(conn, "hello"); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len("early hello"))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != "early hello" {
			t.Errorf("got %q, %v", got, err)
		}
		read := make(chan error)
		go func() { _, err := conn.Read(got); read <- err }()
		synctest.Wait()
		conn.Close()
		if err := <-read; err == nil {
			t.Error("a read outlived its connection")
		}
		conn.Close()
		synctest.Wait()
		if n := o.switching.conns.Load(); n != 0 {
			t.Errorf("%d connections left", n)
		}
	})
}

// TestTunnelRefused: an origin may answer in the ordinary way.
func TestTunnelRefused(t *testing.T) {
	o := scripted(t, answerWith("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"))
	resp, err := o.Tunnel(t.Context(), get("/"), "websocket")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.Status != 403 || string(body) != "no" || err != nil {
		t.Errorf("got %d %q, %v", resp.Status, body, err)
	}
}

// TestTunnelUnasked: nobody is led to another protocol than was asked for.
func TestTunnelUnasked(t *testing.T) {
	const to = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
	for name, test := range map[string]struct {
		protocol, answer string
	}{
		"another":         {"websocket", to + "h2c\r\n\r\n"},
		"none":            {"websocket", "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
		"without wish":    {"", to + "websocket\r\n\r\n"},
		"more than asked": {"websocket", to + "websocket, h2c\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			o := scripted(t, echoing(test.answer))
			ask := func() error {
				if test.protocol == "" {
					_, err := o.Fetch(t.Context(), get("/"), nil, nil)
					return err
				}
				_, err := o.Tunnel(t.Context(), get("/"), test.protocol)
				return err
			}
			err := ask()
			check(t, err, seawall.ReasonOriginReset, sent)
			if e, _ := errors.AsType[*Error](err); e.Type != UpgradeFailed {
				t.Errorf("got %s: %v", e.Type, err)
			}
		})
	}
}

// TestTunnelEndsWithItsReader closes the connection when the context ends.
func TestTunnelEndsWithItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := scripted(t, echoing("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"))
		ctx, leave := context.WithCancel(t.Context())
		resp, err := o.Tunnel(ctx, get("/"), "websocket")
		if err != nil {
			t.Fatal(err)
		}
		leave()
		if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
			t.Error("got no error")
		}
		resp.Body.Close()
	})
}
