package seawall

import (
	"encoding/base32"
	"encoding/binary"
	"log/slog"
	"net/netip"
)

// Bits of an address that name the network a client shares with its neighbours. Logs, storage and fair shares see no more.
const (
	PrefixBits4 = 24
	PrefixBits6 = 48
)

// Client is who sent a request. The full address lives in memory for the length of the connection, and is told to the
// origin; it prints as its [Client.Prefix].
type Client struct {
	Addr netip.Addr // never an IPv4-mapped IPv6 address when made by [ClientAt]
}

// ClientAt returns the client at addr, with IPv4-mapped IPv6 addresses unmapped and the zone removed, so that one machine has
// one name.
func ClientAt(addr netip.Addr) Client {
	return Client{Addr: addr.Unmap().WithZone("")}
}

// Prefix returns the /24 or /48 that the client is in; the zero Prefix for the zero Client.
func (c Client) Prefix() netip.Prefix {
	bits := PrefixBits6
	if c.Addr.Is4() {
		bits = PrefixBits4
	}
	p, err := c.Addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// String returns the client's prefix, never its address.
func (c Client) String() string { return c.Prefix().String() }

// GoString returns the client's prefix.
func (c Client) GoString() string { return c.String() }

// MarshalText returns the client's prefix.
func (c Client) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// LogValue makes a logged client print as its prefix.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// RequestID names one request in a note, in the log and on the telephone. It is random enough not to be guessed from its neighbours
// and carries nothing about the reader.
type RequestID uint64

var idCoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// RequestIDLen is the length of a printed [RequestID] in bytes.
const RequestIDLen = 13

// AppendTo appends the printed form to dst without allocating: [RequestIDLen] digits and letters, none easily mistaken for another.
func (id RequestID) AppendTo(dst []byte) []byte {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], uint64(id))
	return idCoding.AppendEncode(dst, raw[:])
}

// String returns the printed form, see [RequestID.AppendTo].
func (id RequestID) String() string { return string(id.AppendTo(nil)) }
