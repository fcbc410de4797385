package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/notify"
	"github.com/seawall-project/seawall/internal/notify/call"
	"github.com/seawall-project/seawall/internal/notify/mail"
	"github.com/seawall-project/seawall/internal/notify/shout"
	"github.com/seawall-project/seawall/internal/notify/webhook"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

const (
	maxSecret     = 4 << 10 // bytes of a file with a secret
	notifyConnect = 10 * time.Second
)

// notifying builds channels out of a configuration.
type notifying struct {
	cfg      *config.Config
	dial     call.DialFunc
	caller   *call.Caller
	problems config.Problems
}

// Receivers returns who is told what the lookout sees. Every connection of theirs goes through one door, which refuses private addresses
// that the configuration does not allow. What the owner can put right comes back as [config.Problems]; nobody is asked anything.
func Receivers(cfg *config.Config) ([]notify.Receiver, error) {
	b, err := newNotifying(cfg)
	if err != nil {
		return nil, err
	}
	all := make([]notify.Receiver, 0, len(cfg.Notify.Receivers))
	for i, r := range cfg.Notify.Receivers {
		all = append(all, b.receiver(fmt.Sprintf("notify.receivers[%d]", i), r))
	}
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	return all, nil
}

// HeartbeatTo returns where the lookout tells that it is alive, and how often; nil when the configuration names no such place.
func HeartbeatTo(cfg *config.Config) (notify.Notifier, time.Duration, error) {
	h := cfg.Notify.Heartbeat
	if h.Every == 0 {
		return nil, 0, nil
	}
	b, err := newNotifying(cfg)
	if err != nil {
		return nil, 0, err
	}
	w, err := webhook.New(webhook.Config{URL: b.place("notify.heartbeat", h.At)}, b.caller)
	if err != nil && len(b.problems) == 0 {
		b.add("notify.heartbeat", err.Error(), "write the URL that the service shows")
	}
	if len(b.problems) > 0 {
		return nil, 0, b.problems
	}
	return w, h.Every, nil
}

func newNotifying(cfg *config.Config) (*notifying, error) {
	door, err := egress.New(egress.Options{AllowHosts: cfg.Notify.AllowPrivate, Timeout: notifyConnect})
	if err != nil {
		return nil, config.Problems{cfg.Problem("notify.allow_private", err.Error(), "write host names and addresses")}
	}
	b := &notifying{cfg: cfg, dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := door.DialContext(ctx, network, address)
		if refused, ok := errors.AsType[*egress.Refused](err); ok {
			return nil, fmt.Errorf("%w: name it under notify.allow_private if that is meant", refused)
		}
		return conn, err
	}}
	b.caller, err = call.New(call.Options{Dial: b.dial})
	return b, err
}

func (b *notifying) add(path, message, remedy string) {
	b.problems = append(b.problems, b.cfg.Problem(path, message, remedy))
}

func (b *notifying) receiver(path string, r config.Receiver) notify.Receiver {
	out := notify.Receiver{
		Name: r.Name, Language: r.Language, Zone: r.Zone, Staff: r.Staff, Route: string(r.Route), Outages: outages(b.cfg.Notify.TLP, r.Route),
		Sites: r.Sites, Groups: r.Groups,
		Hours: notify.Hours{From: r.Hours.From, To: r.Hours.To},
	}
	names := map[string]int{}
	for i, c := range r.Channels {
		channel := b.channel(fmt.Sprintf("%s.channels[%d]", path, i), c)
		if names[channel.Name]++; names[channel.Name] > 1 {
			channel.Name = fmt.Sprintf("%s (%d)", channel.Name, names[channel.Name])
		}
		out.Channels = append(out.Channels, channel)
	}
	return out
}

// outages returns how what the lookout saw goes to receivers of a route. What nobody labelled is TLP:AMBER+STRICT.
func outages(label config.TLP, route config.Route) notify.Passing {
	own, _ := tlp.Parse(string(label))
	to, _ := tlp.ParseRoute(string(route))
	after, may := tlp.WarnOutage(own, to)
	p := notify.Passing{Kept: !may, Delay: after}
	if to > tlp.Owner {
		p.Label = own.String()
	}
	return p
}

// channel builds one channel. Its name shows where it leads, as far as that is no secret.
func (b *notifying) channel(path string, c config.Channel) notify.Channel {
	switch {
	case c.Mail != "":
		return b.mail(path+".mail", c.Mail)
	case c.Webhook != nil:
		return b.webhook(path+".webhook", c.Webhook)
	}
	return b.service(path+".service", c.Service)
}

func (b *notifying) mail(path, to string) notify.Channel {
	m := b.cfg.Notify.Mail
	found := len(b.problems)
	password := b.secret("notify.mail.password_file", m.PasswordFile)
	n, err := mail.New(mail.Config{
		Server: m.Server, Encryption: mail.Encryption(m.Encryption), From: m.From, To: to, User: m.User, Password: password,
	}, mail.Options{Dial: b.dial})
	if err != nil && len(b.problems) == found {
		b.add(path, err.Error(), "")
	}
	return notify.Channel{Name: "mail " + to, Kind: mail.Kind, Notifier: n}
}

func (b *notifying) webhook(path string, c *config.Webhook) notify.Channel {
	found := len(b.problems)
	n, err := webhook.New(webhook.Config{
		URL: b.place(path, c.At), Token: b.secret(path+".token_file", c.TokenFile), Key: b.secret(path+".key_file", c.KeyFile),
		ExternalURL: b.cfg.Notify.ExternalURL,
	}, b.caller)
	if err != nil {
		if len(b.problems) == found {
			b.add(path, err.Error(), "")
		}
		return notify.Channel{}
	}
	return notify.Channel{Name: strings.TrimSpace(webhook.Kind + " " + n.Place()), Kind: webhook.Kind, Notifier: n, Keyed: true}
}

func (b *notifying) service(path string, at config.Place) notify.Channel {
	found := len(b.problems)
	n, err := shout.New(shout.Config{URL: b.place(path, at)}, b.caller)
	if err != nil {
		if len(b.problems) == found {
			b.add(path, err.Error(), "write it as the guide to notifications shows")
		}
		return notify.Channel{}
	}
	return notify.Channel{Name: strings.TrimSpace(n.Kind() + " " + n.Place()), Kind: n.Kind(), Notifier: n, Keyed: n.Keyed()}
}

// place returns a URL, from the configuration or the file that it names.
func (b *notifying) place(path string, at config.Place) notify.Secret {
	if at.File != "" {
		return b.secret(path+".url_file", at.File)
	}
	return notify.NewSecret(at.URL.Reveal())
}

// secret reads a file that holds a secret and nothing else; white space around it is not part of it. "" reads as none.
func (b *notifying) secret(path, file string) notify.Secret {
	if file == "" {
		return notify.Secret{}
	}
	text, err := readSecret(file)
	if err != nil {
		b.add(path, err.Error(), "give Seawall's user the right to read it, or correct the path")
	}
	return notify.NewSecret(text)
}

func readSecret(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	text := strings.TrimSpace(string(data))
	switch {
	case err != nil:
		return "", err
	case len(data) > maxSecret:
		return "", errors.New(file + " is too long for a secret")
	case text == "":
		return "", errors.New(file + " is empty")
	}
	return text, nil
}

// Tried is what came of trying one channel.
type Tried struct {
	Receiver string
	notify.Result
}

// TryNotify sends a message that says it is a test by every channel of the receiver of that name, or of all for "". It returns what came of each.
func TryNotify(ctx context.Context, cfg *config.Config, name string, now time.Time) ([]Tried, error) {
	all, err := Receivers(cfg)
	if err != nil {
		return nil, err
	}
	if name != "" {
		known := all
		if all = slices.DeleteFunc(slices.Clone(all), func(r notify.Receiver) bool { return r.Name != name }); len(all) == 0 {
			return nil, unknownReceiver(name, known)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the configuration names no receivers: add some under notify")
	}
	var tried []Tried
	for _, r := range all {
		for _, result := range notify.Try(ctx, r, now) {
			tried = append(tried, Tried{r.Name, result})
		}
	}
	return tried, nil
}

func unknownReceiver(name string, all []notify.Receiver) error {
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
	}
	return fmt.Errorf("no receiver is called %q: there are %s", name, strings.Join(names, ", "))
}
