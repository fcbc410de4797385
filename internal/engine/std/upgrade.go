package std

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

var (
	_ gateway.InterimWriter = (*response)(nil)
	_ gateway.TrailerWriter = (*response)(nil)
	_ gateway.Upgrader      = (*response)(nil)
	_ gateway.Trailered     = (*body)(nil)
)

// Upgrade implements gateway.Upgrader. An exchange that did not ask for it has errors.ErrUnsupported.
func (o *response) Upgrade(status int, fields seawall.Fields) (io.ReadWriteCloser, error) {
	c, ok := o.link.(*carried)
	switch {
	case !ok || !o.head.Switch:
		return nil, errors.ErrUnsupported
	case o.aborted:
		return nil, errAborted
	case o.headed:
		return nil, errHeadTwice
	}
	if _, _, err := o.ctl.Hijack(); err != nil { // nothing was read ahead: wire keeps what came
		return nil, err
	}
	o.headed, o.size = true, -1
	u := &upgraded{carried: c, held: c.h1.Tunnel()}
	c.setOurs(time.Time{})
	err := c.SetDeadline(time.Time{})
	if err == nil {
		_, err = c.Write(appendHead(nil, status, fields))
	}
	if err != nil {
		return nil, errors.Join(err, u.Close())
	}
	return u, nil
}

// appendHead appends the head of an answer that switches protocols (RFC 9110, section 15.2.2).
func appendHead(dst []byte, status int, fields seawall.Fields) []byte {
	dst = fmt.Appendf(dst, "HTTP/1.1 %03d %s\r\nConnection: Upgrade\r\n", status, http.StatusText(status))
	for _, f := range fields {
		dst = fmt.Appendf(dst, "%s: %s\r\n", f.Name, f.Value)
	}
	return append(dst, "\r\n"...)
}

// upgraded is a connection that speaks another protocol.
type upgraded struct {
	*carried
	held []byte // came before the switch
}

// Read implements io.Reader.
func (u *upgraded) Read(p []byte) (int, error) {
	if len(u.held) == 0 {
		return u.carried.Read(p)
	}
	n := copy(p, u.held)
	if u.held = u.held[n:]; len(u.held) == 0 {
		u.held = nil
	}
	return n, nil
}
