package config

import (
	"cmp"
	"fmt"

	"github.com/seawall-project/seawall"
)

// A key is added by a field in Config or Site and a line here.

func (d *decoder) root(n *node, path string) {
	c := d.config
	given := d.mapping(n, path,
		key{name: "version", need: "1", read: into(d, &c.Version, version)},
		key{name: "listen", read: d.listen},
		key{name: "listen_http", read: d.listenHTTP},
		key{name: "http3", read: into(d, &c.HTTP3, onOff)},
		key{name: "control", read: into(d, &c.Control, socketPath)},
		key{name: "admin", read: into(d, &c.Admin, adminAddr)},
		key{name: "trust", read: intoList(d, &c.Trust, network)},
		key{name: "cache", read: d.cache},
		key{name: "acme", read: d.acme},
		key{name: "access_log", read: d.accessLog},
		key{name: "status", read: d.status},
		key{name: "bus", read: d.bus},
		key{name: "notify", read: d.notify},
		key{name: "watch", read: d.watch},
		key{name: "intel", read: d.intel},
		key{name: "claims", read: d.claims},
		key{name: "sites", read: d.sites},
	)
	if !given["sites"] && (!given["watch"] || c.Watch.Off) {
		d.missing(n, path, key{name: "sites", need: "and below it a site with name and origin"})
	}
}

func (d *decoder) listen(n *node, path string) {
	if n.kind == scalar {
		into(d, &d.config.Listen[0], listenAddr)(n, path)
		return
	}
	intoList(d, &d.config.Listen, listenAddr)(n, path)
	d.notEmpty(n, path, DefaultListen)
}

func (d *decoder) listenHTTP(n *node, path string) {
	if n.kind == scalar {
		if addr, ok := one(d, n, path, listenAddr); ok {
			d.config.ListenHTTP = []string{addr}
		}
		return
	}
	intoList(d, &d.config.ListenHTTP, listenAddr)(n, path)
	d.notEmpty(n, path, "\":80\"")
}

func (d *decoder) acme(n *node, path string) {
	c := &d.config.ACME
	d.mapping(n, path,
		key{name: "email", read: into(d, &c.Email, email)},
		key{name: "directory", read: into(d, &c.Directory, directory)},
		key{name: "storage", read: into(d, &c.Storage, filePath("/var/lib/seawall"))},
	)
}

func (d *decoder) accessLog(n *node, path string) {
	d.mapping(n, path,
		key{name: "to", read: into(d, &d.config.Log.To, logTo)},
		key{name: "per_second", read: into(d, &d.config.Log.Hertz, hertz)},
	)
}

func (d *decoder) cache(n *node, path string) {
	d.mapping(n, path,
		key{name: "memory", read: into(d, &d.config.Cache.Memory, size)},
	)
}

func (d *decoder) sites(n *node, path string) {
	if !d.is(n, path, list) {
		return
	}
	for i, it := range n.items {
		d.config.Sites = append(d.config.Sites, d.site(it, item(path, i)))
	}
	d.notEmpty(n, path, "a site with name and origin")
}

func (d *decoder) site(n *node, path string) Site {
	s := Site{TLS: TLSInternal, Orders: OrdersAsk}
	old := staleness{max: DefaultStale}
	var origin string
	given := d.mapping(n, path, append([]key{
		{name: "name", need: "www.example.org", read: d.host(func(name string) { s.Name = name })},
		{name: "aliases", read: d.each(d.host(func(name string) { s.Aliases = append(s.Aliases, name) }))},
		{name: "origin", read: into(d, &origin, originURL)},
		{name: "origins", read: d.origins(&s.Origins)},
		{name: "tls", read: d.tls(&s)},
		{name: "stale", read: into(d, &old, stale)},
		{name: "language", read: into(d, &s.Language, language)},
		{name: "words", read: d.words(&s.Words)},
		{name: "orders", read: into(d, &s.Orders, ordersMode)},
	}, d.upstream(&s.Upstream)...)...)
	switch {
	case given["origin"] && given["origins"]:
		d.add(child(path, "origins"), fault{"is given beside origin", "keep one of them"})
	case given["origin"]:
		s.Origins = []string{origin}
	case !given["origins"]:
		d.missing(n, path, key{name: "origin", need: "http://127.0.0.1:8080"})
	}
	s.Upstream.settle(len(s.Origins))
	s.HTTPS = s.TLS != TLSOff
	s.MaxStale, s.StaleAlways = old.max, old.always
	return s
}

// tls reads where a site's certificate comes from: one word, or two files.
func (d *decoder) tls(s *Site) reader {
	return func(n *node, path string) {
		if n.kind != object {
			into(d, &s.TLS, tlsMode)(n, path)
			return
		}
		s.TLS = TLSFiles
		d.mapping(n, path,
			key{name: "cert", need: "/etc/seawall/site.pem", read: into(d, &s.Cert, filePath("/etc/seawall/site.pem"))},
			key{name: "key", need: "/etc/seawall/site.key", read: into(d, &s.Key, filePath("/etc/seawall/site.key"))},
		)
	}
}

// host reads a host name that no other key has taken.
func (d *decoder) host(take func(string)) reader {
	return func(n *node, path string) {
		name, ok := one(d, n, path, hostName)
		if !ok {
			return
		}
		if first, taken := d.names[name]; taken {
			d.add(path, fault{fmt.Sprintf("%s is already %s", quote(name), first), "keep it in one place"})
			return
		}
		d.names[name] = path
		take(name)
	}
}

func (d *decoder) each(read reader) reader {
	return func(n *node, path string) {
		if !d.is(n, path, list) {
			return
		}
		for i, it := range n.items {
			read(it, item(path, i))
		}
	}
}

func (d *decoder) origins(dst *[]string) reader {
	return func(n *node, path string) {
		intoList(d, dst, originURL)(n, path)
		d.notEmpty(n, path, "http://127.0.0.1:8080")
		d.once(n, path)
	}
}

func (d *decoder) words(dst *map[seawall.Language]seawall.Words) reader {
	return func(n *node, path string) {
		var keys []key
		for _, l := range seawall.Languages() {
			keys = append(keys, key{name: l.String(), read: func(n *node, path string) {
				if *dst == nil {
					*dst = map[seawall.Language]seawall.Words{}
				}
				(*dst)[l] = d.wordsIn(n, path)
			}})
		}
		d.mapping(n, path, keys...)
	}
}

func (d *decoder) wordsIn(n *node, path string) (w seawall.Words) {
	d.mapping(n, path,
		key{name: "title", read: into(d, &w.Title, plainText(80))},
		key{name: "message", read: into(d, &w.Message, plainText(500))},
		key{name: "contact", read: into(d, &w.Contact, plainText(200))},
	)
	return w
}

// once reports a text that a list holds twice.
func (d *decoder) once(n *node, path string) {
	first := map[string]int{}
	for i, it := range n.items {
		if at, twice := first[it.text]; twice && it.kind == scalar {
			d.add(item(path, i), fault{"is the same as " + item(path, at), "keep one of them"})
			continue
		}
		first[it.text] = i
	}
}

func (d *decoder) notEmpty(n *node, path, example string) {
	if n.kind == list && len(n.items) == 0 {
		d.add(path, fault{"is empty", "add " + example})
	}
}

// oneTLS reports a site that is encrypted where the first is not, or the other way round: all sites share the listeners. Plain listeners
// beside those are for sites that are encrypted.
func (d *decoder) oneTLS() {
	sites := d.config.Sites
	for i, s := range sites {
		first := sites[0]
		if s.TLS == "" || first.TLS == "" || (s.TLS == TLSOff) == (first.TLS == TLSOff) {
			continue
		}
		d.add(child(item("sites", i), "tls"), fault{
			fmt.Sprintf("%s has tls %s and %s has tls %s, but all sites share the listeners", d.called(0), first.TLS, d.called(i), s.TLS),
			"give all sites tls off, or none",
		})
		return
	}
	if len(sites) == 0 || sites[0].TLS != TLSOff {
		return
	}
	if len(d.config.ListenHTTP) > 0 {
		d.add("listen_http", fault{"is for pointing readers to https, but no site is encrypted", "name the address under listen"})
	}
	if d.config.HTTP3 {
		d.add("http3", fault{"is always encrypted, but no site is", "leave it out, or give the sites a certificate"})
	}
}

// called returns what a message calls the i-th site: its name, or its path while it has none.
func (d *decoder) called(i int) string {
	return cmp.Or(d.config.Sites[i].Name, item("sites", i))
}
