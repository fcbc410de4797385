package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/call"
)

// Limits of a delivery.
const (
	Timeout   = 60 * time.Second // between two things that the server says
	MaxAnswer = 64 << 10         // bytes read of what the server says
	maxText   = 20_000           // bytes of a mail
)

// Mail is a [notify.Notifier] for one mail address.
type Mail struct {
	config Config
	host   string
	port   int
	dial   call.DialFunc
	tls    *tls.Config
}

// Notify implements [notify.Notifier]. A server that answers with 4yz is asked again later, one with 5yz is not (RFC 5321, section 4.2.1).
func (m *Mail) Notify(ctx context.Context, n notify.Notice) (retry bool, err error) {
	msg, err := m.message(&n)
	if err != nil {
		return false, err
	}
	client, err := m.client(func(dialCtx context.Context, network, address string) (net.Conn, error) {
		return m.connect(ctx, dialCtx, network, address)
	})
	if err != nil {
		return false, err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() {
		return false, nil // what a server says after it took the mail no longer matters
	}
	return explain(ctx, err)
}

// connect opens a connection that ends with ctx, and of whose incoming bytes there are not too many.
func (m *Mail) connect(ctx, dialCtx context.Context, network, address string) (net.Conn, error) {
	conn, err := m.dial(dialCtx, network, address)
	if err != nil {
		return nil, &call.DialError{Err: err}
	}
	b := &bounded{Conn: conn, left: MaxAnswer}
	b.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
	if m.config.Encryption != Implicit {
		return b, nil
	}
	secure := tls.Client(b, m.tls)
	if err := secure.HandshakeContext(dialCtx); err != nil {
		_ = b.Close()
		return nil, err
	}
	return secure, nil
}

// bounded is a connection of which only so much is read.
type bounded struct {
	net.Conn
	left int
	stop func() bool
}

var errTooMuch = errors.New("the server says too much")

// Read implements [net.Conn].
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// Close implements [net.Conn].
func (b *bounded) Close() error {
	b.stop()
	return b.Conn.Close()
}

// message writes the mail. Its Message-ID is that of the notice, so that mail programs show a second copy as one.
func (m *Mail) message(n *notify.Notice) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.From(m.config.From); err != nil {
		return nil, errors.New("the sender's address does not fit a mail")
	}
	if err := msg.To(m.config.To); err != nil {
		return nil, errors.New("the recipient's address does not fit a mail")
	}
	_, domain, _ := strings.Cut(m.config.From, "@")
	msg.SetMessageIDWithValue(word(n.ID) + "@" + domain)
	thread := "<" + word(n.Key) + ".incident@" + domain + ">"
	msg.SetGenHeader(gomail.HeaderReferences, thread)    // one conversation for each incident
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no vacation notes, please
	msg.SetGenHeader("X-Seawall-Message", word(n.ID))
	if n.Kind == notify.Down || n.Kind == notify.Digest {
		msg.SetImportance(gomail.ImportanceHigh)
	}
	msg.SetDateWithValue(n.At)
	msg.Subject(n.Subject())
	msg.SetBodyString(gomail.TypeTextPlain, n.Text(maxText))
	return msg, nil
}

// word returns s as it can stand in a Message-ID.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '-'
	}, s)
}

// explain says why a mail was not taken, without what the server wrote: servers repeat what they were told.
func explain(ctx context.Context, err error) (retry bool, _ error) {
	if ctx.Err() != nil {
		return true, fmt.Errorf("given up: %w", context.Cause(ctx))
	}
	if _, ok := errors.AsType[*call.DialError](err); ok {
		return true, call.Describe(err)
	}
	if code := code(err); code != 0 {
		return code < 500, fmt.Errorf("the mail server answered %d%s", code, meaning(code))
	}
	switch {
	case errors.Is(err, errTooMuch):
		return true, errTooMuch
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true, errors.New("the mail server broke off")
	case strings.Contains(err.Error(), "STARTTLS"):
		return false, errors.New("the mail server offers no STARTTLS (encryption: off would send in the clear)")
	case strings.Contains(err.Error(), "AUTH"):
		return false, errors.New("the mail server offers no way to log in that this program knows")
	}
	return true, call.Describe(err)
}

// code returns the server's answer that is behind an error, 0 for none.
func code(err error) int {
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*gomail.SendError](err); ok {
		return e.ErrorCode()
	}
	return 0
}

func meaning(code int) string {
	switch code {
	case 421, 454:
		return ", not available just now"
	case 450, 451, 452:
		return ", try again later"
	case 530, 534, 535, 538:
		return ", login refused"
	case 550, 551, 553:
		return ", no such mailbox or not allowed"
	case 552:
		return ", too large or mailbox full"
	case 554:
		return ", refused"
	}
	return ""
}
