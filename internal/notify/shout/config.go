// Package shout reaches people through services that shoutrrr knows, named by a URL of shoutrrr's.
//
// Only services whose HTTP client can be replaced are offered, or whose request is so simple that it is made here, because every request goes
// through a [call.Caller]. The others of shoutrrr (Teams, Telegram, Matrix and more) have a client of their own, which connects anywhere, waits as
// it likes and reads what it gets; docs/adr/0022-shoutrrr-through-our-own-client.md says more.
package shout

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/call"
)

// Config configures a channel.
type Config struct {
	URL notify.Secret // required: of a service of [Services], such as "ntfy://user:password@ntfy.example.org/topic"
}

// Services returns the services that there are, by the scheme of their URLs, in alphabetical order. A service's name is the kind of its
// channel, for metrics.
func Services() []string { return slices.Sorted(maps.Keys(services)) }

// New returns the channel. The error says what is wrong with c and holds none of its URL but a service's name.
func New(c Config, caller *call.Caller) (*Shout, error) {
	u, err := url.Parse(c.URL.Reveal())
	if err != nil || u.Scheme == "" {
		return nil, errors.New("the URL cannot be read")
	}
	s, there := services[u.Scheme]
	switch {
	case !there:
		return nil, fmt.Errorf("%s is no service that can be used here: known are %s", name(u.Scheme), strings.Join(Services(), ", "))
	case caller == nil:
		return nil, errors.New("shout without a caller")
	case disguised(u):
		return nil, errors.New("the URL asks that certificates are not checked, which this program always does")
	}
	out := &Shout{url: c.URL, kind: u.Scheme, service: s, caller: caller}
	if _, err := s.open(copyOf(u), caller.Begin(nil).Client()); err != nil { //nolint:staticcheck // nothing is asked
		return nil, fmt.Errorf("the URL does not fit %s", u.Scheme)
	}
	return out, nil
}

// disguised reports whether a URL switches the check of certificates off.
func disguised(u *url.URL) bool {
	for key, values := range u.Query() {
		switch strings.ToLower(key) {
		case "disabletlsverification", "insecureskipverify":
			if slices.ContainsFunc(values, func(v string) bool { return !strings.EqualFold(v, "no") && !strings.EqualFold(v, "false") && v != "0" }) {
				return true
			}
		}
	}
	return false
}

// name returns a scheme as it can be shown; one that is too long to be a service's name may be anything.
func name(scheme string) string {
	if len(scheme) > 16 {
		return "that"
	}
	return fmt.Sprintf("%q", scheme)
}

// copyOf returns a URL of its own: services change theirs.
func copyOf(u *url.URL) *url.URL {
	c := *u
	return &c
}
