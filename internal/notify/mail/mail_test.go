package mail

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/notifytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns a channel to a mailbox.
func open(t *testing.T, box *notifytest.Mailbox, change func(*Config)) *Mail {
	t.Helper()
	c := Config{Server: box.Addr(), Encryption: StartTLS, From: "seawall@example.org", To: "ops@example.org"}
	if change != nil {
		change(&c)
	}
	m, err := New(c, Options{Dial: box.Dial, TLS: box.TLS()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestConformance(t *testing.T) {
	for _, encryption := range []Encryption{StartTLS, Implicit} {
		t.Run(string(encryption), func(t *testing.T) {
			box := notifytest.NewMailbox(t)
			box.Implicit = encryption == Implicit
			m := open(t, box, func(c *Config) {
				c.Encryption, c.User, c.Password = encryption, "seawall", notify.NewSecret("mail-password")
			})
			notifytest.Run(t, notifytest.Subject{
				Notifier: m, Answer: box.Set, Read: box.Read, Limit: maxText, MaxAnswer: 128 << 10,
				Secrets: []string{"mail-password", "AHNlYXdhbGwAbWFpbC1wYXNzd29yZA"},
				Got: func() (texts []string) {
					for _, m := range box.Got() {
						texts = append(texts, m.Text)
					}
					return texts
				},
			})
			if got := box.Logins(); len(got) == 0 || got[0] != "seawall:mail-password" {
				t.Errorf("got logins %q", got)
			}
		})
	}
}

func TestMailIsWhatMailProgramsWant(t *testing.T) {
	box := notifytest.NewMailbox(t)
	n := notifytest.Sample()
	if retry, err := open(t, box, nil).Notify(t.Context(), n); err != nil {
		t.Fatal(retry, err)
	}
	got := box.Got()[0]
	if got.From != "seawall@example.org" || got.To != "ops@example.org" || !got.Encrypted {
		t.Errorf("got %+v", got)
	}
	if want := "[Seawall] www.example.org: down"; got.Subject != want {
		t.Errorf("got subject %q, want %q", got.Subject, want)
	}
	for field, want := range map[string]string{
		"Message-Id":     "<" + n.ID + "@example.org>",
		"References":     "<incident-7.incident@example.org>",
		"Auto-Submitted": "auto-generated",
		"Importance":     "high",
	} {
		if got := got.Header.Get(field); got != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
}

// TestNothingInTheClear: a server without STARTTLS gets no mail and no password unless that was asked for.
func TestNothingInTheClear(t *testing.T) {
	box := notifytest.NewMailbox(t)
	box.NoTLS = true
	retry, err := open(t, box, nil).Notify(t.Context(), notifytest.Sample())
	if err == nil || retry || !strings.Contains(err.Error(), "STARTTLS") || len(box.Got()) != 0 {
		t.Errorf("got retry %t, error %v, %d mails", retry, err, len(box.Got()))
	}
	if _, err := open(t, box, func(c *Config) { c.Encryption = Plain }).Notify(t.Context(), notifytest.Sample()); err != nil || len(box.Got()) != 1 {
		t.Errorf("got error %v, %d mails", err, len(box.Got()))
	}
}

func TestWrongPassword(t *testing.T) {
	box := notifytest.NewMailbox(t)
	m := open(t, box, func(c *Config) { c.User, c.Password = "seawall", notify.NewSecret("wrong") })
	retry, err := m.Notify(t.Context(), notifytest.Sample())
	if err == nil || retry || err.Error() != "the mail server answered 535, login refused" {
		t.Errorf("got retry %t, error %v", retry, err)
	}
}

func TestUnknownAuthority(t *testing.T) {
	box := notifytest.NewMailbox(t)
	m, err := New(Config{Server: box.Addr(), Encryption: StartTLS, From: "seawall@example.org", To: "ops@example.org"}, Options{Dial: box.Dial})
	if err != nil {
		t.Fatal(err)
	}
	retry, err := m.Notify(t.Context(), notifytest.Sample())
	if err == nil || !retry || !strings.HasPrefix(err.Error(), "certificate: ") {
		t.Errorf("got retry %t, error %v", retry, err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := Config{Server: "mail.example.org:587", Encryption: StartTLS, From: "a@example.org", To: "b@example.org"}
	for name, change := range map[string]func(*Config){
		"no port":           func(c *Config) { c.Server = "mail.example.org" },
		"port 0":            func(c *Config) { c.Server = "mail.example.org:0" },
		"encryption":        func(c *Config) { c.Encryption = "" },
		"two recipients":    func(c *Config) { c.To = "a@example.org, b@example.org" },
		"injection":         func(c *Config) { c.From = "a@example.org\r\nBcc: x@example.net" },
		"password in clear": func(c *Config) { c.Encryption, c.User, c.Password = Plain, "u", notify.NewSecret("mail-password") },
	} {
		c := good
		change(&c)
		if _, err := New(c, Options{Dial: notifytest.NewMailbox(t).Dial}); err == nil || strings.Contains(err.Error(), "mail-password") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
