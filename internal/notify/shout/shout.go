package shout

import (
	"context"
	"errors"
	"net/url"

	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/call"
)

// Shout is a [notify.Notifier] on one of shoutrrr's services.
type Shout struct {
	url     notify.Secret
	kind    string
	service service
	caller  *call.Caller
}

// Kind returns the service's name.
func (s *Shout) Kind() string { return s.kind }

// Keyed reports whether the service holds an alarm open until its key is told to be over.
func (s *Shout) Keyed() bool { return s.kind == "pagerduty" }

// Place returns the host of the server, where the service runs on a server of one's own; else "", because what stands there in the URL is a
// secret.
func (s *Shout) Place() string {
	u, err := url.Parse(s.url.Reveal())
	if err != nil || !s.service.hosted {
		return ""
	}
	return u.Hostname()
}

// Notify implements [notify.Notifier]. The service is made anew for each message, with a client that belongs to ctx. What came of it is what
// the call saw: the errors of shoutrrr, which show URLs and answers, go no further than here.
func (s *Shout) Notify(ctx context.Context, n notify.Notice) (retry bool, err error) {
	u, err := url.Parse(s.url.Reveal())
	if err != nil {
		return false, errors.New("the URL cannot be read")
	}
	c := s.caller.Begin(ctx)
	sender, err := s.service.open(u, c.Client())
	if err != nil {
		return false, errors.New("the URL does not fit the service")
	}
	params := types.Params{}
	if s.service.params != nil {
		params = s.service.params(&n)
	}
	sent := sender.Send(n.Text(s.service.limit), &params)
	if retry, err = c.Result(); err != nil || sent == nil {
		return retry, err
	}
	return false, nil // it was taken; that the service says so in a way unknown to shoutrrr changes nothing
}
