package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Bus is how vantages away from this machine reach the lookout. With the zero value none do, and there is no bus: what this place finds needs none.
type Bus struct {
	Listen string // key "listen": an address and port for agents, TLS only; "" opens none
	// Cert and Key are keys "tls.cert" and "tls.key": PEM files of the port's certificate. "" (written "tls: internal", the default) is a key of the
	// lookout's own, which agents know by its pin.
	Cert, Key   string
	URL         string // key "url": tls://HOST:PORT of a NATS cluster to be used instead of a bus in this process; "" for none
	Credentials string // key "credentials", with "url": path of the file with the nkey's seed or the credentials that nsc wrote
}

// busInternal is the word for a key of the lookout's own.
const busInternal = "internal"

func (d *decoder) bus(n *node, path string) {
	b := &d.config.Bus
	given := d.mapping(n, path,
		key{name: "listen", read: into(d, &b.Listen, busListen)},
		key{name: "tls", read: d.busTLS},
		key{name: "url", read: into(d, &b.URL, busURL)},
		key{name: "credentials", read: into(d, &b.Credentials, filePath("/etc/seawall/bus.creds"))},
	)
	switch {
	case given["url"] && given["listen"]:
		d.add(child(path, "listen"), fault{"is for the bus in this process, but url names another", "keep one of them"})
	case given["url"] && given["tls"]:
		d.add(child(path, "tls"), fault{"is for the bus in this process, but url names another", "remove it"})
	case given["url"] && !given["credentials"]:
		d.missing(n, path, key{name: "credentials", need: "/etc/seawall/bus.creds"})
	case given["credentials"] && !given["url"]:
		d.add(child(path, "credentials"), fault{"is for a bus elsewhere, but there is no url", "add url: tls://bus.example.org:4222, or remove it"})
	case given["tls"] && !given["listen"]:
		d.add(child(path, "tls"), fault{"is for a port, but listen opens none", "add listen: \":4222\", or remove it"})
	}
}

// busTLS reads where the port's certificate comes from: the word for the lookout's own key, or two files.
func (d *decoder) busTLS(n *node, path string) {
	if n.kind != object {
		var word string
		into(d, &word, busTLSWord)(n, path)
		return
	}
	d.mapping(n, path,
		key{name: "cert", need: "/etc/seawall/bus.pem", read: into(d, &d.config.Bus.Cert, filePath("/etc/seawall/bus.pem"))},
		key{name: "key", need: "/etc/seawall/bus.key", read: into(d, &d.config.Bus.Key, filePath("/etc/seawall/bus.key"))},
	)
}

func busTLSWord(s string) (string, *fault) {
	if s != busInternal {
		return "", &fault{quote(s) + " is not a way to get a certificate", "write internal, or {cert: /etc/seawall/bus.pem, key: /etc/seawall/bus.key}"}
	}
	return s, nil
}

// busListen parses the address for agents.
func busListen(s string) (string, *fault) {
	addr, f := listenAddr(s)
	if f != nil && strings.Contains(f.remedy, DefaultListen) {
		f.remedy = "write \":4222\" or 192.0.2.1:4222"
	}
	return addr, f
}

// busURL parses where a cluster is. Plain connections are refused, and secrets belong into the file of credentials.
func busURL(s string) (string, *fault) {
	const example = "tls://bus.example.org:4222"
	u, err := url.Parse(s)
	switch {
	case strings.Contains(s, "@"):
		return "", &fault{"has a name or a password in it", "remove it; it goes into the file of credentials"}
	case err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", &fault{quote(s) + " is not the URL of a bus", "write one such as " + example}
	case u.Scheme != "tls":
		return "", &fault{quote(s) + " is not encrypted", "write one such as " + example}
	}
	_, port, err := net.SplitHostPort(u.Host)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || u.Hostname() == "" {
		return "", &fault{quote(s) + " lacks a host or a port", "write one such as " + example}
	}
	return s, nil
}
