package std

import (
	"bufio"
	"errors"
	"net"

	"github.com/pires/go-proxyproto"
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
		c.source = source
		c.setSource(source)
	}
	return true
}
