package std

import (
	"bufio"
	"errors"
	"net"
	"net/netip"

	"github.com/pires/go-proxyproto"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/engine/wire"
)

// proxyBuffer holds any version 1 header (107 bytes) and common version 2 ones in one read.
const proxyBuffer = 512

// introduce finds out who is behind c. A trusted proxy says so before anything else, by the PROXY protocol, or in every request. One
// that begins with a PROXY header and gets it wrong is turned away: nobody knows whom to greet.
func (s *serving) introduce(c *conn) bool {
	if !s.engine.trust.Contains(addrOf(c.source)) {
		return true
	}
	if s.readProxyHeader(c) {
		return true
	}
	s.engine.unproxied.Add(1)
	return false
}

func (s *serving) readProxyHeader(c *conn) bool {
	if err := c.SetReadDeadline(c.until); err != nil {
		return false
	}
	r := bufio.NewReaderSize(c.Conn, proxyBuffer)
	header, err := proxyproto.Read(r)
	if r.Buffered() > 0 {
		c.pre = r
	}
	switch {
	case errors.Is(err, proxyproto.ErrNoProxyProtocol):
		c.relayed = true
		return true
	case err != nil:
		return false
	case header.Command.IsProxy():
		source, ok := header.SourceAddr.(*net.TCPAddr)
		if !ok {
			return false
		}
		c.setSource(source)
	}
	return true
}

// origin returns who a request is from and whether it came to us, or to a proxy of ours, by TLS. What a request says of that counts
// only where a trusted proxy passed it on.
func (s *serving) origin(c *conn, f seawall.Fields) (seawall.Client, bool) {
	if !c.relayed {
		return c.hello.Client, s.tls
	}
	o := wire.ForwardedOrigin(f, func(a netip.Addr) bool { return s.engine.trust.Contains(a) })
	client, secure := c.hello.Client, s.tls
	if o.Client.IsValid() {
		client = seawall.ClientAt(o.Client)
	}
	if o.Proto != "" {
		secure = o.Proto == "https"
	}
	return client, secure
}
