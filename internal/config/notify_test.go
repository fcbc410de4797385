package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

// sameZone compares time zones by their names.
var sameZone = cmp.Comparer(func(a, b *time.Location) bool { return a == b || a != nil && b != nil && a.String() == b.String() })

// told is what testdata/good/notify.yaml says.
func told(c *Config) {
	copenhagen, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		panic(err)
	}
	c.Notify = Notify{
		ExternalURL:  "https://lookout.example.org/",
		TLP:          TLPGreen,
		AllowPrivate: []string{"mail.internal.example.org", "127.0.0.1", "2001:db8::1"},
		Reminder:     time.Hour,
		Mail: MailServer{
			Server: "mail.internal.example.org:587", Encryption: EncryptStartTLS, From: "seawall@example.org",
			User: "seawall", PasswordFile: "/etc/seawall/mail-password",
		},
		Heartbeat: Heartbeat{At: Place{File: "/etc/seawall/heartbeat-url"}, Every: 2 * time.Minute},
		Receivers: []Receiver{
			{
				Name: "ops", Language: seawall.Danish, Zone: copenhagen, Staff: true, Route: RouteOwner, Sites: []string{"www.example.org", "xn--rdgrd-vuad.example.org"},
				Groups: []string{"press", "towns"}, Hours: Hours{7 * time.Hour, 22*time.Hour + 30*time.Minute},
				Channels: []Channel{
					{Mail: "ops@example.org"},
					{Service: Place{File: "/etc/seawall/ntfy-url"}},
					{Webhook: &Webhook{At: Place{URL: newSecret("https://hooks.example.org/seawall")}, TokenFile: "/etc/seawall/token", KeyFile: "/etc/seawall/key"}},
				},
			},
			{Name: "board", Zone: time.UTC, Route: RouteHouse, Channels: []Channel{{Service: Place{URL: newSecret("ntfy://ntfy.example.org/seawall")}}}},
		},
	}
}

// TestSecretsAreNotShown: neither a configuration nor its problems show a URL that may hold a token.
func TestSecretsAreNotShown(t *testing.T) {
	const good = `version: 1
sites: [{name: www.example.org, origin: "http://127.0.0.1:8080"}]
notify:
  heartbeat: {url: "https://beat.example.org/hunter2"}
  receivers:
    - name: ops
      channels:
        - service: {url: "ntfy://user:hunter2@ntfy.example.org/topic"}
        - webhook: {url: "https://hooks.example.org/hunter2?key=hunter2"}
`
	c, err := Parse("seawall.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s", c.Notify, &c.Notify, c.Notify, doc)
	bad := strings.NewReplacer("https://", "gopher://", "ntfy://", "https://").Replace(good)
	_, err = Parse("seawall.yaml", []byte(bad))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three problems", err)
	}
	if shown += fmt.Sprint(err); strings.Contains(shown, "hunter2") {
		t.Errorf("it shows: %s", shown)
	}
	if got := c.Notify.Receivers[0].Channels[1].Webhook.At.URL.Reveal(); got != "https://hooks.example.org/hunter2?key=hunter2" {
		t.Errorf("got %q", got)
	}
}

// renderNotify writes out everything that n says.
func renderNotify(b *strings.Builder, n *Notify) {
	if reflect.ValueOf(*n).IsZero() {
		return
	}
	fmt.Fprintf(b, "notify:\n  tlp: %s\n  reminder: %q\n  allow_private: %s\n", n.TLP, orOff(strings.TrimPrefix(n.Reminder.String(), "0s")), flow(n.AllowPrivate))
	if n.ExternalURL != "" {
		fmt.Fprintf(b, "  external_url: %q\n", n.ExternalURL)
	}
	if m := n.Mail; m.Server != "" {
		fmt.Fprintf(b, "  mail: {server: %q, encryption: %q, from: %q", m.Server, m.Encryption, m.From)
		if m.PasswordFile != "" {
			fmt.Fprintf(b, ", user: %q, password_file: %q", m.User, m.PasswordFile)
		}
		b.WriteString("}\n")
	}
	if h := n.Heartbeat; h.Every != 0 {
		fmt.Fprintf(b, "  heartbeat: {every: %v, %s}\n", h.Every, renderPlace(h.At))
	}
	fmt.Fprint(b, "  receivers:\n")
	if len(n.Receivers) == 0 {
		b.WriteString("    []\n")
	}
	for _, r := range n.Receivers {
		fmt.Fprintf(b, "    - name: %q\n      language: %v\n      timezone: %q\n      sites: %s\n      groups: %s\n      staff: %s\n      route: %s\n",
			r.Name, r.Language, r.Zone, flow(r.Sites), flow(r.Groups), map[bool]string{true: "on", false: "off"}[r.Staff], r.Route)
		if r.Hours != (Hours{}) {
			fmt.Fprintf(b, "      hours: %s-%s\n", clock(r.Hours.From), clock(r.Hours.To))
		}
		b.WriteString("      channels:\n")
		for _, c := range r.Channels {
			renderChannel(b, c)
		}
	}
}

func renderChannel(b *strings.Builder, c Channel) {
	switch {
	case c.Mail != "":
		fmt.Fprintf(b, "        - mail: %q\n", c.Mail)
	case c.Webhook != nil:
		fmt.Fprintf(b, "        - webhook: {%s", renderPlace(c.Webhook.At))
		for name, file := range map[string]string{"token_file": c.Webhook.TokenFile, "key_file": c.Webhook.KeyFile} {
			if file != "" {
				fmt.Fprintf(b, ", %s: %q", name, file)
			}
		}
		b.WriteString("}\n")
	default:
		fmt.Fprintf(b, "        - service: {%s}\n", renderPlace(c.Service))
	}
}

func renderPlace(p Place) string {
	if p.File != "" {
		return fmt.Sprintf("url_file: %q", p.File)
	}
	return fmt.Sprintf("url: %q", p.URL.Reveal())
}

func clock(d time.Duration) string { return time.Time{}.Add(d).Format("15:04") }

// TestTimezonesAreAtHand without the machine's own list.
func TestTimezonesAreAtHand(t *testing.T) {
	t.Setenv("ZONEINFO", filepath.Join(t.TempDir(), "none"))
	if _, f := timezone("Europe/Copenhagen"); f != nil {
		t.Error(f.message)
	}
	if _, err := os.Stat("testdata/good/notify.yaml"); err != nil {
		t.Error(err)
	}
}
