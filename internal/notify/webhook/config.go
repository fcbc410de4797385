// Package webhook tells a program: it posts the JSON of Prometheus' Alertmanager, version 4, which many programs read. docs/formats/webhook.md
// is the format.
package webhook

import (
	"errors"
	"net/url"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/call"
)

// Config configures a channel.
type Config struct {
	URL notify.Secret // required: http or https; paths and queries often hold a token, so all of it is a secret
	// Token, when there is one, is sent as a bearer token (RFC 6750, section 2.1).
	Token notify.Secret
	// Key, when there is one, signs each request with HMAC-SHA256, in the fields of the Standard Webhooks specification.
	Key         notify.Secret
	ExternalURL string // of the lookout's own pages; may be empty
}

// Kind is the channel's, for metrics.
const Kind = "webhook"

// New returns the channel. The error says what is wrong with c and holds none of its secrets.
func New(c Config, caller *call.Caller) (*Webhook, error) {
	u, err := url.Parse(c.URL.Reveal())
	switch {
	case err != nil:
		return nil, errors.New("the URL cannot be read")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, errors.New("the URL is not one of http or https")
	case u.User != nil:
		return nil, errors.New("the URL has a user in it: give a token instead")
	case caller == nil:
		return nil, errors.New("webhook without a caller")
	}
	return &Webhook{config: c, caller: caller}, nil
}

// Place returns the host of the URL.
func (w *Webhook) Place() string {
	u, err := url.Parse(w.config.URL.Reveal())
	if err != nil {
		return ""
	}
	return u.Hostname()
}
