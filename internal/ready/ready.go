// Package ready looks at what a configuration alone does not say and a flood will find out: whether certificates last, names point where
// they should and can be pointed elsewhere soon, the servers behind can be reached around Seawall, and whether the machine has the files, the
// clock and the uplink for it.
//
// Every [Finding] says what was seen, and what to do about it when something should be done. What cannot be found out is said to be
// unknown, never to be well. Nothing is sent but questions to the resolver and, to the origins that the configuration names and to this
// machine itself, an attempt to connect.
package ready

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Level says how a finding is meant.
type Level uint8

// The levels.
const (
	Good    Level = iota // as it should be
	Act                  // something should be done
	Unknown              // it could not be found out, or was not looked for
)

var levelNames = [...]string{"good", "act", "unknown"}

// String returns the word for the level.
func (l Level) String() string { return levelNames[l] }

// MarshalText returns the word for the level.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the word for a level.
func (l *Level) UnmarshalText(text []byte) error {
	i := slices.Index(levelNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("no level is called %.20q", text)
	}
	*l = Level(i) //nolint:gosec // G115: there are three
	return nil
}

// Finding is one thing that was looked at.
type Finding struct {
	Level  Level  `json:"level"`
	About  string `json:"about"`            // a host name, an origin, or a word for a part of the machine
	Text   string `json:"text"`             // what was seen
	Remedy string `json:"remedy,omitempty"` // what to do; for Act always, else maybe
}

// Site is what of a site's configuration matters here.
type Site struct {
	Names   []string // its own name first; at least one
	Origins []string // base URLs
	Cert    string   // path of its certificate, PEM; "" when it comes from elsewhere
	Here    string   // "host:port" on this machine where it is served over TLS with a certificate from elsewhere; "" when it is not

	Internal bool // its certificate is one that no browser trusts
}

// Options say what to look at and by what means. Zero fields have the meaning given.
type Options struct {
	Sites   []Site
	Offline bool      // ask nobody beyond this machine
	Until   time.Time // a day to be ready for: certificates have to hold until then, too; zero for none
	Conns   int       // connections that the engine would have room for; 0 when that is not known

	Now    func() time.Time                                                     // time.Now
	Lookup func(ctx context.Context, name string) (Answer, error)               // asks the system's resolvers, see [System]
	Dial   func(ctx context.Context, network, address string) (net.Conn, error) // the machine's own
	Local  func() ([]netip.Addr, error)                                         // addresses of this machine's interfaces
	Roots  *x509.CertPool                                                       // the system's
	System System                                                               // the machine's own
}

// Answer is what a resolver says of a name.
type Answer struct {
	Addrs []netip.Addr
	TTL   time.Duration // the shortest of the addresses' records, as far as the resolver still keeps them
}

// Times that one look may take, and all together.
const (
	lookTime = 3 * time.Second
	allTime  = 20 * time.Second
	atOnce   = 8
)

// Check looks at everything and returns what was found: by site in the order given, then the machine.
func Check(ctx context.Context, o Options) []Finding {
	o = o.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, allTime)
	defer cancel()
	looks := o.looks()
	found := make([][]Finding, len(looks))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, look := range looks {
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, lookTime)
			defer cancel()
			found[i] = look(ctx)
			return nil
		})
	}
	_ = g.Wait() // looks return findings and no errors
	var all []Finding
	for _, f := range found {
		all = append(all, f...)
	}
	return all
}

// Certificates looks at how long certificates hold, and at nothing else.
func Certificates(ctx context.Context, o Options) (all []Finding) {
	o = o.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, allTime)
	defer cancel()
	for i := range o.Sites {
		all = append(all, o.certificate(ctx, &o.Sites[i])...)
	}
	return all
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lookup == nil {
		o.Lookup = lookup
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Local == nil {
		o.Local = localAddrs
	}
	o.System = cmp.Or(o.System, System(machine{}))
	return o
}

type look func(ctx context.Context) []Finding

// looks returns what there is to look at, in the order of the findings.
func (o *Options) looks() (all []look) {
	for i := range o.Sites {
		s := &o.Sites[i]
		all = append(all, func(ctx context.Context) []Finding { return o.certificate(ctx, s) })
		for _, name := range s.Names {
			all = append(all, func(ctx context.Context) []Finding { return o.name(ctx, name) })
		}
		for _, origin := range s.Origins {
			all = append(all, func(ctx context.Context) []Finding { return o.origin(ctx, origin) })
		}
	}
	return append(all, func(context.Context) []Finding { return []Finding{o.files(), o.clock(), o.uplink()} })
}

// one is a look's single finding.
func one(level Level, about, text, remedy string) []Finding {
	return []Finding{{Level: level, About: about, Text: text, Remedy: remedy}}
}
