package answer

import (
	"fmt"

	"github.com/seawall-project/seawall"
)

// Page is one prepared answer. Pages come from a [Book], are shared, and are changed by nobody.
type Page struct {
	Status      int
	ContentType string // "" when there is no body

	// Fields are the fields to send, Content-Type included. Retry-After is not among them, because it differs from request to
	// request: see [Page.RetryAfter].
	Fields seawall.Fields

	before, after []byte // the body around the request id
	numbered      bool   // whether the id is part of the body
	retry         int    // seconds; 0 when coming back does not help
}

// Len returns the length of the body in bytes. It is the same for every request.
func (p *Page) Len() int {
	n := len(p.before) + len(p.after)
	if p.numbered {
		n += seawall.RequestIDLen
	}
	return n
}

// AppendBody appends the body, [Page.Len] bytes, to dst. It does not allocate when dst has room.
func (p *Page) AppendBody(dst []byte, id seawall.RequestID) []byte {
	dst = append(dst, p.before...)
	if p.numbered {
		dst = id.AppendTo(dst)
	}
	return append(dst, p.after...)
}

// RetryAfter returns the seconds to ask for in Retry-After (RFC 9110, section 10.2.3), 0 for none: a base and, so that those turned
// away together do not come back together, up to as much again, drawn from the request's id.
func (p *Page) RetryAfter(id seawall.RequestID) int {
	if p.retry == 0 {
		return 0
	}
	return p.retry + int(uint64(id)%uint64(p.retry+1))
}

// emptyPage is the note for a request that cannot show one.
func emptyPage(s Situation) Page {
	return Page{
		Status: s.status(),
		Fields: seawall.Fields{cacheControl, vary},
		retry:  s.retry(),
	}
}

var (
	cacheControl = seawall.Field{Name: "Cache-Control", Value: "no-store"}
	noSniff      = seawall.Field{Name: "X-Content-Type-Options", Value: "nosniff"}
	vary         = seawall.Field{Name: "Vary", Value: "Accept, Accept-Language, Sec-Fetch-Dest"}
	noContent    = seawall.Field{Name: "Content-Security-Policy", Value: "default-src 'none'; frame-ancestors 'none'"}
)

func (p *Page) check() error {
	if n := p.Len(); n > MaxBytes {
		return fmt.Errorf("%d bytes, at most %d are allowed", n, MaxBytes)
	}
	return nil
}
