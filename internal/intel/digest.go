package intel

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/seawall-project/seawall"
)

// Bounds of a list.
const (
	MaxHosts     = 20_000 // hosts of one list
	MaxTemplates = 500    // templates of one host in one list; the oldest are kept
	maxAddresses = 16     // addresses of one host in one list
)

// ErrTooManyHosts says that a list names more than [MaxHosts].
var ErrTooManyHosts = errors.New("too many hosts")

// Digest is what is kept of one list.
type Digest struct {
	Sightings []Sighted // in order of host
	Cut       int       // templates beyond [MaxTemplates]
}

// Sighted is a host of a list, with what is aimed at it.
type Sighted struct {
	Host string
	Aim  Aim
}

// Aim is what is aimed at one host in one list. Lists repeat it for months, so it has an identifier made of what it says.
type Aim struct {
	Templates []Aimed      `json:"templates"`           // in order of identifier
	Addresses []netip.Addr `json:"addresses,omitempty"` // that the orders give for the host, in order
}

// Aimed is a template of an [Aim], with the age of its oldest order.
type Aimed struct {
	ID       string            `json:"id"`
	Created  int64             `json:"created,omitempty"` // Unix seconds, 0 where no order says
	Template *seawall.Template `json:"-"`                 // without Created; nil where it was read from a store
}

// ID returns the aim's identifier: the same for all that say the same.
func (a *Aim) ID() string { return identify(a) }

// TemplateID returns a template's identifier, in which Created does not count.
func TemplateID(t *seawall.Template) string {
	plain := *t
	plain.Created = time.Time{}
	return identify(&plain)
}

// identify returns half a SHA-256 of a value's JSON, in hex.
func identify(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("intel: " + err.Error()) // plain values can always be written
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Digester turns lists into digests. It remembers the templates of orders that it saw lately, because lists repeat them. Its zero value is ready;
// it is not safe for concurrent use.
type Digester struct {
	seen map[[sha256.Size]byte]Aimed
}

// remembered is how many orders a Digester remembers.
const remembered = 4_000

// Digest returns what is kept of the orders of one list, which may be in any order.
func (d *Digester) Digest(orders func(yield func(*Order) bool)) (Digest, error) {
	hosts := make(map[string]*gathering)
	var err error
	orders(func(o *Order) bool {
		aimed := d.aimed(o)
		for _, host := range o.Hosts {
			g := hosts[host]
			if g == nil {
				if len(hosts) == MaxHosts {
					err = fmt.Errorf("more than %d: %w", MaxHosts, ErrTooManyHosts)
					return false
				}
				g = &gathering{templates: make(map[string]Aimed)}
				hosts[host] = g
			}
			g.add(aimed, o.Address)
		}
		return true
	})
	if err != nil {
		return Digest{}, err
	}
	var digest Digest
	for host, g := range hosts {
		aim, cut := g.aim()
		digest.Cut += cut
		digest.Sightings = append(digest.Sightings, Sighted{host, aim})
	}
	slices.SortFunc(digest.Sightings, func(a, b Sighted) int { return cmp.Compare(a.Host, b.Host) })
	return digest, nil
}

// aimed returns an order's template.
func (d *Digester) aimed(o *Order) Aimed {
	key := fingerprint(o)
	if a, ok := d.seen[key]; ok {
		return a
	}
	t := Mask(o)
	a := Aimed{Created: unix(t.Created)}
	t.Created = time.Time{}
	a.ID, a.Template = TemplateID(&t), &t
	if d.seen == nil || len(d.seen) >= remembered {
		d.seen = make(map[[sha256.Size]byte]Aimed)
	}
	d.seen[key] = a
	return a
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// fingerprint tells orders apart by all that their template is made of.
func fingerprint(o *Order) (sum [sha256.Size]byte) {
	h := sha256.New()
	write(h, string(o.Vector), o.Method, o.Path, o.Body)
	for _, x := range o.Headers {
		write(h, x.Name, x.Value)
	}
	tls := uint64(0)
	if o.TLS {
		tls = 1
	}
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], uint64(o.Port)<<1|tls)
	binary.LittleEndian.PutUint64(b[8:], uint64(unix(o.Made))) //nolint:gosec // any number does
	_, _ = h.Write(b[:])                                       // a hash takes everything
	h.Sum(sum[:0])
	return sum
}

func write(h hash.Hash, parts ...string) {
	for _, s := range parts {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		_, _ = h.Write(n[:]) // a hash takes everything
		_, _ = io.WriteString(h, s)
	}
}

// gathering is what one list aims at one host.
type gathering struct {
	templates map[string]Aimed
	addresses []netip.Addr
}

func (g *gathering) add(a Aimed, addr netip.Addr) {
	have, ok := g.templates[a.ID]
	if !ok || have.Created == 0 || a.Created != 0 && a.Created < have.Created {
		g.templates[a.ID] = a
	}
	if addr.IsValid() && len(g.addresses) < maxAddresses && !slices.Contains(g.addresses, addr) {
		g.addresses = append(g.addresses, addr)
	}
}

func (g *gathering) aim() (Aim, int) {
	all := make([]Aimed, 0, len(g.templates))
	for _, a := range g.templates {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Aimed) int { return cmp.Or(cmp.Compare(a.Created, b.Created), strings.Compare(a.ID, b.ID)) })
	kept := all[:min(len(all), MaxTemplates)]
	slices.SortFunc(kept, func(a, b Aimed) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(g.addresses, netip.Addr.Compare)
	return Aim{Templates: kept, Addresses: g.addresses}, len(all) - len(kept)
}
