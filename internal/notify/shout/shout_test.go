package shout

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/notifytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const hexKey = "0123456789abcdef0123456789abcdef"

// urls are of every service; their secrets begin with "secret".
var urls = map[string]string{
	"ntfy":       "ntfy://secretuser:secretpass@HOST/secrettopic",
	"gotify":     "gotify://HOST/Asecret12345678",
	"discord":    "discord://secrettoken@secretid",
	"mattermost": "mattermost://bot@HOST/secrettoken",
	"rocketchat": "rocketchat://HOST/secrettokena/secrettokenb",
	"pagerduty":  "pagerduty://HOST/" + hexKey,
	"pushover":   "pushover://shoutrrr:secrettoken@secretuser",
}

var secrets = []string{
	"secretuser", "secretpass", "secrettopic", "Asecret12345678", "secrettoken", "secretid", "secrettokena", "secrettokenb", hexKey,
	"c2VjcmV0dXNlcjpzZWNyZXRwYXNz",
}

func TestConformance(t *testing.T) {
	if got, want := len(urls), len(Services()); got != want {
		t.Fatalf("%d services are tested, want %d", got, want)
	}
	for _, name := range Services() {
		t.Run(name, func(t *testing.T) {
			web := notifytest.NewWeb(t)
			s, err := New(Config{URL: notify.NewSecret(strings.Replace(urls[name], "HOST", strings.TrimPrefix(web.URL(), "https://"), 1))}, web.Caller(t))
			if err != nil {
				t.Fatal(err)
			}
			notifytest.Run(t, notifytest.Subject{
				Notifier: s, Answer: web.Set, Sent: web.Sent, Limit: services[name].limit, MaxAnswer: 8 << 20, Secrets: secrets,
				Got: func() (texts []string) {
					for _, r := range web.Got() {
						texts = append(texts, textOf(t, name, r))
					}
					return texts
				},
			})
		})
	}
}

// textOf returns what a person sees of a request.
func textOf(t *testing.T, name string, r notifytest.Received) string {
	t.Helper()
	if name == "ntfy" {
		return r.Body
	}
	if name == "pushover" {
		form, err := url.ParseQuery(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return form.Get("message")
	}
	var doc struct {
		Text    string
		Message string
		Payload struct{ Summary string }
		Content string
	}
	if err := json.Unmarshal([]byte(r.Body), &doc); err != nil {
		t.Fatalf("%v: %s", err, r.Body)
	}
	return doc.Text + doc.Message + doc.Payload.Summary + doc.Content
}

func TestNewRefuses(t *testing.T) {
	caller := notifytest.NewWeb(t).Caller(t)
	for _, tt := range []struct{ url, want string }{
		{"slack://secrettoken@secretid", `"slack" is no service that can be used here: known are discord, gotify, mattermost, ntfy, pagerduty, pushover, rocketchat`},
		{"smtp://secretuser:secretpass@mail.example.org", `"smtp" is no service that can be used here: known are discord, gotify, mattermost, ntfy, pagerduty, pushover, rocketchat`},
		{"secrettokensecrettokensecrettoken://x", "that is no service that can be used here: known are discord, gotify, mattermost, ntfy, pagerduty, pushover, rocketchat"},
		{"ntfy://ntfy.example.org/", "the URL does not fit ntfy"},
		{"ntfy://ntfy.example.org/secrettopic?secrettoken=1", "the URL does not fit ntfy"},
		{"ntfy://ntfy.example.org/secrettopic?disabletlsverification=yes", "the URL asks that certificates are not checked, which this program always does"},
		{"gotify://gotify.example.org/Asecret12345678?InsecureSkipVerify=yes", "the URL asks that certificates are not checked, which this program always does"},
		{"pagerduty://events.example.org/secrettoken", "the URL does not fit pagerduty"},
		{"", "the URL cannot be read"},
		{":secrettoken", "the URL cannot be read"},
	} {
		if _, err := New(Config{URL: notify.NewSecret(tt.url)}, caller); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.url, err, tt.want)
		}
	}
}
