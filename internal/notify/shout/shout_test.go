package shout

import (
	"encoding/json"
	"net/http"
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
	"slack":      "slack://hook:SECRET123-SECRET456-secretsecretsecretsecret@webhook",
	"googlechat": "googlechat://HOST/v1/spaces/secretspace/messages?key=secretkey&token=secrettoken",
	"zulip":      "zulip://bot%40example.org:secretkey@HOST/?stream=secretstream&topic=alarm",
	"pushover":   "pushover://shoutrrr:secrettoken@secretuser",
}

var secrets = []string{
	"secretuser", "secretpass", "secrettopic", "Asecret12345678", "secrettoken", "secretid", "secrettokena", "secrettokenb", hexKey,
	"c2VjcmV0dXNlcjpzZWNyZXRwYXNz",
	"SECRET123", "SECRET456", "secretsecretsecretsecret", "secretspace", "secretkey", "secretstream",
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
				Notifier: s, Answer: web.Set, Read: web.Read, Limit: services[name].limit, MaxAnswer: 128 << 10, Secrets: secrets,
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
	if name == "zulip" {
		form, err := url.ParseQuery(r.Body)
		if user, key, _ := (&http.Request{Header: r.Header}).BasicAuth(); err != nil || user != "bot@example.org" || key != "secretkey" {
			t.Fatalf("got %v, %v", r.Header, err)
		}
		return form.Get("content")
	}
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
		{"teams://secrettoken@secretid", `"teams" is no service that can be used here: known are discord, googlechat, gotify, mattermost, ntfy, pagerduty, pushover, rocketchat, slack, zulip`},
		{"smtp://secretuser:secretpass@mail.example.org", `"smtp" is no service that can be used here: known are discord, googlechat, gotify, mattermost, ntfy, pagerduty, pushover, rocketchat, slack, zulip`},
		{"secrettokensecrettokensecrettoken://x", "that is no service that can be used here: known are discord, googlechat, gotify, mattermost, ntfy, pagerduty, pushover, rocketchat, slack, zulip"},
		{"slack://xoxb:123456789012-1234567890123-4mt0t4l1YL3g1T5L4cK70k3N@C001CH4NN3L", "the URL does not fit slack"},
		{"zulip://bot%40example.org:secretkey@zulip.example.org/?stream=alarm", "the URL does not fit zulip"},
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

// TestSlackCannotBeMadeToCall: a text that somebody else had a hand in mentions nobody.
func TestSlackCannotBeMadeToCall(t *testing.T) {
	web := notifytest.NewWeb(t)
	s, err := New(Config{URL: notify.NewSecret(urls["slack"])}, web.Caller(t))
	if err != nil {
		t.Fatal(err)
	}
	n := notifytest.Sample()
	n.Answer.English = "<!channel> & <https://example.net|click here>"
	if _, err := s.Notify(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	got := web.Got()[0]
	if text := textOf(t, "slack", got); strings.ContainsAny(text, "<>") || got.Host != "hooks.slack.com" {
		t.Errorf("got %s at %s", text, got.Host)
	}
}
