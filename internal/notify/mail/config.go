// Package mail sends messages by SMTP submission (RFC 6409), over STARTTLS unless told otherwise.
package mail

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"

	gomail "github.com/wneessen/go-mail"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/call"
)

// Encryption is how the way to the server is encrypted.
type Encryption string

// The ways of [Encryption]. Without encryption nobody logs in: passwords do not go over a plain connection.
const (
	StartTLS Encryption = "starttls" // required; a server without it is refused (RFC 3207)
	Implicit Encryption = "tls"      // from the first byte (RFC 8314, section 3.3)
	Plain    Encryption = "off"      // for a server on the same machine
)

// Config configures a channel. Each channel has one recipient, so that one bad address never keeps the others from hearing, and what
// became of the mail to each can be shown.
type Config struct {
	Server     string // required: "host:port"
	Encryption Encryption
	From, To   string        // required: mail addresses
	User       string        // "" to log in as nobody
	Password   notify.Secret // of User
}

// Options are what a channel gets from the program.
type Options struct {
	Dial call.DialFunc // required
	TLS  *tls.Config   // nil for the system's authorities
}

// Kind is the channel's, for metrics.
const Kind = "mail"

// New returns the channel. The error says what is wrong with c and holds none of its secrets.
func New(c Config, o Options) (*Mail, error) {
	host, port, err := net.SplitHostPort(c.Server)
	n, notNumber := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || notNumber != nil || host == "" || n == 0:
		return nil, fmt.Errorf("%q is not a host and a port", c.Server)
	case c.Encryption != StartTLS && c.Encryption != Implicit && c.Encryption != Plain:
		return nil, fmt.Errorf("%q is no way to encrypt", c.Encryption)
	case c.Encryption == Plain && c.User != "":
		return nil, errors.New("a password does not go over a plain connection")
	case o.Dial == nil:
		return nil, errors.New("mail without a dialler")
	}
	for _, addr := range []string{c.From, c.To} {
		if a, err := mail.ParseAddress(addr); err != nil || a.Address != addr {
			return nil, fmt.Errorf("%q is not a mail address", addr)
		}
	}
	m := &Mail{config: c, host: host, port: int(n), dial: o.Dial, tls: &tls.Config{MinVersion: tls.VersionTLS12}}
	if o.TLS != nil {
		m.tls = o.TLS.Clone()
	}
	m.tls.ServerName = host
	if _, err := m.client(gomail.DialContextFunc(o.Dial)); err != nil {
		return nil, err
	}
	return m, nil
}

// client returns a client for one mail, whose connections dial opens.
func (m *Mail) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	policy := gomail.TLSMandatory
	if m.config.Encryption != StartTLS {
		policy = gomail.NoTLS // the connection is what the dialler makes of it
	}
	options := []gomail.Option{
		gomail.WithPort(m.port), gomail.WithTimeout(Timeout), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(m.tls),
		gomail.WithHELO("localhost"), gomail.WithoutNoop(), gomail.WithoutRset(), gomail.WithDialContextFunc(dial),
	}
	if m.config.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if m.config.Encryption == Implicit {
			auth = gomail.SMTPAuthPlain // the library does not know that the way is encrypted, and would look for something weaker
		}
		options = append(options, gomail.WithSMTPAuth(auth),
			gomail.WithUsername(m.config.User), gomail.WithPassword(m.config.Password.Reveal()))
	}
	c, err := gomail.NewClient(m.host, options...)
	if err != nil {
		return nil, errors.New("the mail server's settings do not fit together")
	}
	return c, nil
}
