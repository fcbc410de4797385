// Package config turns one YAML file, or a few flags, into a [Config] whose every value has been checked.
//
// Decoding is strict and complete: an unknown key, a missing unit, a name used twice are problems, and all of them are reported at
// once as [Problems], each with its place in the file, its path, what is wrong and what to write instead. What the file leaves out
// has a default that suits a small site. A key decides the type of its value, so "contact: 33120000" is the text and needs no quotes.
//
// The YAML understood here is what a hand-written file needs: one document of mappings, lists and scalars. Anchors, aliases, merge
// keys, tags and explicit keys ("?") are refused by name. A file is at most [MaxBytes] long.
//
// The package knows no other room. Problems that only show later, such as a port in use, are given their place in the file by
// [Config.Problem].
package config

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/seawall-project/seawall"
)

// Version is the only version of the file format so far.
const Version = 1

// MaxBytes is the most that a configuration file may hold.
const MaxBytes = 1 << 20

// Defaults of keys that the file leaves out.
const (
	DefaultListen = ":8443"
	DefaultAdmin  = "127.0.0.1:9180"
	DefaultMemory = 256 << 20 // bytes
	DefaultHertz  = 10        // lines of the access log a second
	DefaultStale  = 24 * time.Hour
)

// Config is a checked configuration. It is read-only once built.
type Config struct {
	Version int      // key "version", required: [Version]
	Listen  []string // key "listen": "host:port" with an IP address or nothing as host; port 0 picks a free one; at least one
	// ListenHTTP is key "listen_http", like "listen": where readers who come in plain HTTP are pointed to https, and certificate
	// authorities find what they ask for. None by default; only beside sites that are encrypted.
	ListenHTTP []string
	HTTP3      bool           // key "http3": "on" serves HTTP/3 as well, over UDP, wherever readers come over TLS; "off" by default
	Control    string         // key "control": path of the control socket, at most 103 bytes, or [ControlOff]; see [Config.ControlPath]
	Admin      string         // key "admin": IP address and port, never a wildcard address; "" (written "off") opens none
	Trust      []netip.Prefix // key "trust": networks whose PROXY protocol headers are believed, masked, never IPv4-mapped; none by default
	Cache      Cache          // key "cache"
	ACME       ACME           // key "acme"
	Log        AccessLog      // key "access_log"
	Status     Status         // key "status"
	Bus        Bus            // key "bus"
	Notify     Notify         // key "notify"
	Watch      Watch          // key "watch"
	Intel      Intel          // key "intel"
	Claims     Claims         // key "claims"
	// Sites is key "sites": at least one, but beside key "watch", where there may be none; no host name belongs to two; all are encrypted or
	// none is.
	Sites []Site

	source source
}

// Cache bounds the shared cache.
type Cache struct {
	Memory int64 // key "memory": bytes, at least 1 MiB
}

// ACME says which authority signs the certificates of sites with "tls: acme", and where they are kept (RFC 8555). To write "tls: acme" is
// to agree to the authority's terms.
type ACME struct {
	Email     string // key "email": whom the authority may write to; "" for nobody
	Directory string // key "directory": the authority's URL, or "letsencrypt" (the default) or "letsencrypt-staging" in its place
	Storage   string // key "storage": the folder for keys and certificates; "" when the file does not say
}

// AccessLog is the sampled log of what came of requests.
type AccessLog struct {
	To    string // key "to": a path, [LogStderr] or [LogOff]
	Hertz int    // key "per_second": at most so many lines a second, 1 to 1000
}

// Values of [AccessLog] and [Config] that are no paths.
const (
	LogStderr  = "stderr"
	LogOff     = "off"
	ControlOff = "off"
)

// Directories of authorities that have a name in the file.
const (
	LetsEncrypt        = "https://acme-v02.api.letsencrypt.org/directory"
	LetsEncryptStaging = "https://acme-staging-v02.api.letsencrypt.org/directory"
)

// Encrypted reports whether readers come over TLS.
func (c *Config) Encrypted() bool { return len(c.Sites) > 0 && c.Sites[0].TLS != TLSOff }

// ControlPath returns the path of the control socket: what the file says, else otherwise; "" opens none.
func (c *Config) ControlPath(otherwise string) string {
	switch c.Control {
	case "":
		return otherwise
	case ControlOff:
		return ""
	}
	return c.Control
}

// Site is one website and how readers reach it. Its names are ASCII (A-labels, RFC 5890), in lower case, without a trailing dot;
// its origins are written without a path, and none twice.
type Site struct {
	seawall.Site
	TLS       TLS      // key "tls"
	Cert, Key string   // keys "tls.cert" and "tls.key": PEM files; only with [TLSFiles]
	Upstream  Upstream // keys "spread", "health" and "timeouts"
	Orders    Orders   // key "orders"
}

// TLS is where a site's certificate comes from.
type TLS string

// The ways of [TLS].
const (
	TLSInternal TLS = "internal" // an internal authority that lives and dies with the process: for rehearsals
	TLSACME     TLS = "acme"     // an authority that speaks ACME, see [ACME]
	TLSFiles    TLS = "files"    // two files; written as {cert: …, key: …}
	TLSOff      TLS = "off"      // plain HTTP, for a listener behind something that ends TLS
)

// Orders is what is done when attack orders name a site: with the defence that is prepared from them.
type Orders string

// The ways of [Orders].
const (
	OrdersAsk  Orders = "ask"  // it waits for a person; the default
	OrdersAuto Orders = "auto" // it is in force by itself, unless it touches what many readers ask for
	OrdersOff  Orders = "off"  // there is none
)

// Read reads and checks the file at path. The error is [Problems] when the file could be read and is wrong, else it wraps what the
// system said.
func Read(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open config: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	return Parse(path, data)
}

// Parse checks data, which problems call file. The error, if any, is [Problems]. It keeps no reference to data and panics on no
// bytes.
func Parse(file string, data []byte) (*Config, error) {
	r := &report{source: source{file: file, at: map[string]place{}}}
	root := parse(r, data)
	if root == nil {
		return nil, r.err()
	}
	return decode(r, root)
}
