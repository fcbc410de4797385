// Package intel makes of attack orders what the rest of Seawall may keep: sightings of hosts, and what is aimed at them, as templates without
// values.
//
// Orders come from trackers that publish what attackers hand out. The hosts in them are victims: nothing here contacts them or resolves their
// names. What stands in an order beside its structure may say something of a person, so [Mask] leaves it out before anything is stored, and of
// the list itself only hash and place are kept.
//
// Formats are packages below this one; each gives plain [Order] values. A [Digester] turns one list into a [Digest]; [Group] turns sightings,
// whatever the order in which they came, into listings.
package intel

import (
	"net/netip"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

// Order is one order of an attack in any format, as listed. It is not to be kept: see [Mask].
type Order struct {
	Hosts   []string   // as [seawall.Listing] has them; at least one
	Address netip.Addr // of the host, as the order says; zero for none
	Vector  seawall.Vector
	Method  string
	Port    uint16
	TLS     bool
	Path    string // with its query, tokens and all
	Body    string
	Headers []Header
	Made    time.Time // zero where it is not said
}

// Header is one field of an order.
type Header struct{ Name, Value string }

// FromDDoSia returns an order of a list of that tool.
func FromDDoSia(e *ddosia.Entry) Order {
	o := Order{
		Hosts: e.Hosts, Address: e.IP, Vector: vectorOf(e.Type), Method: e.Method, Port: uint16(e.Port), TLS: e.UseTLS, Path: e.Path, //nolint:gosec // Entry holds ports from 0 to 65535
		Body: e.Body.Value, Made: e.Made(),
	}
	for _, h := range e.Headers {
		o.Headers = append(o.Headers, Header(h))
	}
	return o
}

func vectorOf(t ddosia.Type) seawall.Vector {
	switch t {
	case ddosia.HTTP:
		return seawall.VectorHTTP
	case ddosia.HTTP2:
		return seawall.VectorHTTP2
	case ddosia.HTTP3:
		return seawall.VectorHTTP3
	case ddosia.TCP:
		return seawall.VectorTCP
	case ddosia.UDP:
		return seawall.VectorUDP
	case ddosia.Loris:
		return seawall.VectorLoris
	}
	return seawall.VectorOther
}

// DDoSiaOrders returns the orders of a list of that tool, one after the other; each is valid until the next.
func DDoSiaOrders(l *ddosia.List) func(yield func(*Order) bool) {
	return func(yield func(*Order) bool) {
		for i := range l.Entries {
			o := FromDDoSia(&l.Entries[i])
			if !yield(&o) {
				return
			}
		}
	}
}
