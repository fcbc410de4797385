package shout

import (
	"net/http"
	"net/url"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/mattermost"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/rocketchat"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/incident/pagerduty"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/gotify"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/ntfy"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/pushover"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
	"github.com/nicholas-fedor/shoutrrr/pkg/util"

	"github.com/seawall-project/seawall/internal/notify"
)

// service is one of shoutrrr's.
type service struct {
	limit  int  // bytes of a message, below what the service takes
	hosted bool // the host in the URL is that of a server, not a part of the secret
	open   func(u *url.URL, client *http.Client) (types.Sender, error)
	params func(n *notify.Notice) types.Params // beside the text; nil for none
}

var services = map[string]service{
	"ntfy": {hosted: true, limit: 3800, open: openNtfy, params: func(n *notify.Notice) types.Params {
		p := titled(n)
		if urgent(n) {
			p["priority"] = "max"
		}
		return p
	}},
	"gotify": {hosted: true, limit: 8000, open: openGotify, params: func(n *notify.Notice) types.Params {
		p := titled(n)
		if urgent(n) {
			p["priority"] = "8"
		}
		return p
	}},
	"pushover": {limit: 1000, open: openPushover, params: func(n *notify.Notice) types.Params {
		p := titled(n)
		if urgent(n) {
			p["priority"] = "1"
		}
		return p
	}},
	"slack":      {limit: 2900, open: openSlack},
	"googlechat": {limit: 3900, open: openGooglechat},
	"zulip":      {hosted: true, limit: 9000, open: openZulip},
	"discord":    {limit: 1900, open: openDiscord},
	"mattermost": {hosted: true, limit: 3900, open: openMattermost},
	"rocketchat": {hosted: true, limit: 3900, open: openRocketchat},
	"pagerduty":  {hosted: true, limit: 1000, open: openPagerduty, params: pagerdutyParams},
}

// urgent reports whether somebody should be woken.
func urgent(n *notify.Notice) bool {
	return n.Kind == notify.Down || n.Kind == notify.Digest && n.Failing > 0 && !n.Wait
}

func titled(n *notify.Notice) types.Params { return types.Params{"title": n.Subject()} }

// pagerdutyParams makes all messages of an incident one at PagerDuty too, and closes it there.
func pagerdutyParams(n *notify.Notice) types.Params {
	p := types.Params{"dedup_key": n.Key, "source": "seawall", "severity": "warning", "action": "trigger"}
	if urgent(n) {
		p["severity"] = "critical"
	}
	if n.Kind.Ends() || n.Kind == notify.Digest && n.Failing == 0 {
		p["action"] = "resolve"
	}
	return p
}

// starter is what all of shoutrrr's services are.
type starter interface {
	types.Sender
	Initialize(u *url.URL, logger types.StdLogger) error
}

// start reads the URL; use then puts the client in.
func start[S starter](s S, u *url.URL, use func(S)) (types.Sender, error) {
	if err := s.Initialize(u, util.DiscardLogger); err != nil {
		return nil, err
	}
	use(s)
	return s, nil
}

func openNtfy(u *url.URL, c *http.Client) (types.Sender, error) {
	return start(&ntfy.Service{}, u, func(s *ntfy.Service) { s.SetHTTPClient(c) })
}

func openGotify(u *url.URL, c *http.Client) (types.Sender, error) {
	return start(&gotify.Service{}, u, func(s *gotify.Service) { *s.GetHTTPClient() = *c })
}

func openMattermost(u *url.URL, c *http.Client) (types.Sender, error) {
	return start(&mattermost.Service{}, u, func(s *mattermost.Service) { *s.GetHTTPClient() = *c })
}

func openRocketchat(u *url.URL, c *http.Client) (types.Sender, error) {
	return start(&rocketchat.Service{}, u, func(s *rocketchat.Service) { s.Client = c })
}

func openPushover(u *url.URL, c *http.Client) (types.Sender, error) {
	return start(&pushover.Service{}, u, func(s *pushover.Service) { s.Client = c })
}

func openPagerduty(u *url.URL, c *http.Client) (types.Sender, error) {
	return start(&pagerduty.Service{}, u, func(s *pagerduty.Service) { s.SetHTTPClient(c) })
}

func openDiscord(u *url.URL, c *http.Client) (types.Sender, error) {
	return start(&discord.Service{}, u, func(s *discord.Service) {
		s.HTTPClient, s.Sleeper = c, impatient{}
		s.Config.SplitLines = false // one message, not one for each line
	})
}

// impatient is a discord.Sleeper that does not sleep. The service would try again by itself; a call makes no request after one that failed,
// so that all it does in vain is over at once.
type impatient struct{}

// Sleep implements discord.Sleeper.
func (impatient) Sleep(time.Duration) {}
