package config

import (
	"time"

	"github.com/seawall-project/seawall"
)

// Notify is who is told what the lookout sees, and how. The zero value tells nobody.
type Notify struct {
	ExternalURL string // key "external_url": of the lookout's own pages, for links; "" for none
	TLP         TLP    // key "tlp": of what the lookout saw, for receivers outside; [TLPAmberStrict] by default
	// AllowPrivate is key "allow_private": hosts, by the names or addresses that the file uses for them, which may have a private address.
	AllowPrivate []string
	Reminder     time.Duration // key "reminder": 5 min to 24 h, 0 (written "off") for none; [DefaultReminder] by default
	Mail         MailServer    // key "mail"; required where a channel is mail
	Heartbeat    Heartbeat     // key "heartbeat"
	Receivers    []Receiver    // key "receivers": at most 64, none by default; no name twice
}

// DefaultReminder and DefaultBeat are what keys of [Notify] stand for when they are left out.
const (
	DefaultReminder = 30 * time.Minute
	DefaultBeat     = time.Minute
)

// MailServer is where mail is handed in. The zero value is none.
type MailServer struct {
	Server       string     // key "server", required: "host:port"
	Encryption   Encryption // key "encryption"
	From         string     // key "from", required
	User         string     // key "user": "" to log in as nobody; goes with PasswordFile
	PasswordFile string     // key "password_file"
}

// Encryption is how the way to the mail server is encrypted.
type Encryption string

// The ways of [Encryption].
const (
	EncryptStartTLS Encryption = "starttls" // the default; a server without it gets no mail
	EncryptTLS      Encryption = "tls"      // from the first byte
	EncryptOff      Encryption = "off"      // for a server on the same machine; nobody logs in
)

// Heartbeat is what is told, elsewhere, that the lookout is alive. The zero value is nothing.
type Heartbeat struct {
	At    Place         // keys "url" and "url_file", one of them required
	Every time.Duration // key "every": 10 s to 1 h, [DefaultBeat] by default
}

// Place is a URL in the file, or in a file of its own. One of the two is set.
type Place struct {
	URL  Secret
	File string
}

// Receiver is somebody who is told.
type Receiver struct {
	Name     string           // key "name", required
	Language seawall.Language // key "language"
	Zone     *time.Location   // key "timezone"; UTC by default
	Staff    bool             // key "staff": "on" for who answers for sites and hears of the first disturbance; "off" by default
	Route    Route            // key "route": who they are, for labels; [RouteHouse] by default
	Sites    []string         // key "sites": host names as in [Site]; with Groups empty too, all
	Groups   []string         // key "groups": of sites
	Hours    Hours            // key "hours": for what can wait; any time by default
	Channels []Channel        // key "channels", required: at most 16
}

// Route is who a receiver is, seen from the house that runs the lookout.
type Route string

// The routes of [Route].
const (
	RouteHouse     Route = "house"     // one's own people
	RouteOwner     Route = "owner"     // those of the sites that the receiver hears of
	RouteAuthority Route = "authority" // a body such as a national response team
	RouteCommunity Route = "community" // others who exchange such things
)

// Hours are a part of the day, since midnight. They may run over midnight; the zero value is all of it.
type Hours struct{ From, To time.Duration }

// Channel is one way to a receiver: one of its parts is set.
type Channel struct {
	Mail    string   // key "mail": an address; see [MailServer]
	Service Place    // key "service": a URL of shoutrrr's
	Webhook *Webhook // key "webhook"
}

// Webhook is a program that is told, in Alertmanager's format.
type Webhook struct {
	At        Place
	TokenFile string // key "token_file": what is sent as a bearer token; "" for none
	KeyFile   string // key "key_file": what requests are signed with; "" for none
}

func (d *decoder) notify(n *node, path string) {
	c := &d.config.Notify
	c.Reminder, c.TLP = DefaultReminder, TLPAmberStrict
	given := d.mapping(n, path,
		key{name: "external_url", read: into(d, &c.ExternalURL, webURL)},
		key{name: "tlp", read: into(d, &c.TLP, tlp)},
		key{name: "allow_private", read: intoList(d, &c.AllowPrivate, hostOrAddr)},
		key{name: "reminder", read: into(d, &c.Reminder, spanOrOff(span(5*time.Minute, 24*time.Hour, "30m")))},
		key{name: "mail", read: d.mailServer},
		key{name: "heartbeat", read: d.heartbeat},
		key{name: "receivers", read: d.receivers},
	)
	if given["mail"] || d.noMail == "" {
		return
	}
	d.add(d.noMail, fault{"needs a mail server, and none is named", "add mail: under notify, with server and from"})
}

func (d *decoder) mailServer(n *node, path string) {
	m := &d.config.Notify.Mail
	m.Encryption = EncryptStartTLS
	given := d.mapping(n, path,
		key{name: "server", need: "mail.example.org:587", read: into(d, &m.Server, hostPort)},
		key{name: "encryption", read: into(d, &m.Encryption, encryption)},
		key{name: "from", need: "seawall@example.org", read: into(d, &m.From, email)},
		key{name: "user", read: into(d, &m.User, plainText(maxWord))},
		key{name: "password_file", read: into(d, &m.PasswordFile, secretFile)},
	)
	switch {
	case given["user"] != given["password_file"]:
		d.add(path, fault{"has user and password_file apart", "give both, or neither"})
	case given["user"] && m.Encryption == EncryptOff:
		d.add(child(path, "encryption"), fault{"would send the password in the clear", "write starttls or tls, or remove user and password_file"})
	}
}

func (d *decoder) heartbeat(n *node, path string) {
	h := &d.config.Notify.Heartbeat
	h.Every = DefaultBeat
	given := d.mapping(n, path, append(d.place(&h.At, webSecret),
		key{name: "every", read: into(d, &h.Every, span(10*time.Second, time.Hour, "1m"))},
	)...)
	d.onePlace(n, path, given)
}

// place returns the keys of a URL that may stand in a file of its own.
func (d *decoder) place(p *Place, parse func(string) (Secret, *fault)) []key {
	return []key{
		{name: "url", read: into(d, &p.URL, parse)},
		{name: "url_file", read: into(d, &p.File, secretFile)},
	}
}

// onePlace reports a URL that is there twice, or not at all.
func (d *decoder) onePlace(n *node, path string, given map[string]bool) {
	switch {
	case given["url"] && given["url_file"]:
		d.add(child(path, "url_file"), fault{"is given beside url", "keep one of them"})
	case !given["url"] && !given["url_file"]:
		d.missing(n, path, key{name: "url_file", need: secretExample})
	}
}

const (
	maxReceivers = 64
	maxChannels  = 16
)

func (d *decoder) receivers(n *node, path string) {
	if !d.is(n, path, list) {
		return
	}
	names := map[string]string{}
	for i, it := range n.items {
		p := item(path, i)
		r := d.receiver(it, p)
		if first, twice := names[r.Name]; twice && r.Name != "" {
			d.add(child(p, "name"), fault{quote(r.Name) + " is already " + first, "give each receiver a name of its own"})
		}
		names[r.Name] = child(p, "name")
		d.config.Notify.Receivers = append(d.config.Notify.Receivers, r)
	}
	d.atMost(n, path, maxReceivers)
}

func (d *decoder) receiver(n *node, path string) Receiver {
	r := Receiver{Zone: time.UTC, Route: RouteHouse}
	d.mapping(n, path,
		key{name: "name", need: "ops", read: into(d, &r.Name, word)},
		key{name: "language", read: into(d, &r.Language, language)},
		key{name: "timezone", read: into(d, &r.Zone, timezone)},
		key{name: "staff", read: into(d, &r.Staff, onOff)},
		key{name: "route", read: into(d, &r.Route, route)},
		key{name: "sites", read: intoList(d, &r.Sites, hostName)},
		key{name: "groups", read: intoList(d, &r.Groups, word)},
		key{name: "hours", read: into(d, &r.Hours, hours)},
		key{name: "channels", need: "and below it a way to reach them, such as - mail: ops@example.org", read: d.channels(&r.Channels)},
	)
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	return r
}

func (d *decoder) channels(dst *[]Channel) reader {
	return func(n *node, path string) {
		if !d.is(n, path, list) {
			return
		}
		for i, it := range n.items {
			*dst = append(*dst, d.channel(it, item(path, i)))
		}
		d.notEmpty(n, path, "- mail: ops@example.org")
		d.atMost(n, path, maxChannels)
	}
}

func (d *decoder) channel(n *node, path string) (c Channel) {
	given := d.mapping(n, path,
		key{name: "mail", read: into(d, &c.Mail, email)},
		key{name: "service", read: func(n *node, path string) {
			d.onePlace(n, path, d.mapping(n, path, d.place(&c.Service, serviceSecret)...))
		}},
		key{name: "webhook", read: func(n *node, path string) {
			c.Webhook = &Webhook{}
			d.onePlace(n, path, d.mapping(n, path, append(d.place(&c.Webhook.At, webSecret),
				key{name: "token_file", read: into(d, &c.Webhook.TokenFile, secretFile)},
				key{name: "key_file", read: into(d, &c.Webhook.KeyFile, secretFile)},
			)...))
		}},
	)
	if given["mail"] && d.noMail == "" {
		d.noMail = path
	}
	if n.kind == object && !n.partial && len(given) != 1 {
		d.add(path, fault{"is not one channel", "write mail, service or webhook, and each on a line of its own after \"- \""})
	}
	return c
}

// atMost reports a list that is too long.
func (d *decoder) atMost(n *node, path string, most int) {
	if len(n.items) > most {
		d.add(path, tooMany(len(n.items), most))
	}
}

func route(s string) (Route, *fault) {
	switch r := Route(s); r {
	case RouteHouse, RouteOwner, RouteAuthority, RouteCommunity:
		return r, nil
	}
	return RouteHouse, &fault{quote(s) + " is not one whom Seawall tells apart", "write house, owner, authority or community"}
}
