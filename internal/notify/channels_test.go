package notify_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/mail"
	"github.com/seawall-project/seawall/internal/notify/notifytest"
	"github.com/seawall-project/seawall/internal/notify/webhook"
)

// office is a receiver with a mailbox and a hook.
type office struct {
	*testing.T
	box     *notifytest.Mailbox
	web     *notifytest.Web
	options notify.Options
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, box: notifytest.NewMailbox(t), web: notifytest.NewWeb(t)}
	m, err := mail.New(mail.Config{Server: o.box.Addr(), Encryption: mail.StartTLS, From: "seawall@example.org", To: "ops@example.org"},
		mail.Options{Dial: o.box.Dial, TLS: o.box.TLS()})
	if err != nil {
		t.Fatal(err)
	}
	w, err := webhook.New(webhook.Config{URL: notify.NewSecret(o.web.URL())}, o.web.Caller(t))
	if err != nil {
		t.Fatal(err)
	}
	o.options = notify.Options{
		Receivers: []notify.Receiver{{Name: "ops", Channels: []notify.Channel{
			{Name: "mail ops@example.org", Kind: mail.Kind, Notifier: m}, {Name: "webhook", Kind: webhook.Kind, Notifier: w},
		}}},
		Outbox: new(notify.Memory), Logger: slog.New(slog.DiscardHandler), Wait: -1, Reminder: -1,
	}
	o.options.SetTimes(time.Millisecond, 200*time.Millisecond)
	return o
}

// open starts a dispatcher; what it returns ends it.
func (o *office) open() (*notify.Dispatcher, func()) {
	o.Helper()
	d, err := notify.New(o.Context(), o.options)
	if err != nil {
		o.Fatal(err)
	}
	ctx, cancel := context.WithCancel(o.Context())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	return d, func() {
		o.Helper()
		cancel()
		if err := <-ended; err != nil {
			o.Error(err)
		}
	}
}

func (o *office) post(d *notify.Dispatcher, kind notify.Kind) {
	o.Helper()
	m := notifytest.Sample().Message
	m.Kind, m.At = kind, time.Now()
	if err := d.Post(o.Context(), m); err != nil {
		o.Fatal(err)
	}
}

// ids returns the ids of what came by mail and by the hook.
func (o *office) ids() (mails, hooks []string) {
	for _, m := range o.box.Got() {
		mails = append(mails, m.Header.Get("X-Seawall-Message"))
	}
	for _, r := range o.web.Got() {
		var doc struct {
			CommonAnnotations map[string]string
		}
		if err := json.Unmarshal([]byte(r.Body), &doc); err != nil {
			o.Fatal(err)
		}
		hooks = append(hooks, doc.CommonAnnotations["message_id"])
	}
	return mails, hooks
}

// TestDownAndBack: both providers are down and come back; each delivers once, over a restart too.
func TestDownAndBack(t *testing.T) {
	o := newOffice(t)
	o.box.Set(notifytest.Answer{Status: http.StatusServiceUnavailable})
	o.web.Set(notifytest.Answer{Status: http.StatusServiceUnavailable})
	d, end := o.open()
	o.post(d, notify.Down)
	retried := func() int {
		tries := map[string]int{}
		d.Tries(func(kind, outcome string, n int) { tries[kind+outcome] = n })
		return min(tries["mailretry"], tries["webhookretry"])
	}
	for ticker := time.NewTicker(time.Millisecond); retried() < 3; <-ticker.C {
		if t.Context().Err() != nil {
			t.Fatal("no tries")
		}
	}
	all, err := notify.Deliveries(t.Context(), o.options.Outbox, 10)
	if err != nil || len(all) != 2 || !strings.HasPrefix(all[0].String(), "failing since ") || all[0].Problem == "" {
		t.Errorf("got %v, %v", all, err)
	}
	end()

	o.box.Set(notifytest.Answer{Status: http.StatusOK})
	o.web.Set(notifytest.Answer{Status: http.StatusOK})
	d, end = o.open()
	o.box.Wait(t, 1)
	o.web.Wait(t, 1)
	o.post(d, notify.Recovering)
	o.box.Wait(t, 2)
	o.web.Wait(t, 2)
	end()

	mails, hooks := o.ids()
	if len(mails) != 2 || len(hooks) != 2 || mails[0] != hooks[0] || mails[1] != hooks[1] || mails[0] == mails[1] {
		t.Errorf("got %q and %q, want the same two ids", mails, hooks)
	}
	if got := o.box.Got()[1].Subject; got != "[Seawall] www.example.org: answers again (down)" {
		t.Errorf("got %q", got)
	}
	all, err = notify.Deliveries(t.Context(), o.options.Outbox, 10)
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	for _, d := range all {
		if d.State != notify.Delivered || d.Problem != "" || !strings.HasPrefix(d.String(), "delivered ") {
			t.Errorf("got %v", d)
		}
	}
}

// TestEndedInTheMiddle: a server hangs while Seawall ends; the message is sent by the next Seawall, under the same id.
func TestEndedInTheMiddle(t *testing.T) {
	o := newOffice(t)
	o.box.Set(notifytest.Answer{Hang: true})
	d, end := o.open()
	o.post(d, notify.Down)
	o.web.Wait(t, 1) // the mail server hangs beside it
	end()
	o.box.Set(notifytest.Answer{Status: http.StatusOK})
	_, end = o.open()
	o.box.Wait(t, 1)
	end()
	mails, hooks := o.ids()
	if len(mails) != 1 || len(hooks) != 1 || mails[0] != hooks[0] {
		t.Errorf("got %q and %q", mails, hooks)
	}
}
