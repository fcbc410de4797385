// Package prefix reads lists of networks and addresses that attacked: CSV with a header (cidr or ip_address, as_number, as_name, geolocation, and for
// addresses first_seen_utc, last_seen_utc, counter), or plain lists of one to a line.
//
// Such a list is evidence of one moment and never a blocklist: it has an end ([List.Until]), and what it names are machines that ordinary people share.
// What is private, special, the operator's own, or wider than a network of one party is refused by name. No error holds a byte of a list.
package prefix

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrTooLarge says that a list is longer than [Limits.Bytes].
var ErrTooLarge = errors.New("too large")

// ErrNotPrefixes says that the bytes are no such list.
var ErrNotPrefixes = errors.New("not a list of prefixes")

// Limits bound what a list can take and how long it holds. A zero field means its default, given here.
type Limits struct {
	Bytes    int64         // 64 MiB
	Rows     int           // kept, 500,000
	Lifetime time.Duration // from when the list was made, 48 h
	Bits4    int           // the widest network of IPv4, 16
	Bits6    int           // the widest network of IPv6, 32

	Own []netip.Prefix // networks of the operator, never kept
}

func (l Limits) withDefaults() Limits {
	l.Bytes = orDefault(l.Bytes, 64<<20)
	l.Rows = orDefault(l.Rows, 500_000)
	l.Lifetime = orDefault(l.Lifetime, 48*time.Hour)
	l.Bits4 = orDefault(l.Bits4, 16)
	l.Bits6 = orDefault(l.Bits6, 32)
	return l
}

func orDefault[N int | int64 | time.Duration](n, def N) N {
	if n <= 0 {
		return def
	}
	return n
}

// Origin is where a list comes from.
type Origin struct {
	Source  string
	Made    time.Time // when what it says was so; the time of reading where that is not known
	TLP     string
	Licence string
}

// List is what could be read.
type List struct {
	Origin  Origin
	Until   time.Time // when it has no meaning any more
	Rows    []Row     // as listed, each network once
	Skipped map[Reason]int
}

// Row is one network. Fields that a list does not have are zero.
type Row struct {
	Prefix      netip.Prefix // masked; an address is one of all bits
	AS          uint32
	ASName      string
	Country     string // ISO 3166-1 alpha-2, upper case
	First, Last time.Time
	Count       uint64 // requests, as whoever made the list counts them
}

// Reason is why a row was not kept. The set is closed.
type Reason string

// The reasons.
const (
	NotPrefix Reason = "not_prefix" // no network and no address
	Special   Reason = "special"    // private, loopback, link-local, multicast or otherwise nobody's on the internet
	Own       Reason = "own"        // overlaps a network of the operator
	TooWide   Reason = "too_wide"   // wider than [Limits.Bits4] or [Limits.Bits6]
	Duplicate Reason = "duplicate"  // there before
	Future    Reason = "future"     // a time after now: the row is kept without it
	BadValue  Reason = "bad_value"  // another field that does not hold what it should: the row is kept without it
	TooMany   Reason = "too_many"   // beyond [Limits.Rows]
	Damaged   Reason = "damaged"    // no row of CSV
)

// Parse reads one list to its end. now is when it is read.
func Parse(r io.Reader, origin Origin, now time.Time, limits Limits) (*List, error) {
	limits = limits.withDefaults()
	if origin.Made.IsZero() || origin.Made.After(now) {
		origin.Made = now
	}
	counted := &countingReader{r: r, left: limits.Bytes}
	in := bufio.NewReader(counted)
	p := parser{limits: limits, now: now, seen: map[netip.Prefix]bool{}, list: &List{Origin: origin, Until: origin.Made.Add(limits.Lifetime), Skipped: map[Reason]int{}}}
	err := p.read(in)
	switch {
	case counted.over:
		return nil, fmt.Errorf("read prefixes: longer than %d bytes: %w", limits.Bytes, ErrTooLarge)
	case err != nil:
		return nil, fmt.Errorf("read prefixes: %w", err)
	case len(p.list.Rows) == 0 && p.list.Skipped[NotPrefix]+p.list.Skipped[Damaged] > 0 && p.list.understood() == 0:
		return nil, fmt.Errorf("read prefixes: %w", ErrNotPrefixes)
	}
	return p.list, nil
}

// understood counts the rows that were networks, though not kept.
func (l *List) understood() int {
	return l.Skipped[Special] + l.Skipped[Own] + l.Skipped[TooWide] + l.Skipped[Duplicate] + l.Skipped[TooMany]
}

type countingReader struct {
	r    io.Reader
	left int64
	over bool
}

func (c *countingReader) Read(b []byte) (int, error) {
	if c.left < 0 {
		c.over = true
		return 0, io.EOF
	}
	n, err := c.r.Read(b[:min(int64(len(b)), c.left+1)])
	c.left -= int64(n)
	c.over = c.over || c.left < 0
	return n, err
}

type parser struct {
	limits  Limits
	now     time.Time
	seen    map[netip.Prefix]bool
	list    *List
	columns map[string]int // nil until a header was read
}

func (p *parser) skip(why Reason) { p.list.Skipped[why]++ }

func (p *parser) read(in io.Reader) error {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.Comment, r.ReuseRecord = -1, true, true, '#', true
	for {
		fields, err := r.Read()
		var damaged *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &damaged):
			p.skip(Damaged)
		case err != nil:
			return err
		case p.columns == nil && p.header(fields):
		default:
			p.row(fields)
		}
	}
}

// names are what lists call their columns.
var names = map[string]string{
	"cidr": "prefix", "prefix": "prefix", "network": "prefix", "ip_address": "prefix", "ip": "prefix", "address": "prefix",
	"as_number": "as", "asn": "as", "as_name": "as_name", "geolocation": "country", "country": "country",
	"first_seen_utc": "first", "first_seen": "first", "last_seen_utc": "last", "last_seen": "last", "counter": "count", "count": "count",
}

// header takes a first row that names its columns; a list without one has the network in front.
func (p *parser) header(fields []string) bool {
	columns := map[string]int{}
	for i, f := range fields {
		if name, ok := names[strings.ToLower(strings.Trim(f, " \ufeff"))]; ok {
			columns[name] = i
		}
	}
	_, ok := columns["prefix"]
	p.columns = map[string]int{"prefix": 0}
	if ok {
		p.columns = columns
	}
	return ok
}

func (p *parser) row(fields []string) {
	get := func(name string) string {
		if i, ok := p.columns[name]; ok && i < len(fields) {
			return strings.Clone(strings.TrimSpace(fields[i]))
		}
		return ""
	}
	prefix, ok := parsePrefix(strings.TrimPrefix(get("prefix"), "\ufeff"))
	if !ok {
		p.skip(NotPrefix)
		return
	}
	if why := p.judge(prefix); why != "" {
		p.skip(why)
		return
	}
	p.seen[prefix] = true
	p.list.Rows = append(p.list.Rows, Row{
		Prefix: prefix, AS: p.as(get("as")), ASName: get("as_name")[:min(len(get("as_name")), 200)], Country: p.country(get("country")),
		First: p.time(get("first")), Last: p.time(get("last")), Count: p.count(get("count")),
	})
}

// judge says why a network is not kept; "" when it is.
func (p *parser) judge(prefix netip.Prefix) Reason {
	least := p.limits.Bits4
	if prefix.Addr().Is6() {
		least = p.limits.Bits6
	}
	overlaps := func(q netip.Prefix) bool { return q.Overlaps(prefix) }
	switch {
	case slices.ContainsFunc(special, overlaps):
		return Special
	case slices.ContainsFunc(p.limits.Own, overlaps):
		return Own
	case prefix.Bits() < least:
		return TooWide
	case p.seen[prefix]:
		return Duplicate
	case len(p.list.Rows) == p.limits.Rows:
		return TooMany
	}
	return ""
}

func parsePrefix(s string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(s); err == nil && !prefix.Addr().Is4In6() {
		return prefix.Masked(), true
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

func (p *parser) as(s string) uint32 {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(s), "AS"), 10, 32)
	if err != nil {
		p.skip(BadValue)
	}
	return uint32(n)
}

func (p *parser) country(s string) string {
	if s == "" {
		return ""
	}
	if len(s) != 2 || strings.Trim(strings.ToUpper(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		p.skip(BadValue)
		return ""
	}
	return strings.ToUpper(s)
}

func (p *parser) count(s string) uint64 {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		p.skip(BadValue)
		return 0
	}
	return n
}

func (p *parser) time(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateTime, time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.After(p.now) {
				p.skip(Future)
				return time.Time{}
			}
			return t.UTC()
		}
	}
	p.skip(BadValue)
	return time.Time{}
}
