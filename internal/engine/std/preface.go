package std

// h2Preface is what every HTTP/2 connection begins with (RFC 9113, section 3.4).
const h2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// preface holds the beginning of a connection against what ALPN agreed on (RFC 7301; RFC 9113, section 3.2). The zero preface lets
// both versions pass.
type preface struct {
	expect  expectation
	seen    int // bytes that agreed with h2Preface so far
	decided bool
	http2   bool // once decided
}

type expectation uint8

const (
	anyVersion expectation = iota // plain text: prior knowledge decides
	http1Only                     // ALPN said http/1.1, or nothing
	http2Only                     // ALPN said h2
)

// pass looks at the next bytes of the connection and returns those that follow an HTTP/2 preface; false when the version is not the
// one agreed on, and then it is asked no more.
func (g *preface) pass(p []byte) (after []byte, ok bool) {
	if g.decided {
		return p, true
	}
	n := min(len(p), len(h2Preface)-g.seen)
	same := string(p[:n]) == h2Preface[g.seen:g.seen+n]
	g.seen += n
	if same && g.seen < len(h2Preface) {
		return nil, true
	}
	g.decided, g.http2 = true, same
	return p[n:], g.expect == anyVersion || same == (g.expect == http2Only)
}
