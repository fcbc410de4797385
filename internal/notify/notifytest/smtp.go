package notifytest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// Mailbox is a mail server on loopback, with as much of SMTP as a client needs (RFC 5321): EHLO, STARTTLS, AUTH PLAIN, MAIL, RCPT, DATA.
type Mailbox struct {
	// NoTLS leaves STARTTLS out. It is set before the first connection.
	NoTLS bool
	// Implicit speaks TLS from the first byte. It is set before the first connection.
	Implicit bool

	web   *Web // whose certificate the server shows
	ln    net.Listener
	tls   *tls.Config
	meter meter
	open  sync.WaitGroup

	mu     sync.Mutex
	answer Answer            // guarded by mu
	got    []Mail            // guarded by mu
	conns  map[net.Conn]bool // guarded by mu
	closed bool              // guarded by mu
	logins []string          // guarded by mu
	more   chan struct{}     // closed and made anew with each mail that is taken; guarded by mu
}

// Mail is one that was taken.
type Mail struct {
	From, To  string
	Header    mail.Header
	Subject   string // decoded
	Text      string // decoded
	Encrypted bool
}

// NewMailbox returns a server that ends with the test.
func NewMailbox(t testing.TB) *Mailbox {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it listens at once
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewTLSServer(nil)
	cert := web.TLS.Certificates[0]
	m := &Mailbox{
		ln: ln, answer: Answer{Status: 200}, conns: map[net.Conn]bool{}, more: make(chan struct{}),
		tls: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
		web: &Web{server: web},
	}
	web.Close()
	m.open.Go(m.serve)
	t.Cleanup(m.close)
	return m
}

// Addr returns "example.com:PORT", which [Mailbox.Dial] connects to the server whatever the port.
func (m *Mailbox) Addr() string {
	_, port, _ := net.SplitHostPort(m.ln.Addr().String())
	return net.JoinHostPort("example.com", port)
}

// LocalAddr returns where the server really is.
func (m *Mailbox) LocalAddr() string { return m.ln.Addr().String() }

// TLS returns a configuration that knows the server.
func (m *Mailbox) TLS() *tls.Config { return m.web.TLS() }

// Dial connects to the server, whatever the address.
func (m *Mailbox) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return m.meter.dial(ctx, network, m.ln.Addr().String())
}

// Set makes the server answer each mail so from now on.
func (m *Mailbox) Set(a Answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = a
	m.meter.read.Store(0)
}

// Got returns the mails that were taken.
func (m *Mailbox) Got() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail(nil), m.got...)
}

// Logins returns "user:password" of whoever logged in.
func (m *Mailbox) Logins() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.logins...)
}

// Wait returns once n mails were taken, and fails the test when its context ends before.
func (m *Mailbox) Wait(t testing.TB, n int) {
	t.Helper()
	wait(t, func() (int, chan struct{}) {
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(m.got), m.more
	}, n)
}

// Read returns how many bytes came through connections of [Mailbox.Dial] since the last [Mailbox.Set].
func (m *Mailbox) Read() int64 { return m.meter.read.Load() }

func (m *Mailbox) close() {
	m.mu.Lock()
	m.closed = true
	_ = m.ln.Close()
	for c := range m.conns {
		_ = c.Close()
	}
	m.mu.Unlock()
	m.open.Wait()
}

func (m *Mailbox) serve() {
	for {
		conn, err := m.ln.Accept()
		if err != nil {
			return
		}
		m.mu.Lock()
		if m.closed {
			_ = conn.Close()
		}
		m.conns[conn] = true
		m.mu.Unlock()
		m.open.Go(func() {
			defer conn.Close()
			s := &session{box: m, raw: conn}
			s.use(conn, false)
			if m.Implicit {
				s.use(tls.Server(conn, m.tls), true)
			}
			s.run()
		})
	}
}

// session is one connection.
type session struct {
	box       *Mailbox
	raw       net.Conn
	conn      net.Conn
	text      *textproto.Reader
	encrypted bool
	from, to  string
}

func (s *session) use(conn net.Conn, encrypted bool) {
	s.conn, s.encrypted = conn, encrypted
	s.text = textproto.NewReader(bufio.NewReader(conn))
}

func (s *session) say(format string, args ...any) { fmt.Fprintf(s.conn, format+"\r\n", args...) }

func (s *session) run() {
	s.say("220 mail.example.org ready")
	for {
		line, err := s.text.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		if !s.do(strings.ToUpper(verb), rest) {
			return
		}
	}
}

// do carries a command out and reports whether the session goes on.
func (s *session) do(verb, rest string) bool {
	switch verb {
	case "EHLO":
		s.say("250-mail.example.org")
		if !s.encrypted && !s.box.NoTLS {
			s.say("250-STARTTLS")
		}
		if s.encrypted {
			s.say("250-AUTH PLAIN")
		}
		s.say("250 8BITMIME")
	case "STARTTLS":
		s.say("220 go on")
		s.use(tls.Server(s.raw, s.box.tls), true)
	case "AUTH":
		s.login(rest)
	case "MAIL":
		s.from = between(rest)
		s.say("250 good")
	case "RCPT":
		s.to = between(rest)
		s.say("250 good")
	case "DATA":
		s.say("354 go on")
		return s.data()
	case "QUIT":
		s.say("221 bye")
		return false
	default:
		s.say("250 good")
	}
	return true
}

func (s *session) login(rest string) {
	_, coded, _ := strings.Cut(rest, " ")
	plain, _ := base64.StdEncoding.DecodeString(coded)
	parts := strings.Split(string(plain), "\x00")
	if len(parts) != 3 || parts[2] == "wrong" {
		s.say("535 %s %s", answerText, plain)
		return
	}
	s.box.mu.Lock()
	s.box.logins = append(s.box.logins, parts[1]+":"+parts[2])
	s.box.mu.Unlock()
	s.say("235 good")
}

// data takes a mail and answers it as told.
func (s *session) data() bool {
	taken := s.mail()
	m := s.box
	m.mu.Lock()
	answer := m.answer
	good := answer.Status >= 200 && answer.Status < 300
	if good && !answer.Hang && !answer.Reset {
		m.got = append(m.got, taken)
		close(m.more)
		m.more = make(chan struct{})
	}
	m.mu.Unlock()
	switch {
	case answer.Hang:
		_, _ = s.text.ReadLine() // ends when the client goes away
		return false
	case answer.Reset:
		return false
	case answer.Endless:
		_ = s.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
		forever(s.conn)
		return false
	case good:
		s.say("250 taken as %s", taken.Header.Get("Message-Id"))
	case answer.Status >= 400 && answer.Status < 500 && answer.Status != 429 && answer.Status != 408:
		s.say("550 %s", answerText)
	default:
		s.say("451 %s", answerText)
	}
	return true
}

// mail reads a mail up to its final dot.
func (s *session) mail() Mail {
	m := Mail{From: s.from, To: s.to, Encrypted: s.encrypted}
	msg, err := mail.ReadMessage(s.text.DotReader())
	if err != nil {
		return m
	}
	m.Header = msg.Header
	m.Subject, _ = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	body := msg.Body
	if strings.EqualFold(msg.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, _ := io.ReadAll(body)
	_, _ = io.Copy(io.Discard, msg.Body)
	m.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	return m
}

// between returns what stands in angle brackets.
func between(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
